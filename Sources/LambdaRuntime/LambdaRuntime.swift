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
