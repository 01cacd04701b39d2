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
    /// Makes the handler at start, from the environment and the loop that runs all of its work.
    public typealias MakeHandler = @Sendable (Environment, EventLoop) async throws -> any FunctionHandler

    /// Runs a function until Lambda ends the process; the whole of a function's `main.swift`.
    ///
    /// When `make` throws, the error is reported as an init error and logged, and the process exits with 1. It also
    /// exits with 1, and a message, when the Runtime API cannot be reached any more. After SIGTERM (see
    /// `ShutdownAware`) it exits with 0.
    public static func run(_ make: @escaping MakeHandler) -> Never {
        Allocator.keepLargeBuffers()
        do {
            try EventLoop.run { loop in
                let environment = Environment.current()
                unsetenv("_LAMBDA_TELEMETRY_LOG_FD")  // child processes must not write frames
                let settings = try RuntimeSettings(environment)
                let trace = TraceVariable(loop: loop)
                let host = LambdaHost(
                    settings: settings, environment: environment, loop: loop,
                    logger: Logger(label: "lambda") { _ in logging(settings) }, time: .live(loop),
                    setTrace: { trace.set($0) }, partialFailures: PartialFailures(environment: environment)
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
        logLevel =
            (environment["AWS_LAMBDA_LOG_LEVEL"] ?? environment["LOG_LEVEL"])
            .flatMap { Logger.Level(platformName: $0) } ?? .info
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

/// Why the runtime has to end, or could not deliver one response.
public typealias LambdaRuntimeError = CodedError<LambdaRuntimeErrorCode>

/// The kinds of failure of the runtime.
public enum LambdaRuntimeErrorCode: ErrorCode {
    /// The environment names no usable Runtime API: the program was not started by Lambda.
    case environment
    /// The Runtime API cannot be reached, or broke the connection.
    case connectionLost
    /// The Runtime API sent something that is not HTTP/1.1, or not an invocation.
    case invalidMessage
    /// The Runtime API answered with another status than success.
    case refused(status: Int)

    /// One type for all of them: platforms group failures by it, and these are not the function's.
    public var name: String { "Runtime.APIError" }
}

/// Settings of glibc's heap.
private enum Allocator {
    /// Keeps glibc from returning large payload buffers to the kernel after every invocation: that halves the speed at
    /// 128 KB.
    static func keepLargeBuffers() {
        _ = mallopt(M_TRIM_THRESHOLD, 64 << 20)
        _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)  // the most it takes
    }
}

/// Writes log lines as frames to the descriptor that Lambda provides for logs.
///
/// A frame is one log entry, also when its text has line ends: type, length and microseconds since 1970 (all
/// big-endian), then the text.
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
