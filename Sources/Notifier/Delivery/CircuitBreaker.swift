import FunctionRuntime
import JSON
import Logging
import Synchronization

/// Leaves something that is good to have, but not needed, alone for a while after it has failed: what does not answer must
/// not use up the time that the alerts have, again and again.
final class CircuitBreaker: Sendable {
    private static let pause = Duration.seconds(30)

    private let end = Mutex(Timestamp(microseconds: .min))
    private let name: String
    private let now: @Sendable () -> Timestamp

    /// - Parameter name: what the log calls it.
    init(_ name: String, now: @escaping @Sendable () -> Timestamp) { (self.name, self.now) = (name, now) }

    /// Does it, unless it has failed a moment ago; `nil` when it fails now.
    @discardableResult
    func attempt<Answer>(_ body: () async throws -> Answer) async -> Answer? {
        guard end.withLock({ $0 <= now() }) else { return nil }
        do { return try await body() } catch {
            end.withLock { $0 = now() + Self.pause }
            InvocationContext.current?.logger.warning(
                "an aid to delivery failed, it is left alone for a while",
                metadata: ["aid": "\(name)", "error": "\(error)"]
            )
            return nil
        }
    }
}
