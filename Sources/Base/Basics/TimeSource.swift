/// Time, waiting and chance as values, so that tests decide them.
public struct TimeSource: Sendable {
    /// The current time.
    public var now: @Sendable () -> Timestamp
    /// Waits; throws `CancellationError` as soon as the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A number from 0 up to, not including, 1.
    public var random: @Sendable () -> Double

    /// A source made of these three.
    public init(
        now: @escaping @Sendable () -> Timestamp, sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }
}
