import Basics
import Events
import FunctionRuntime
import JSON
import Logging
import CloudWatchMetrics
import Synchronization
import TestSupport

@testable import MetricWriter

/// 2026-11-21T03:42:00Z, the time at which all tests run.
let testTime = Timestamp(secondsSinceEpoch: 1_795_232_520.0)

extension MetricWriter.Configuration {
    static let standard = MetricWriter.Configuration(
        namespace: "SLA-Monitor", region: "eu-central-1", resolution: 60, output: .cloudwatch, units: .compatible,
        groupDuration: false, countsTwice: false
    )
}

extension SLAResult {
    static let sample = SLAResult(
        timestamp: testTime, succeeded: true, service: "shop", executionSecs: 12, executionSeconds: 12.75,
        groups: ["web", "eu"]
    )

    static func named(_ service: String, groups: [String] = []) -> SLAResult {
        SLAResult(timestamp: testTime, succeeded: true, service: service, executionSecs: 1, groups: groups)
    }

    var message: String { json.description }

    /// How many metrics a result has for its service, and for each of its groups.
    static let serviceMetrics = named("a").metrics(.standard).count
    static let groupMetrics = named("a", groups: ["g"]).metrics(.standard).count - serviceMetrics
}

/// Collects what is written to it.
final class Sink: Sendable {
    private let state = Mutex<[UInt8]>([])
    func write(_ bytes: [UInt8]) { state.withLock { $0 += bytes } }
    var lines: [String] {
        state.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n").map(String.init)
    }
}

extension Sink: LogSink {
    func write(_ line: LogLine) { write(line.bytes + [10]) }
}

extension InvocationContext {
    /// An invocation whose log goes into the sink, with ten seconds left at `testTime`.
    ///
    /// On Lambda, where partial failures are counted: their lines go into the sink, too.
    static func test(
        log: Sink = Sink(), remaining: Duration = .seconds(10), level: Logger.Level = .info
    ) -> InvocationContext {
        InvocationContext(
            requestID: "request-1", deadline: testTime + remaining,
            partialFailures: PartialFailures(
                environment: Environment(["AWS_LAMBDA_FUNCTION_NAME": "writer"]), write: log.write),
            logger: Logger(label: "test") { _ in
                FunctionLogHandler(format: .json, level: level, sink: log, now: { testTime })
            }
        )
    }
}

extension FunctionResponse {
    var text: String {
        guard case .bytes(let bytes) = body else { return "a stream" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
