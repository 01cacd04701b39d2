import Basics
import Configuration

/// When a group is told: `group-wait`, `group-interval` and `repeat-interval` of Alertmanager.
struct GroupTimes: Sendable, Hashable {
    /// From the first alarm to the first message.
    var wait: Duration
    /// Between two looks at the group.
    var interval: Duration
    /// From one message to the next while alarms last; nil for never.
    var repeats: Duration?
    /// Whether the group only keeps what is muted until it may be sent.
    var isHold = false

    /// For what a route without groups cannot send because it is muted: a silence that somebody ends early is noticed
    /// after five minutes.
    static let hold = GroupTimes(wait: .zero, interval: .seconds(300), isHold: true)
}

/// Which group an alarm is in: the output, and the values that its members share.
struct GroupID: Sendable, Hashable {
    let output: String
    /// Names and values, in the order of `group-by`.
    let labels: [Label]
    /// Whether it only keeps what is muted.
    var isHold = false

    struct Label: Sendable, Hashable {
        let name: String
        let value: String
    }

    /// The key of the stored group; of bounded length, whatever a sender puts into its names.
    var key: String {
        let text = labels.map { "\($0.name)=\($0.value)" }.joined(separator: "\n")
        return Self.prefix + Digest.sha256Hex("\(output)\n\(isHold)\n\(text)").prefix(32)
    }

    static let prefix = "quiet/group/"

    /// For people: `region=eu-central-1, tags.team=shop`.
    var text: String { labels.map { "\($0.name)=\($0.value)" }.joined(separator: ", ") }
}

/// How a route puts alarms together.
struct Grouping: Sendable, Hashable {
    /// What the members of a group share.
    enum By: Sendable, Hashable {
        /// The values of these names; empty for one group of all.
        case values([NotificationValue])
        /// Each alarm is a group of its own: `...`.
        case alarm
    }

    var by: By
    var times: GroupTimes

    /// The group of a notification to an output.
    func group(of notification: Notification, to output: String) -> GroupID {
        switch by {
        case .values(let names):
            let labels = names.map { GroupID.Label(name: $0.description, value: $0.shownText(of: notification)) }
            return GroupID(output: output, labels: labels)
        case .alarm: return GroupID(output: output, labels: [Self.own(notification)])
        }
    }

    /// The group that keeps what is muted of one alarm.
    static func hold(of notification: Notification, to output: String) -> GroupID {
        GroupID(output: output, labels: [own(notification)], isHold: true)
    }

    private static func own(_ notification: Notification) -> GroupID.Label {
        .init(name: "incident", value: notification.incidentKey ?? notification.dedupeKey)
    }
}

extension Grouping {
    static let keys = ["group-by", "group-wait", "group-interval", "repeat"]

    /// Reads `group-by`, `group-wait`, `group-interval` and `repeat` of a route; nil when it has none of them.
    ///
    /// With `repeat` alone each alarm is told at once, and again.
    init?(_ section: ConfigurationSection) {
        let isThere = Self.keys.map { section.has($0) }
        guard isThere.contains(true) else { return nil }
        let names = section.texts("group-by", acceptsOne: true)
        let isGrouped = section.has("group-by")
        if !isGrouped || names.map(\.text) == ["..."] {
            by = .alarm
        } else {
            by = .values(section.valueNames("group-by"))
        }
        let repeats = Self.repeats(section)
        times = GroupTimes(
            wait: section.has("group-wait")
                ? section.duration("group-wait") ?? .zero : isGrouped ? .seconds(30) : .zero,
            interval: section.duration(
                "group-interval", default: min(.seconds(300), isGrouped ? .seconds(300) : repeats ?? .seconds(300))),
            repeats: repeats)
        if let repeats, repeats < Self.shortestRepeat, !section.has("group-interval") {
            section.fault("repeat", expected: "at least 1m; less needs a group-interval")
        }
        if times.wait > Self.longestWait { section.fault("group-wait", expected: "at most 1d") }
        if times.interval < .seconds(1) { section.fault("group-interval", expected: "at least 1s") }
    }

    private static let longestWait = Duration.seconds(86_400)
    private static let shortestRepeat = Duration.seconds(60)

    /// `never`, or a time; 4 hours, as in Alertmanager.
    private static func repeats(_ section: ConfigurationSection) -> Duration? {
        if section.value("repeat")?.text == "never" { return nil }
        return section.duration("repeat", default: .seconds(4 * 3_600))
    }
}
