import Basics
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
    /// When `make` throws, or the port cannot be had, the error is logged and the process exits with 1. After SIGTERM the
    /// requests under way are answered, then it exits with 0.
    public static func run(_ make: @escaping MakeHandler) -> Never {
        let environment = Environment.current()
        let logger = Logger(label: "fc") { _ in
            FunctionLogHandler(
                format: environment["LOG_FORMAT"]?.lowercased() == "json" ? .json : .text,
                level: environment["LOG_LEVEL"].flatMap { Logger.Level(platformName: $0) } ?? .info,
                sink: DescriptorLogSink.standardOutput
            )
        }
        do {
            // The main thread waits for signals; everything else runs on Swift's thread pool.
            try EventLoop.run { loop in
                let stop = try await loop.stopRequest(by: SIGTERM, SIGINT)
                try await Task.detached { try await serve(until: stop, environment, logger, make) }.value
            }
            exit(0)
        } catch {
            logger.critical("the function cannot start, the process ends", error: error)
            exit(1)
        }
    }

    private static func serve(
        until stop: StopRequest, _ environment: Environment, _ logger: Logger, _ make: MakeHandler
    ) async throws {
        let settings = try ServerSettings(environment)
        let handler = try await make(environment)
        await handler.warmUp()
        let invoker = Invoker(handler: handler, environment: environment, logger: logger)
        let server = try await FunctionServer(invoker: invoker, settings: settings)
        logger.info("listening", metadata: ["port": .stringConvertible(server.port)])
        await stop.wait()
        await server.stop()
        await invoker.shutDown()
    }
}
