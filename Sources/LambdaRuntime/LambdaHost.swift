import FunctionRuntime
import Glibc
import Logging
import Transport

/// One life of a function: make the handler, warm it up, process invocations.
struct LambdaHost: Sendable {
    let settings: RuntimeSettings
    let environment: Environment
    let loop: EventLoop
    let logger: Logger
    let time: TimeSource
    /// Told the trace of each invocation, if they come one at a time.
    let setTrace: @Sendable (String?) -> Void

    /// Returns after SIGTERM.
    ///
    /// - Throws: ``LoggedError`` when the function cannot start or the Runtime API is gone.
    func run(_ make: LambdaRuntime.MakeHandler) async throws {
        let client = client()
        do {
            let handler = try await initialize(client, make)
            if let handler = handler.shutdownAware {
                try await serveUntilTerminated(handler, client)
            } else {
                try await serve(handler, client)
            }
        } catch let error as LambdaRuntimeError {
            logger.critical("the Lambda Runtime API is gone, the process ends", error: error)
            throw LoggedError()
        }
    }

    private func initialize(
        _ client: RuntimeAPIClient, _ make: LambdaRuntime.MakeHandler
    ) async throws -> any FunctionHandler {
        do {
            let handler = try await make(environment, loop)
            await handler.warmUp()
            return handler
        } catch {
            logger.critical("the function cannot start, the process ends", error: error)
            do {
                try await client.reportInitialization(ErrorReport(error))
            } catch {
                logger.error("init error not reported", error: error)
            }
            throw LoggedError()
        }
    }

    private func serve(_ handler: any FunctionHandler, _ client: RuntimeAPIClient) async throws {
        guard settings.concurrency > 1 else {
            try await invocationLoop(handler, client, setTrace).run()
        }
        try await withThrowingTaskGroup { group in
            for _ in 0..<settings.concurrency {
                group.addTask { try await invocationLoop(handler, self.client()) { _ in }.run() }
            }
            try await group.waitForAll()
        }
    }

    private func serveUntilTerminated(_ handler: any ShutdownAware, _ client: RuntimeAPIClient) async throws {
        let signals = try await loop.signals(SIGTERM)
        unblock(SIGTERM)
        let lookout = await registerExtension()
        try await withThrowingTaskGroup { group in
            if let lookout {
                group.addTask {
                    try? await lookout.waitForEver()
                    try await time.sleep(.seconds(1 << 31))  // the connection may go; the function stays
                }
            }
            group.addTask { _ = try await signals.next() }
            group.addTask { try await serve(handler, client) }
            defer { group.cancelAll() }
            try await group.next()
            logger.debug("SIGTERM received")
            await handler.shutDown()
        }
    }

    /// A program inherits the signals that its parent's thread blocks.
    private func unblock(_ signal: Int32) {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, signal)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    private func registerExtension() async -> InternalExtension? {
        do {
            return try await InternalExtension(connection: RuntimeAPIConnection(settings: settings, loop: loop))
        } catch {
            logger.warning("no extension registered, shutDown may not be called", error: error)
            return nil
        }
    }

    private func client() -> RuntimeAPIClient {
        RuntimeAPIClient(connection: RuntimeAPIConnection(settings: settings, loop: loop))
    }

    private func invocationLoop(
        _ handler: any FunctionHandler, _ client: RuntimeAPIClient, _ setTrace: @escaping @Sendable (String?) -> Void
    ) -> InvocationLoop {
        InvocationLoop(client: client, handler: handler, logger: logger, time: time, setTrace: setTrace)
    }
}

/// The end of the process, its reason logged already.
struct LoggedError: Error {}
