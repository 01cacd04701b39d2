import AWS
import Basics
import FunctionRuntime
import Logging
import StateStore

/// The time after a failure in which something is not used, and why.
private final class Pause: Sendable {
    private static let length = Duration.seconds(10)
    private let state = Locked<(end: Timestamp, reason: String)?>(nil)

    func begin(at now: Timestamp, _ reason: String) { state.withLock { $0 = (now + Self.length, reason) } }

    func reason(at now: Timestamp) -> String? {
        state.withLock { $0.flatMap { $0.end > now ? $0.reason : nil } }
    }
}

/// What is known beside an event: silences, alarms that inhibit others, and groups; kept where `NOTIFY_STATE` says.
///
/// What cannot be read silences and inhibits nothing: an alarm that comes in spite of a silence is better than one that
/// does not come.
struct QuietState: Sendable {
    /// How long silences are used before they are read again.
    static let maximumAge = Duration.seconds(10)
    private static let callTimeout = Duration.seconds(2)

    /// Nil without `NOTIFY_STATE`.
    let store: OnFirstUse<StateStore>?
    private let silences: Cache<Int, SilenceStore.Contents>?
    /// Nil where nothing can wait: without `NOTIFY_STATE` or `NOTIFY_WAKE_QUEUE`.
    let groups: AlertGroups?
    private let pause = Pause()
    private let incidentPause = Pause()
    let time: TimeSource

    /// Keeps nothing.
    static func none(_ time: TimeSource) -> QuietState { QuietState(nil, nil, time: time, executor: nil) }

    /// - Parameters:
    ///   - place: `NOTIFY_STATE`.
    ///   - wakes: nil without `NOTIFY_WAKE_QUEUE`.
    init(
        _ place: (@Sendable () throws -> StateStore)?, _ wakes: WakeQueue?, time: TimeSource,
        maximumAge: Duration = Self.maximumAge, executor: (any TaskExecutor)?
    ) {
        let store = place.map { OnFirstUse($0) }
        (self.store, self.time) = (store, time)
        groups = store.flatMap { store in
            wakes.map { AlertGroups(store: { try store.value() }, wakes: $0, time: time) }
        }
        silences = store.map { store in
            // An old list is not used: what it silences may have ended, and nobody could end it.
            Cache(time: time, executor: executor, policy: .init(failureTimeToLive: maximumAge, capacity: 1)) {
                _, deadline in
                let end = time.now() + Self.callTimeout
                let contents = try await SilenceStore(store.value(), time: time)
                    .contents(until: deadline.map { min($0, end) } ?? end)
                let fresh = time.now() + maximumAge
                return .init(contents, freshUntil: fresh, usableUntil: fresh)
            }
        }
    }

    /// What keeps notifications from being sent now.
    ///
    /// Failures are in the log.
    /// - Parameters:
    ///   - heard: the event's notifications, of which some may inhibit others from now on, or no longer.
    ///   - isDryRun: whether nothing is written.
    /// - Returns: the mutes, and why it is not known which alarms fire now; nil when it is.
    func mutes(
        _ rules: Rules, hearing heard: [Notification], isDryRun: Bool = false, until end: Timestamp
    ) async -> (Mutes, inhibitionFailure: String?) {
        var mutes = Mutes(windows: rules.windows, inhibitions: rules.inhibitions)
        guard let store, let silences else {
            if isDryRun {
                mutes.firing = FiringAlarms.changed([], by: heard, rules.inhibitions, at: time.now())
            } else if !rules.inhibitions.isEmpty {
                warn("inhibit has no effect: set NOTIFY_STATE")
            }
            return (mutes, nil)
        }
        do {
            let contents = try await silences.value(0, deadline: min(end, time.now() + Self.callTimeout))
            mutes.silences = contents.silences
            for id in contents.unreadable { warn("a silence cannot be read and silences nothing", id) }
        } catch {
            warn("silences cannot be read, nothing is silenced", "\(error)")
        }
        guard !rules.inhibitions.isEmpty else { return (mutes, nil) }
        do {
            mutes.firing = try await FiringAlarms(store.value(), time: time).take(
                heard, rules.inhibitions, isDryRun: isDryRun, until: min(end, time.now() + Self.callTimeout))
        } catch {
            warn("alarms that fire cannot be read, nothing is inhibited", "\(error)")
            return (mutes, "\(error)")
        }
        return (mutes, nil)
    }

