import Glibc

extension EventLoop {
    /// Makes a loop, runs an async body on the calling thread, and returns when the body has ended.
    ///
    /// The body and the tasks it waits for run on this one thread. Tasks left behind do not go on afterwards.
    /// - Throws: what the body threw, or `TransportError` with `.system` when no loop could be made.
    public static func run<R: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> R) throws -> R {
        nonisolated(unsafe) var value: R?  // the loop runs on this thread
        try run { loop in value = .some(try await body(loop)) }
        guard let value else { throw stoppedEarly }
        return value
    }

    /// The same for a body without a result, as functions start: it has no generic type to build at run time.
    public static func run(_ body: @escaping @Sendable (EventLoop) async throws -> Void) throws {
        let loop = try EventLoop()
        loop.attach()
        nonisolated(unsafe) var failure: (any Error)? = stoppedEarly  // the loop runs on this thread
        Task(executorPreference: loop) {
            do {
                try await body(loop)
                failure = nil
            } catch {
                failure = error
            }
            loop.requestStop()
        }
        loop.runUntilStopped()
        if let failure { throw failure }
    }

    private static var stoppedEarly: TransportError {
        TransportError(.system, "the event loop was stopped before its work was done")
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
