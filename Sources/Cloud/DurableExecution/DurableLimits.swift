/// What one run may have; Lambda's cannot be raised.
///
/// Checked before a step runs, or before its result is sent; code that knows how long it will be can check at its
/// start.
public struct DurableLimits: Sendable, Hashable {
    /// Steps, waits, callbacks and children, and one more for each further attempt of a step and check of a condition.
    public let operations: Int
    /// Bytes of all results together, as JSON.
    public let bytes: Int
    /// Bytes of the result of one step, as JSON.
    public let resultBytes: Int
    /// The longest wait.
    public let wait: Duration

    /// Of Lambda's durable executions: 3,000 operations, 100 MiB, 1 MiB a step, 366 days.
    public static let lambda = DurableLimits(
        operations: 3_000, bytes: 100 << 20, resultBytes: 1 << 20, wait: .seconds(31_622_400))
}
