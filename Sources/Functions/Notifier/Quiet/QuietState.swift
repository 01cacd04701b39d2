import AWS
import Basics
import FunctionRuntime
import Logging
import StateStore

/// The time after a failure in which groups are not used, and why.
private final class GroupPause: Sendable {
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
    private let pause = GroupPause()
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

    /// Whether anything is kept.
    var isThere: Bool { store != nil }

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

    /// Uses the groups.
    ///
    /// After a failure of store or queue they are not used for some seconds, so that waiting for them does not use up
    /// the time for sending.
    func using<Result: Sendable>(_ body: (AlertGroups) async throws -> Result) async throws -> Result {
        guard let groups else {
            throw QuietError(.unavailable, "nothing can wait here: set NOTIFY_STATE and NOTIFY_WAKE_QUEUE")
        }
        if let reason = pause.reason(at: time.now()) {
            throw QuietError(.unavailable, "not tried, since it failed a moment ago: \(reason)")
        }
        do { return try await body(groups) } catch {
            if (error as? QuietError)?.code != .contended { pause.begin(at: time.now(), "\(error)") }
            throw error
        }
    }

    private func warn(_ message: Logger.Message, _ reason: String? = nil) {
        InvocationContext.current?.logger.warning(message, metadata: reason.map { ["reason": "\($0)"] })
    }
}
