import Basics
import Configuration
import Events
import JSON
import StateStore

/// A rule by which alarms that fire keep others from being sent, as Alertmanager's `inhibit_rules`.
///
/// A notification that matches the targets is inhibited while an alarm fires that matches the sources, and both have
/// the same values of all names in `equal`; what neither has counts as the same. An alarm that matches both sides is
/// not inhibited by one that does, too: two of them would silence each other.
struct Inhibition: Sendable, Hashable {
    var sources: [Matcher]
    var targets: [Matcher]
    var equal: [NotificationValue]

    /// The alarm that inhibits a notification.
    func source(inhibiting target: Notification, among firing: [FiringAlarm]) -> FiringAlarm? {
        guard targets.hold(for: target) else { return nil }
        let isSource = sources.hold(for: target)
        return firing.first { alarm in
            sources.hold(for: alarm.notification) && !(isSource && targets.hold(for: alarm.notification))
                && equal.allSatisfy { $0.text(of: alarm.notification) == $0.text(of: target) }
        }
    }
}

extension Inhibition {
    /// Reads an entry of `inhibit`.
    init(_ section: ConfigurationSection) {
        sources = section.matchers("source-matchers")
        targets = section.matchers("target-matchers")
        equal = section.valueNames("equal")
        for (key, found) in [("source-matchers", sources), ("target-matchers", targets)]
        where found.isEmpty && !section.has(key) {
            section.fault(key, expected: "matchers, such as [severity=critical, \"tags.team=shop\"]")
        }
        section.close()
    }
}

extension ConfigurationSection {
    /// A list of matchers, or one.
    func matchers(_ key: String) -> [Matcher] {
        texts(key, acceptsOne: true).compactMap { entry in
            do throws(QuietError) { return try Matcher(entry.text) } catch {
                fault(at: entry, error.message)
                return nil
            }
        }
    }

    /// A list of names of a notification's values, or one.
    func valueNames(_ key: String) -> [NotificationValue] {
        texts(key, acceptsOne: true).compactMap { entry in
            do throws(QuietError) { return try NotificationValue(entry.text) } catch {
                fault(at: entry, error.message)
                return nil
            }
        }
    }
}

/// An alarm that fires and that a rule of inhibition looks for.
struct FiringAlarm: Sendable, Hashable {
    /// What it said last.
    var notification: Notification
    /// When it said so.
    var since: Timestamp

    /// An alarm whose end was lost would otherwise inhibit others for ever.
    static let longest = Duration.seconds(24 * 3_600)
}

/// The alarms that inhibit others, one document for all instances of the function.
struct FiringAlarms: Sendable {
    static let key = "quiet/firing"
    /// Beyond it the oldest are dropped: what they inhibited is sent.
    private static let capacity = 200
    private static let attempts = 8

    private let store: StateStore
    private let time: TimeSource

    init(_ store: StateStore, time: TimeSource) { (self.store, self.time) = (store, time) }

    /// Takes the changes that notifications tell of, and returns the alarms that fire then.
    ///
    /// The document is written only when something changes.
    /// - Parameter isDryRun: whether it is never written.
    /// - Throws: `StateStoreError`, or `QuietError` with `contended`: a change may be missing then.
    func take(
        _ notifications: [Notification], _ rules: [Inhibition], isDryRun: Bool = false, until deadline: Timestamp
    ) async throws -> [FiringAlarm] {
        let found = try await store.update(
            Self.key, attempts: Self.attempts, until: { deadline },
            pause: { attempt in try await time.sleep(.milliseconds(Int(time.random() * 50 * Double(attempt)))) }
        ) { document in
            let known = Self.alarms(of: document)
            let changed = Self.changed(known, by: notifications, rules, at: time.now())
            return (changed, isDryRun || notifications.isEmpty || changed == known ? nil : Self.text(changed))
        }
        guard let found else { throw QuietError(.contended, "others wrote \(Self.key) at each attempt") }
        return found
    }

    /// The alarms that fire after some notifications.
    static func changed(
        _ known: [FiringAlarm], by notifications: [Notification], _ rules: [Inhibition], at now: Timestamp
    ) -> [FiringAlarm] {
        var alarms = known.filter { now - $0.since < FiringAlarm.longest }
        for notification in notifications {
            guard let incident = notification.incidentKey else { continue }
            let place = alarms.firstIndex { $0.notification.incidentKey == incident }
            // Deliveries overtake one another.
            if let place, notification.time < alarms[place].notification.time { continue }
            let isSource = notification.severity > .ok && rules.contains { $0.sources.hold(for: notification) }
            if let place, alarms[place].notification.dedupeKey == notification.dedupeKey { continue }
            if let place { alarms.remove(at: place) }
            if isSource { alarms.append(FiringAlarm(notification: notification.withoutBulk, since: now)) }
        }
        return alarms.suffix(capacity)
    }

    private static func alarms(of document: StateStore.Document?) -> [FiringAlarm] {
        (document?.json?["firing"]?.arrayValue ?? []).compactMap { entry in
            guard let notification = entry["notification"].flatMap({ Notification(stored: $0) }),
                let since = entry["since"]?.stringValue.flatMap({ Timestamp(iso8601: $0) })
            else { return nil }
            return FiringAlarm(notification: notification, since: since)
        }
    }

    private static func text(_ alarms: [FiringAlarm]) -> String {
        let entries = alarms.map { alarm -> JSONValue in
            ["notification": alarm.notification.stored, "since": .string(alarm.since.iso8601)]
        }
        return JSONValue.object(["firing": .array(entries)]).description
    }
}
