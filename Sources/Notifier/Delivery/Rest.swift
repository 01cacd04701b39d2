import FunctionRuntime
import JSON
import Logging
import Synchronization

/// Leaves a helper alone for a while after it has failed: one that does not answer must not use up the time that the
/// alerts have, again and again.
final class Rest: Sendable {
    private static let length = Duration.seconds(30)

    private let end = Mutex(Timestamp(microseconds: .min))
    private let name: String
    private let now: @Sendable () -> Timestamp

    /// - Parameter name: what the log calls the helper.
    init(_ name: String, now: @escaping @Sendable () -> Timestamp) { (self.name, self.now) = (name, now) }

    /// Asks the helper, unless it rests; `nil` when it gives no answer.
    @discardableResult
    func asking<Answer>(_ body: () async throws -> Answer) async -> Answer? {
        guard end.withLock({ $0 <= now() }) else { return nil }
        do { return try await body() } catch {
            end.withLock { $0 = now() + Self.length }
            InvocationContext.current?.logger.warning(
                "a helper failed, it is left alone for a while", metadata: ["helper": "\(name)", "error": "\(error)"]
            )
            return nil
        }
    }
}
