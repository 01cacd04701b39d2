public import CloudWatchAlarms

extension AlarmDifference {
    /// How an alarm's settings would change, in words; its tags come as `tag KEY`.
    ///
    /// - Parameter tags: what is done to the tags; the others stay.
    public static func between(_ old: Alarm, _ new: Alarm, tags: TagChanges) -> [AlarmDifference] {
        settings(old.normalized.settings, new.normalized.settings) + tags.differences(from: old.tags)
    }

    /// How a mute rule's settings would change.
    public static func between(_ old: MuteRule, _ new: MuteRule, tags: TagChanges) -> [AlarmDifference] {
        settings(old.normalized.settings, new.normalized.settings) + tags.differences(from: old.tags)
    }

    /// Whether it is about a tag: those need calls of their own.
    var isTag: Bool { setting.hasPrefix("tag ") }

    private static func settings(_ old: [AlarmSetting], _ new: [AlarmSetting]) -> [AlarmDifference] {
        let before = Dictionary(old.map { ($0.name, $0.value) }) { first, _ in first }
        let after = Dictionary(new.map { ($0.name, $0.value) }) { first, _ in first }
        var names = new.map(\.name)
        names += old.map(\.name).filter { after[$0] == nil }
        return names.compactMap { name in
            before[name] == after[name]
                ? nil : AlarmDifference(name, from: before[name] ?? "none", to: after[name] ?? "none")
        }
    }
}

/// What must be done to the tags of something that exists.
public struct TagChanges: Sendable, Hashable {
    /// With their new values.
    public var added: [String: String] = [:]
    /// In order.
    public var removed: [String] = []

    /// Whether the tags are right.
    public var isEmpty: Bool { added.isEmpty && removed.isEmpty }

    /// The way from some tags to others.
    ///
    /// Tags that people added stay: only our own, and those that are copied from resources, are removed.
    public init(from existing: [String: String], to desired: [String: String], copied: [String]) {
        for (key, value) in desired where existing[key] != value { added[key] = value }
        // Most alarms have no other tags than the desired ones: then nothing can be too many.
        guard existing.count > desired.count || !added.isEmpty else { return }
        removed = existing.keys.filter {
            desired[$0] == nil && $0 != AlarmOptions.ownerTag && ($0.hasPrefix(Self.prefix) || copied.contains($0))
        }.sorted()
    }

    /// What our own tags begin with.
    static let prefix = "tocsin:"

    fileprivate func differences(from existing: [String: String]) -> [AlarmDifference] {
        added.sorted { $0.key < $1.key }.map {
            AlarmDifference("tag \($0.key)", from: existing[$0.key] ?? "none", to: $0.value)
        } + removed.map { AlarmDifference("tag \($0)", from: existing[$0] ?? "none", to: "none") }
    }
}
