import Basics
import FunctionRuntime
import Glibc
import JSON
import Logging
import Transport

/// Runs a function from start to end: makes the handler, warms it up, processes invocations.
struct LambdaHost: Sendable {
    let settings: RuntimeSettings
    let environment: Environment
    let loop: EventLoop
    let logger: Logger
    let time: TimeSource
    /// Called with the trace header of each invocation, if they come one at a time.
    let setTrace: @Sendable (String?) -> Void
    /// Where handlers count what failed in part.
    var partialFailures: PartialFailures?

    /// Returns after SIGTERM.
    ///
    /// - Throws: ``LoggedError`` when the function cannot start or the Runtime API cannot be reached any more.
    func run(_ make: LambdaRuntime.MakeHandler) async throws {
        logger.info("starting", metadata: ["version": .string(TocsinVersion.current)])
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
            handler.logStartWarnings(to: logger)
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
        let shutdownExtension = await registerExtension()
        try await withThrowingTaskGroup { group in
            if let shutdownExtension {
                group.addTask {
                    try? await shutdownExtension.waitForEvent()
                    try await time.sleep(.seconds(1 << 31))  // losing this connection does not end the function
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
        InvocationLoop(
            client: client, handler: handler, logger: logger, time: time,
            partialFailures: partialFailures, setTrace: setTrace)
    }
}

/// Ends the process; the reason has been logged.
struct LoggedError: Error {}

/// An internal extension that subscribes to no events.
///
/// Lambda sends SIGTERM before it kills a process only where an extension is registered.
private struct InternalExtension {
    private static let root = "/2020-01-01/extension"
    private let connection: RuntimeAPIConnection
    private let identifier: String

    /// Registers the extension, which Lambda allows only before the first `/next`.
    init(connection: RuntimeAPIConnection) async throws {
        self.connection = connection
        let body = Array(#"{"events":[]}"#.utf8)
        var request = connection.request("POST", "\(Self.root)/register")
        request.add("Lambda-Extension-Name", "tocsin-shutdown")
        request.add("Content-Type", "application/json")
        request.add("Content-Length", String(body.count))
        let response = try await connection.exchange(request.finished(), body, timeout: RuntimeAPIConnection.timeout)
        guard response.head.status == 200, let identifier = response.head["lambda-extension-identifier"] else {
            let status = response.head.status
            throw LambdaRuntimeError(
                .refused(status: status), "Lambda answered \(status) to an extension's registration")
        }
        self.identifier = identifier
    }

    /// Tells Lambda that the extension is ready, by asking for the next event, which never comes.
    func waitForEvent() async throws {
        var request = connection.request("GET", "\(Self.root)/event/next")
        request.add("Lambda-Extension-Identifier", identifier)
        _ = try await connection.exchange(request.finished(), timeout: nil)
    }
}
