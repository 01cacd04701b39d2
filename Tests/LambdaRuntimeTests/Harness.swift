import Basics
import FunctionRuntime
import JSON
import Logging
import Synchronization
import TestSupport
import Transport

@testable import LambdaRuntime

/// Answers as a closure says.
struct ClosureHandler: FunctionHandler {
    let body: @Sendable ([UInt8], InvocationContext) async throws -> FunctionResponse

    init(_ body: @escaping @Sendable ([UInt8], InvocationContext) async throws -> FunctionResponse) { self.body = body }

    func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        try await body(event, context)
    }

    static let echo = ClosureHandler { event, _ in FunctionResponse(bytes: event) }
}

/// Keeps log lines.
final class LogCapture: LogSink {
    private let captured = Mutex<[LogLine]>([])

    func write(_ line: LogLine) { captured.withLock { $0.append(line) } }

    var lines: [String] { captured.withLock { $0.map { String(decoding: $0.bytes, as: UTF8.self) } } }
    var text: String { lines.joined(separator: "\n") }
}

/// What a whole life of the runtime left behind.
struct Life {
    let log: LogCapture
    let sleeps: [Duration]
    let traces: [String?]
    let error: (any Error)?
}

/// Runs the runtime against a server, with pauses that take no time, until it ends by itself.
func live(
    _ server: RuntimeAPIServer, environment: [String: String] = [:], partialFailures: PartialFailures? = nil,
    make: @escaping LambdaRuntime.MakeHandler = { _, _ in ClosureHandler.echo }
) async throws -> Life {
    let variables = environment.merging(["AWS_LAMBDA_RUNTIME_API": server.server.authority]) { mine, _ in mine }
    let log = LogCapture()
    let sleeps = Locked<[Duration]>([])
    let traces = Locked<[String?]>([])
    let loop = try EventLoop.onOwnThread()
    defer { loop.stop() }
    let settings = try RuntimeSettings(Environment(variables))
    let host = LambdaHost(
        settings: settings, environment: Environment(variables), loop: loop,
        logger: Logger(label: "test") { _ in
            FunctionLogHandler(format: settings.logFormat, level: settings.logLevel, sink: log)
        },
        time: TimeSource(
            now: { .now() }, sleep: { duration in sleeps.withLock { $0.append(duration) } }, random: { 0.5 }
        ),
        setTrace: { trace in traces.withLock { $0.append(trace) } }, partialFailures: partialFailures
    )
    let task = Task(executorPreference: loop) { () -> (any Error)? in
        do {
            try await host.run(make)
            return nil
        } catch {
            return error
        }
    }
    let error = await task.value
    return Life(log: log, sleeps: sleeps.withLock { $0 }, traces: traces.withLock { $0 }, error: error)
}