    /// What was known of an event's alarms before it; asked only where the rules, or what a silence keeps, need it.
    /// - Returns: what is known, and why the rest is not; nil for all of it.
    func incidents(
        _ notifications: [Notification], _ rules: Rules, until end: Timestamp
    ) async -> (KnownIncidents, failure: String?) {
        let keys = Set(notifications.compactMap(\.incidentKey))
        guard let incidentStore, !keys.isEmpty, groups != nil || rules.askForState || !rules.inhibitions.isEmpty
        else { return (.none, nil) }
        do {
            let found = try await attempt(incidentStore, until: end) { try await $0.incidents(keys, until: $1) }
            return (.tracking(found, at: time.now()), nil)
        } catch {
            warn(
                "it is not known where alarms were sent, their ends are sent where they match by themselves", "\(error)"
            )
            return (.none, rules.askForState ? "\(error)" : nil)
        }
    }

    /// Keeps what an event says of alarms, before anything is sent: their ends may come soon.
    func note(_ known: KnownIncidents, until end: Timestamp) async {
        guard let incidentStore, !known.changes.isEmpty else { return }
        let now = time.now()
        do {
            try await attempt(incidentStore, until: end) { store, deadline in
                try await store.change(Set(known.changes.keys), until: deadline) { key, incident in
                    for (notification, places) in known.changes[key] ?? [] {
                        incident.take(notification, places: places, at: now)
                    }
                }
            }
        } catch {
            warn("it cannot be noted where alarms are sent, their ends may go elsewhere", "\(error)")
        }
    }

    /// Keeps which outputs were sent alarms without a group: a silence that begins now must not swallow their ends.
    func noteTold(
        _ outcomes: [(RoutedEvent.Load, [OutputDelivery.Outcome])], _ known: KnownIncidents, until end: Timestamp
    ) async {
        guard let incidentStore, groups != nil, known.isTracking else { return }
        var told: [String: Set<String>] = [:]
        for (load, outcomes) in outcomes {
            for (pending, outcome) in zip(load.notifications, outcomes)
            where outcome.failure == nil && pending.notification.severity > .ok {
                guard let key = pending.notification.incidentKey,
                    known.incidents[key]?.told.contains(load.output.name) != true
                else { continue }
                told[key, default: []].insert(load.output.name)
            }
        }
        guard !told.isEmpty else { return }
        let new = told
        do {
            try await attempt(incidentStore, until: end) { store, deadline in
                try await store.change(Set(new.keys), until: deadline) { key, incident in
                    for output in new[key] ?? [] { incident.tell(output) }
                }
            }
        } catch {
            warn("it cannot be noted that alarms were sent: a silence may swallow their ends", "\(error)")
        }
    }

    private var incidentStore: IncidentStore? {
        store.map { store in IncidentStore(store: { try store.value() }, time: time) }
    }

    /// Uses the incidents for a short time, and not a moment after a failure.
    private func attempt<Result: Sendable>(
        _ incidents: IncidentStore, until end: Timestamp,
        _ body: (IncidentStore, _ deadline: Timestamp) async throws -> Result
    ) async throws -> Result {
        if let reason = incidentPause.reason(at: time.now()) {
            throw QuietError(.unavailable, "not tried, since it failed a moment ago: \(reason)")
        }
        do { return try await body(incidents, min(end, time.now() + Self.callTimeout)) } catch {
            if (error as? QuietError)?.code != .contended { incidentPause.begin(at: time.now(), "\(error)") }
            throw error
        }
    }

    /// Uses the groups.
    ///
    /// After a failure of store or queue they are not used for some seconds, so that waiting for them does not use up
    /// the time for sending. What concerns one group alone, or came of a lack of time, is no such failure.
    /// - Parameter always: whether they are used all the same.
    func using<Result: Sendable>(
        until end: Timestamp, always: Bool = false, _ body: (AlertGroups) async throws -> Result
    ) async throws -> Result {
        guard let groups else {
            throw QuietError(.unavailable, "nothing can wait here: set NOTIFY_STATE and NOTIFY_WAKE_QUEUE")
        }
        if !always, let reason = pause.reason(at: time.now()) {
            throw QuietError(.unavailable, "not tried, since it failed a moment ago: \(reason)")
        }
        do { return try await body(groups) } catch {
            let isOfOne = error is QuietError || (error as? StateStoreError)?.code == .tooLarge
            if !isOfOne, time.now() < end { pause.begin(at: time.now(), "\(error)") }
            throw error
        }
    }

    private func warn(_ message: Logger.Message, _ reason: String? = nil) {
        InvocationContext.current?.logger.warning(message, metadata: reason.map { ["reason": "\($0)"] })
    }
}
