internal import Basics
public import JSON

/// What happens to a step during which a process ended.
public enum StepRepetition: Sendable {
    /// It runs again.
    case atLeastOnce
    /// It does not run again: the scope throws `DurableError.interrupted`.
    ///
    /// The start is recorded before the body runs. With retries: at most once for each attempt.
    case atMostOnce
}

/// Whether the error of a step is remembered.
public enum StepFailure: Sendable {
    /// The step counts as not done: the next process runs it again.
    case forgotten
    /// Type and message are recorded; the step throws them as ``DurableFailure``, now as on replay.
    case remembered
}

/// How often a step runs again after an error, and how long it waits before; the waits are durable.
public struct StepRetry: Sendable, Hashable {
    /// How often the body runs at most, with the first time; from 1.
    public var attempts: Int
    /// The wait before the second attempt, from one second on.
    public var first: Duration
    /// Each wait is this many times the one before; 2 doubles it.
    public var factor: Double
    /// The longest wait.
    public var longest: Duration

    /// A back-off: 1 s, 2 s, 4 s, and so on.
    public init(
        attempts: Int, first: Duration = .seconds(1), factor: Double = 2, longest: Duration = .seconds(60)
    ) {
        (self.attempts, self.first, self.factor, self.longest) = (attempts, first, factor, longest)
    }

    /// The first error is the last.
    public static let never = StepRetry(attempts: 1)

    /// The wait after an attempt that failed, from 1; nil when it was the last.
    func delay(after attempt: Int) -> Duration? {
        guard attempt < attempts else { return nil }
        var delay = first
        // Bounded: from the longest wait on, nothing changes.
        for _ in 1..<max(attempt, 1) where delay < longest { delay = delay * factor }
        return max(min(delay, longest), .seconds(1))
    }
}

/// What a check of ``DurableScope/waitForCondition(_:every:from:_:)`` found.
public enum DurableCheck: Sendable, Hashable {
    /// The condition holds; the waiting ends with this value.
    case holds(JSONValue)
    /// Not yet; the next check gets this state.
    case again(JSONValue)
}

/// Something that has happened, which ends waits early; stays raised.
public final class DurableSignal: Sendable {
    private struct State {
        var isRaised = false
        var listeners: [Int: @Sendable () -> Void] = [:]
        var count = 0
    }

    private let state = Locked(State())

    /// Not raised.
    public init() {}

    /// Whether it was raised.
    public var isRaised: Bool { state.withLock { $0.isRaised } }

    /// Raises it and ends the waits that heed it.
    public func raise() {
        let listeners = state.withLock { state in
            state.isRaised = true
            defer { state.listeners = [:] }
            return state.listeners.values.map { $0 }
        }
        for listener in listeners { listener() }
    }

    /// Calls a listener when it is raised, at once if it was.
    /// - Returns: a number to remove the listener by.
    func listen(_ listener: @escaping @Sendable () -> Void) -> Int {
        let number = state.withLock { state -> Int? in
            guard !state.isRaised else { return nil }
            state.count += 1
            state.listeners[state.count] = listener
            return state.count
        }
        if number == nil { listener() }
        return number ?? 0
    }

    func remove(_ number: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: number) } }
}
