public import Basics
internal import CLinux
public import FunctionRuntime
import Glibc
import JSON
import Logging
public import Transport

/// The Lambda runtime: fetches invocations from the Runtime API and hands them to a function.
///
///     LambdaRuntime.run { environment, loop in
///         try Greeter(environment: environment)
///     }
public enum LambdaRuntime {
    /// Makes a handler at start, from the environment and the loop that all of its work runs on.
    public typealias MakeHandler = @Sendable (Environment, EventLoop) async throws -> any FunctionHandler

    /// Runs a function until Lambda ends the process; the whole of a function's `main.swift`.
    ///
    /// When `make` throws, the error is reported as an init error and logged, and the process exits with 1. It exits with
    /// 1 and a message, too, when the Runtime API is gone. After SIGTERM (see `ShutdownAware`) it exits with 0.
    public static func run(_ make: @escaping MakeHandler) -> Never {
        Allocator.keepLargeBuffers()
        do {
            try EventLoop.run { loop in
                let environment = Environment.current()
                unsetenv("_LAMBDA_TELEMETRY_LOG_FD")  // ours; child processes must not write frames
                let settings = try RuntimeSettings(environment)
                let trace = TraceVariable()
                let host = LambdaHost(
                    settings: settings, environment: environment, loop: loop,
                    logger: Logger(label: "lambda") { _ in logging(settings) }, time: .live(loop),
                    setTrace: { trace.set($0) }
                )
                try await host.run(make)
            }
            exit(0)
        } catch let error where error is LoggedError {
            exit(1)
        } catch {
            DescriptorLogSink.writeAll(Array("\(error)\n".utf8), to: STDERR_FILENO)
            exit(1)
        }
    }

    private static func logging(_ settings: RuntimeSettings) -> FunctionLogHandler {
        var sink: any LogSink = DescriptorLogSink.standardOutput
        if let descriptor = settings.telemetryDescriptor, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 {
            sink = TelemetryLogSink(descriptor: descriptor)
        }
        return FunctionLogHandler(format: settings.logFormat, level: settings.logLevel, sink: sink)
    }
}

/// What the platform tells the runtime through the environment.
struct RuntimeSettings: Sendable {
    /// `AWS_LAMBDA_RUNTIME_API` as given, for the `Host` header.
    let host: String
    let address: SocketAddress
    /// How many invocations run at the same time.
    ///
    /// Above 1 on Lambda Managed Instances only.
    let concurrency: Int
    let logFormat: LogFormat
    let logLevel: Logger.Level
    /// Where log frames go instead of standard output.
    let telemetryDescriptor: Int32?

    /// - Throws: `LambdaRuntimeError` with `.environment` when there is no Runtime API.
    init(_ environment: Environment) throws(LambdaRuntimeError) {
        guard let host = environment["AWS_LAMBDA_RUNTIME_API"] else {
            throw LambdaRuntimeError(
                .environment,
                "AWS_LAMBDA_RUNTIME_API is not set: AWS Lambda starts this program. "
                    + "To try it on this machine, use `tocsin invoke`"
            )
        }
        guard let address = Self.address(host) else {
            throw LambdaRuntimeError(.environment, "AWS_LAMBDA_RUNTIME_API is \"\(host)\", expected IP-ADDRESS:PORT")
        }
        self.host = host
        self.address = address
        concurrency = environment["AWS_LAMBDA_MAX_CONCURRENCY"].flatMap { Int($0) }.map { min(max($0, 1), 1_000) } ?? 1
        let wantsJSON = concurrency > 1 || environment["AWS_LAMBDA_LOG_FORMAT"]?.lowercased() == "json"
        logFormat = wantsJSON ? .json : .text
        logLevel = environment["AWS_LAMBDA_LOG_LEVEL"].flatMap { Logger.Level(platformName: $0) } ?? .info
        telemetryDescriptor = environment["_LAMBDA_TELEMETRY_LOG_FD"].flatMap { Int32($0) }
    }

    private static func address(_ host: String) -> SocketAddress? {
        guard let colon = host.lastIndex(of: ":"), let port = UInt16(host[host.index(after: colon)...]) else {
            return nil
        }
        let name = host[..<colon].filter { $0 != "[" && $0 != "]" }
        return SocketAddress(ip: name == "localhost" ? "127.0.0.1" : name, port: port)
    }
}

/// Why the runtime cannot go on, or could not deliver one answer.
public struct LambdaRuntimeError: ReportableError, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: Sendable, Hashable {
        /// The environment names no usable Runtime API: the program was not started by Lambda.
        case environment
        /// The Runtime API cannot be reached, or broke the connection.
        case connectionLost
        /// The Runtime API sent something that is not HTTP/1.1, or not an invocation.
        case invalidMessage
        /// The Runtime API answered with another status than success.
        case refused(status: Int)
    }

    /// What kind of failure it is.
    public let code: Code

    /// What failed, and what to do where something can be done.
    public let message: String

    /// The error below this one, if any.
    public let underlying: (any Error)?

    init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// `Runtime.APIError`.
    public var errorType: String { "Runtime.APIError" }

    /// The message.
    public var description: String { message }
}

/// Settings of glibc's heap.
enum Allocator {
    /// Keeps glibc from giving large payload buffers back to the kernel after every invocation, which halves the speed
    /// at 128 KB.
    static func keepLargeBuffers() {
        _ = mallopt(M_TRIM_THRESHOLD, 64 << 20)
        _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)  // the most it takes
    }
}
