import Basics
import FunctionRuntime
import Glibc
import JSON
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

/// An extension without events inside of the runtime.
///
/// Lambda sends SIGTERM before it kills a process only where an extension is registered.
struct InternalExtension {
    private static let root = "/2020-01-01/extension"
    private let connection: RuntimeAPIConnection
    private let identifier: String

    /// Registers, which Lambda allows before the first `/next` only.
    init(connection: RuntimeAPIConnection) async throws {
        self.connection = connection
        let body = Array(#"{"events":[]}"#.utf8)
        var request = connection.request("POST", "\(Self.root)/register")
        request.add("Lambda-Extension-Name", "tocsin-shutdown")
        request.add("Content-Type", "application/json")
        request.add("Content-Length", String(body.count))
        let response = try await connection.exchange(request.finished(), body, timeout: RuntimeAPIConnection.patience)
        guard response.head.status == 200, let identifier = response.head["lambda-extension-identifier"] else {
            let status = response.head.status
            throw LambdaRuntimeError(
                .refused(status: status), "Lambda answered \(status) to an extension's registration")
        }
        self.identifier = identifier
    }

    /// Tells Lambda that the extension is ready, by asking for an event that never comes.
    func waitForEver() async throws {
        var request = connection.request("GET", "\(Self.root)/event/next")
        request.add("Lambda-Extension-Identifier", identifier)
        _ = try await connection.exchange(request.finished(), timeout: nil)
    }
}

/// Writes log lines as frames to the descriptor that Lambda gives for them.
///
/// A frame is one entry, whatever it holds: type, length and microseconds since 1970 (all big-endian), then the text.
struct TelemetryLogSink: LogSink {
    let descriptor: Int32

    func write(_ line: LogLine) {
        DescriptorLogSink.writeAll(Self.frame(line), to: descriptor)
    }

    static func frame(_ line: LogLine) -> [UInt8] {
        let format: UInt32 = line.format == .json ? 0xA55A_0002 : 0xA55A_0003
        let level: UInt32 =
            switch line.level {
            case .trace: 1
            case .debug: 2
            case .info, .notice: 3
            case .warning: 4
            case .error: 5
            case .critical: 6
            }
        return bigEndian(format | level << 2) + bigEndian(UInt32(clamping: line.bytes.count))
            + bigEndian(line.time.microseconds) + line.bytes
    }

    private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
