import AlibabaCloud
public import Basics
import Configuration
public import FunctionRuntime
import Glibc
import Logging
import Transport

/// The custom runtime of Alibaba Cloud Function Compute: an HTTP server that hands requests to a function
/// (https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/user-guide/custom-runtime-principles).
///
///     FunctionCompute.run { environment in
///         try Greeter(environment: environment)
///     }
public enum FunctionCompute {
    /// Makes a handler at start, from the environment.
    public typealias MakeHandler = @Sendable (Environment) async throws -> any FunctionHandler

    /// Serves requests until Function Compute ends the process; the whole of a function's `main.swift`.
    ///
    /// When `make` throws, or the port is taken, the error is logged and the process exits with 1. After SIGTERM it
    /// answers the requests under way and exits with 0.
    /// - Parameter httpTimeout: how long a caller of the HTTP trigger waits, if less than the function may run; the
    ///   deadline of such an invocation is that much earlier.
    public static func run(httpTimeout: Duration? = nil, _ make: @escaping MakeHandler) -> Never {
        let environment = Environment.current()
        let logger = Logger(label: "fc") { _ in
            FunctionLogHandler(
                format: environment["LOG_FORMAT"]?.lowercased() == "json" ? .json : .text,
                level: environment["LOG_LEVEL"].flatMap { Logger.Level(platformName: $0) } ?? .info,
                sink: DescriptorLogSink.standardOutput
            )
        }
        do {
            // The main thread waits for signals and for the queue; everything else runs on Swift's thread pool.
            try EventLoop.run { loop in
                let stop = try await loop.stopRequest(by: SIGTERM, SIGINT)
                let http = HTTPClient(loop: loop, configuration: .init(environment: environment.variables))
                try await Task.detached {
                    try await serve(until: stop, environment, logger, httpTimeout, http, make)
                }.value
            }
            exit(0)
        } catch {
            logger.critical("the function cannot start, the process ends", error: error)
            exit(1)
        }
    }

    private static func serve(
        until stop: StopRequest, _ environment: Environment, _ logger: Logger, _ httpTimeout: Duration?,
        _ http: HTTPClient, _ make: MakeHandler
    ) async throws {
        logger.info("starting", metadata: ["version": .string(TocsinVersion.current)])
        let settings = try ServerSettings(environment)
        let handler = try await make(environment)
        handler.logStartWarnings(to: logger)
        await handler.warmUp()
        let invoker = Invoker(
            handler: handler, environment: environment, logger: logger, httpTimeout: httpTimeout,
            queue: settings.queueEndpoint.map { FunctionInvocations(endpoint: $0, http: http) }
        )
        let server = try await FunctionServer(invoker: invoker, settings: settings)
        logger.info("listening", metadata: ["port": .stringConvertible(server.port)])
        await stop.wait()
        await server.stop()
        await invoker.shutDown()
    }
}

/// The settings of the server.
struct ServerSettings: Sendable, Hashable {
    /// All addresses: Function Compute cannot reach a server on 127.0.0.1.
    var host = "0.0.0.0"
    /// `FC_SERVER_PORT`, or `FC_CUSTOM_LISTEN_PORT` as Function Compute 3.0 names it, else 9000.
    var port = 9_000
    /// The largest body of a request in bytes, as Function Compute's own limit.
    var maximumBody = 32 << 20
    /// How long a client may pause in the middle of a request.
    ///
    /// There is no limit between requests: Function Compute keeps its connections for 15 minutes and takes a closed one
    /// for a crash.
    var readTimeout = Duration.seconds(60)
    /// How long requests under way may take after SIGTERM.
    var grace = Duration.seconds(20)
    /// `CALLBACK_QUEUE`: the API of Function Compute, for requests that are handed over to asynchronous invocations.
    var queueEndpoint: AlibabaCloudEndpoint?

    init() {}

    /// - Throws: `ConfigurationError` when a port is not a number up to 65,535, or the queue is no address.
    init(_ environment: Environment) throws {
        self = try environment.parse { variables in
            var settings = ServerSettings()
            for name in ["FC_CUSTOM_LISTEN_PORT", "FC_SERVER_PORT"] {
                settings.port = variables.integer(name, default: settings.port, in: 0...65_535)
            }
            settings.queueEndpoint = variables.value(
                "CALLBACK_QUEUE", expected: FunctionInvocations.expectedEndpoint
            ) { AlibabaCloudEndpoint($0) }
            return settings
        }
    }
}
