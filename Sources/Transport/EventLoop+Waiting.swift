import Glibc

/// One suspension of a task, which may be resumed before it has begun.
///
/// Loop's thread only (@unchecked).
final class Waiter: @unchecked Sendable {
    private var continuation: UnsafeContinuation<Void, any Error>?
    private var result: Result<Void, any Error>?

    /// Lets the task go on; later calls do nothing.
    func resume() { end(.success(())) }

    /// Lets the task go on with an error; later calls do nothing.
    func resume(throwing error: any Error) { end(.failure(error)) }

    fileprivate func begin(_ continuation: UnsafeContinuation<Void, any Error>) {
        if let result { continuation.resume(with: result) } else { self.continuation = continuation }
    }

    private func end(_ result: Result<Void, any Error>) {
        guard self.result == nil else { return }
        self.result = result
        continuation.take()?.resume(with: result)
    }
}

extension EventLoop {
    /// Suspends the calling task, which must be on the loop, until the waiter is resumed.
    /// - Throws: what the waiter was resumed with; `TransportError` with `.timedOut` and this message after the time
    ///   limit; `CancellationError` at once when the task is cancelled, also when it was before.
    func suspend(
        _ waiter: Waiter, timeout: Duration? = nil, _ timeoutError: @autoclosure @escaping () -> any Error
    ) async throws {
        guard let timeout else { return try await suspend(waiter) }
        let timer = schedule(after: timeout) { waiter.resume(throwing: timeoutError()) }
        defer { cancel(timer) }
        try await suspend(waiter)
    }

    /// Suspends the calling task, which must be on the loop, until the waiter is resumed or the task is cancelled.
    func suspend(_ waiter: Waiter) async throws {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { waiter.begin($0) }
        } onCancel: {
            submit { waiter.resume(throwing: CancellationError()) }
        }
    }

    /// Waits; a negative duration ends at once.
    ///
    /// Callable from any task.
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func sleep(for duration: Duration) async throws {
        try await hop { [self] in
            let waiter = Waiter()
            let timer = schedule(after: duration) { waiter.resume() }
            defer { cancel(timer) }
            try await suspend(waiter)
        }
    }
}
