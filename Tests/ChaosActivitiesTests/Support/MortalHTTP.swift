import Basics
import TestSupport
import Transport

/// A client whose process dies at a change: no later request is sent.
final class MortalHTTP: HTTPExecuting {
    private let recorder: Recorder
    private let left: Locked<Int>
    private let isSent: Bool

    /// - Parameters:
    ///   - changes: so many changes are made.
    ///   - isSent: whether the change at which it dies reaches the service, though its answer is not seen.
    init(_ recorder: Recorder, dyingAfter changes: Int, isSent: Bool) {
        (self.recorder, self.isSent) = (recorder, isSent)
        left = Locked(changes)
    }

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        let isRead = Recorder.action(of: request).isRead
        let remaining = left.withLock { left in
            if !isRead { left -= 1 }
            return left
        }
        if remaining >= 0 { return try await recorder.execute(request) }
        if remaining == -1, !isRead, isSent { _ = try await recorder.execute(request) }
        throw CancellationError()
    }
}
