public import Basics

/// The clock of tests: it moves only when somebody sleeps on it or a test moves it, and remembers the sleeps.
public final class TestClock: Sendable {
    private let state: Locked<(now: Timestamp, sleeps: [Duration])>

    /// A clock that stands.
    public init(_ start: Timestamp = Timestamp(secondsSinceEpoch: 1_800_000_000)) { state = Locked((start, [])) }

    /// The time it shows.
    public var now: Timestamp { state.withLock { $0.now } }

    /// How long was slept, in order.
    public var sleeps: [Duration] { state.withLock { $0.sleeps } }

    /// Moves the clock on.
    public func advance(_ duration: Duration) { state.withLock { $0.now += duration } }

    /// Sleeping moves the clock and takes no time; chance is always one half.
    public var source: TimeSource { source(onSleep: { _ in }) }

    /// - Parameter onSleep: runs at each sleep, after the clock has moved; may wait or throw.
    public func source(onSleep: @escaping @Sendable (_ count: Int) async throws -> Void) -> TimeSource {
        TimeSource(
            now: { self.now },
            sleep: { duration in
                try Task.checkCancellation()
                let count = self.state.withLock { state in
                    state.sleeps.append(duration)
                    state.now += duration
                    return state.sleeps.count
                }
                try await onSleep(count)
            },
            random: { 0.5 }
        )
    }

    /// For waits that end by something else than time: the clock stands, a sleep is real.
    public func source(realSleep sleep: @escaping @Sendable (Duration) async throws -> Void) -> TimeSource {
        TimeSource(now: { self.now }, sleep: sleep, random: { 0.5 })
    }
}
