public import Basics
import Configuration
import TimeZones

/// Why a notification is not sent now.
public enum MuteReason: Sendable, Hashable, CustomStringConvertible {
    /// Somebody has silenced what it tells of.
    case silence(Silence)
    /// A window of the rules, by its path such as `mute[0]`.
    case window(String, until: Timestamp)
    /// An alarm fires that inhibits it; its title, and the rule's path such as `inhibit[0]`.
    case inhibition(String, by: String)

    /// For log and answer: `silence k3fpa`, `mute[0]`, `inhibit[0]`.
    public var name: String {
        switch self {
        case .silence(let silence): "silence \(silence.id)"
        case .window(let path, _): path
        case .inhibition(let path, _): path
        }
    }

    /// For people: `silenced by ada until 2026-11-29T14:00:00Z: new disks (silence k3fpa)`.
    public var description: String {
        switch self {
        case .silence(let silence):
            let author = silence.author.isEmpty ? "" : " by \(silence.author)"
            let reason = silence.reason.isEmpty ? "" : ": \(silence.reason)"
            return "silenced\(author) until \(silence.end.iso8601(fractionDigits: 0))\(reason) (silence \(silence.id))"
        case .window(let path, let end): return "muted until \(end.iso8601(fractionDigits: 0)) by \(path)"
        case .inhibition(let path, let title): return "inhibited by \(path), because of \(title)"
        }
    }

    /// When it is over; nil when nobody knows.
    var end: Timestamp? {
        switch self {
        case .silence(let silence): silence.end
        case .window(_, let end): end
        case .inhibition: nil
        }
    }
}

/// Times of the week in which what matches is not sent, in the form of the checker's maintenance.
struct MuteWindow: Sendable, Hashable {
    /// Where it stands in the rules: `mute[0]`, `routes[1].mute[0]`.
    let path: String
    /// What it holds back; in a route it is what the route takes.
    let match: Match
    let window: WeeklyWindow

    /// Reads the entries of `mute`.
    /// - Parameter hasMatch: whether `match` may say what is held back.
    static func all(in section: ConfigurationSection, hasMatch: Bool) -> [MuteWindow] {
        var zones: [String: TimeZoneRules] = [:]
        return section.list("mute", acceptsOne: true).compactMap { section.section(at: $0) }.compactMap { section in
            let match = hasMatch ? section.section("match").map { Match($0) } : nil
            guard let window = WeeklyWindow(section, zones: &zones) else { return nil }
            return MuteWindow(path: section.path, match: match ?? Match(), window: window)
        }
    }

    /// When the window ends that a time lies in; nil outside of it.
    fileprivate func end(at time: Timestamp) -> Timestamp? {
        window.openings(in: time..<time + .microseconds(1)).map(\.upperBound).max()
    }
}

/// What keeps notifications from being sent at one time: silences, windows of the rules and inhibiting alarms.
struct Mutes: Sendable {
    var silences: [Silence] = []
    var windows: [MuteWindow] = []
    var inhibitions: [Inhibition] = []
    /// The alarms that fire and that inhibitions look for.
    var firing: [FiringAlarm] = []

    /// Whether nothing can be muted, so that nothing need be looked at.
    var isEmpty: Bool { silences.isEmpty && windows.isEmpty && (inhibitions.isEmpty || firing.isEmpty) }

    /// Why a notification is not sent at a time; of several reasons the one that lasts longest, as far as is known.
    /// - Parameter own: the windows of the route that it goes by.
    func reason(for notification: Notification, own: [MuteWindow] = [], at now: Timestamp) -> MuteReason? {
        var found: [MuteReason] = silences.filter { $0.isActive(at: now) && $0.holds(for: notification) }
            .map { .silence($0) }
        for window in windows + own {
            guard let end = window.end(at: now), window.match.holds(for: notification) else { continue }
            found.append(.window(window.path, until: end))
        }
        let last = found.max { ($0.end ?? now) < ($1.end ?? now) }
        return last ?? inhibition(of: notification)
    }

    /// The names of all silences and windows that match a notification, whether they hold now or later.
    func names(matching notification: Notification, own: [MuteWindow]) -> [String] {
        silences.filter { $0.holds(for: notification) }.map { MuteReason.silence($0).name }
            + (windows + own).filter { $0.match.holds(for: notification) }.map(\.path)
    }

    /// The one of these silences and windows that holds now.
    func reason(named names: [String], own: [MuteWindow], at now: Timestamp) -> MuteReason? {
        guard !names.isEmpty else { return nil }
        let silence = silences.first { $0.isActive(at: now) && names.contains(MuteReason.silence($0).name) }
        if let silence { return .silence(silence) }
        for window in windows + own where names.contains(window.path) {
            if let end = window.end(at: now) { return .window(window.path, until: end) }
        }
        return nil
    }

    private func inhibition(of notification: Notification) -> MuteReason? {
        for (index, rule) in inhibitions.enumerated() {
            guard let source = rule.source(inhibiting: notification, among: firing) else { continue }
            return .inhibition("inhibit[\(index)]", by: source.notification.title)
        }
        return nil
    }
}
