import Basics
import FunctionRuntime
import JSON
import Logging
import Synchronization
import TestSupport
import Transport

@testable import UptimeChecker

/// Collects log lines.
final class LogSinkForTests: LogSink {
    private let state = Mutex<[String]>([])
    var lines: [String] { state.withLock { $0 } }
    func write(_ line: LogLine) { state.withLock { $0.append(String(decoding: line.bytes, as: UTF8.self)) } }

    /// The metadata of the lines with a message.
    func logged(_ message: String) -> [JSONValue] {
        lines.compactMap { line in
            guard let entry = try? JSONValue(parsing: line), entry["message"]?.stringValue == message else {
                return nil
            }
            return entry["metadata"]
        }
    }
}

/// The handler on a real loop and clock, its endpoints and AWS being servers on 127.0.0.1.
struct TestFunction {
    let log = LogSinkForTests()
    let handler: UptimeChecker

    /// - Parameter time: the loop's unless given.
    init(_ variables: [String: String], aws url: String, time: TimeSource? = nil) async throws {
        let environment = awsVariables(at: url).merging(variables) { $1 }
        let loop = try TestAWS.loop.get()
        handler = try await UptimeChecker(
            environment: Environment(environment), loop: loop,
            aws: TestAWS.configuration(environment, time: time ?? .live(loop))
        )
    }

    /// Runs on the loop, as on Lambda.
    /// - Parameter now: what the handler's clock shows.
    func invoke(
        _ event: String = "{}", within limit: Duration = .seconds(20), at now: Timestamp = .now()
    ) async throws -> JSONValue {
        let context = InvocationContext(
            requestID: "request-1", deadline: now + limit,
            logger: Logger(label: "test") { [log] _ in FunctionLogHandler(format: .json, sink: log) }
        )
        let response = try await withTaskExecutorPreference(TestAWS.loop.get()) {
            try await handler.handle(Array(event.utf8), context)
        }
        guard case .bytes(let bytes) = response.body else { return nil }
        return try JSONValue(parsing: bytes)
    }
}
