import Glibc

extension EventLoop {
    /// Makes a loop, runs an async body on the calling thread, and returns when the body has ended.
    ///
    /// The body and the tasks it waits for run on this one thread. Tasks left behind do not go on afterwards.
    /// - Throws: what the body threw, or `TransportError` with `.system` when no loop could be made.
    public static func run<R: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> R) throws -> R {
        let loop = try EventLoop()
        let outcome = Outcome<R>()
        Task(executorPreference: loop) {
            do {
                let value = try await body(loop)
                outcome.result.withLock { $0 = .success(value) }
            } catch {
                outcome.result.withLock { $0 = .failure(error) }
            }
            loop.requestStop()
        }
        loop.runUntilStopped()
        guard let result = outcome.result.withLock({ $0 }) else {
            throw TransportError(.system, "the event loop was stopped before its work was done")
        }
        return try result.get()
    }

    /// Makes a loop that runs on a thread of its own, for programs whose main thread belongs to somebody else.
    ///
    /// The thread ends with `stop()`; without it, it lives as long as the process.
    /// - Throws: `TransportError` with `.system` when the process is out of descriptors or threads.
    public static func onOwnThread() throws -> EventLoop {
        let loop = try EventLoop()
        let argument = Unmanaged.passRetained(loop)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<EventLoop>.fromOpaque(argument).takeRetainedValue().runUntilStopped() }
                return nil
            }, argument.toOpaque())
        guard status == 0 else {
            argument.release()
            throw TransportError.system("start the event loop's thread", status)
        }
        pthread_detach(thread)
        return loop
    }

    /// Ends the loop; tasks that still wait for something on it never go on.
    public func stop() {
        requestStop()
    }
}

/// Carries a task's result to the thread that ran the loop for it.
private final class Outcome<R: Sendable>: Sendable {
    let result = Locked<Result<R, any Error>?>(nil)
}
