import Foundation
import JSON
import Synchronization
import TestSupport
import Testing

/// `metric-writer.zip` under AWS's emulator when things go wrong: what its user sees, that nothing is lost, and that it
/// does not press a service in trouble.
@Suite(
    .enabled(if: BuiltFunction.canRun, "needs dist/lambda/metric-writer.zip and the Python helpers: run ./build.sh"),
    .serialized, .timeLimit(.minutes(3))
)
struct MetricWriterFaultTests {
    private static let now = Int(Date().timeIntervalSince1970)
    private static let accepted = Reply.http(200, body: "{}")
    private static let throttled = Reply.http(
        400, headers: [("Content-Type", "application/x-amz-json-1.0")],
        body: #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#
    )

    private func start(_ cloudWatch: ScriptedServer, timeout: Int = 10) throws -> RuntimeInterfaceEmulator {
        let environment = [
            "AWS_ENDPOINT_URL": cloudWatch.url, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_DISABLE_REQUEST_COMPRESSION": "true",
        ]
        return try RuntimeInterfaceEmulator(
            zip: BuiltFunction.metricWriter, environment: environment, timeout: timeout
        )
    }

    private func message(_ service: String) -> String {
        #"{"timestamp":\#(Self.now),"succeeded":true,"service":"\#(service)","testExecutionSecs":1,"groups":[]}"#
    }

    private func services(_ requests: some Sequence<ServerRequest>) throws -> [String] {
        try requests.flatMap { request in
            (try JSONValue(parsing: request.body)["MetricData"]?.arrayValue ?? [])
                .filter { $0["MetricName"] == "integration-sla-attempts" }
                .compactMap { $0["Dimensions"]?[1]?["Value"]?.stringValue }
        }
    }

    @Test func throttlingAndErrorsWithRedeliveryLoseNothing() throws {
        // Three deliveries meet nothing but trouble, three attempts each; the fourth succeeds at its second attempt.
        let troubles = Array(repeating: Self.throttled, count: 6) + Array(repeating: Reply.http(500), count: 4)
        let server = try ScriptedServer(replies: troubles + [Self.accepted])
        let emulator = try start(server)
        defer { emulator.stop() }
        let event = SampleEvents.queue((0..<10).map { message("s\($0)") }).serialized()
        for _ in 0..<3 {
            #expect(try emulator.invoke(event).body.contains("10 of 10 results not written"))
        }
        #expect(server.requests.count == 9)
        #expect(try emulator.invoke(event).body == #"{"batchItemFailures":[]}"#)
        #expect(try emulator.invoke(event).body == #"{"batchItemFailures":[]}"#)
        #expect(server.requests.count == 11, "what is written is not written again")
        #expect(try services(server.requests.suffix(1)) == (0..<10).map { "s\($0)" })
        #expect(emulator.log.contains("ThrottlingException: Rate exceeded"))
    }

    @Test func aTopicsInvocationFailsSoThatLambdaTriesAgain() throws {
        let server = try ScriptedServer { _ in Self.throttled }
        let emulator = try start(server)
        defer { emulator.stop() }
        let body = try emulator.invoke(SampleEvents.topic([message("shop")]).serialized()).body
        #expect(body.hasPrefix(#"{"errorMessage":"1 of 1 results not written: cloudwatch PutMetricData"#), "\(body)")
        #expect(body.contains(#""errorType":"Function.NotWritten""#))
    }

    @Test func aBlackHoleIsAnsweredBeforeTheDeadline() throws {
        let server = try ScriptedServer { _ in .hang }
        let emulator = try start(server, timeout: 2)
        defer { emulator.stop() }
        let body = try emulator.invoke(SampleEvents.queue([message("shop")]).serialized()).body
        #expect(body.contains("1 of 1 results not written"), "\(body) \(emulator.log)")
        #expect(server.requests.count <= 1)
        #expect(emulator.functionProcesses.count == 1, "the function goes on")
        #expect(try emulator.functionProcesses.allSatisfy { try processorTicks(of: $0) < 50 }, "it does not spin")
    }

    @Test func tenThousandRecordsAndSixMegabytes() throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let emulator = try start(server, timeout: 60)
        defer { emulator.stop() }
        let bodies = (0..<10_000).map { index in
            index % 2_500 == 7 ? "{\"broken" : message("s\(index)")
        }
        var event = SampleEvents.queue(bodies).serialized()
        let limit = 6 * 1_024 * 1_024
        #expect(event.count > limit / 2)
        event += Array(repeating: UInt8(ascii: " "), count: max(0, limit - event.count))
        let failed = (0..<4).map { #"{"itemIdentifier":"sqs-\#($0 * 2_500 + 7)"}"# }.joined(separator: ",")
        #expect(try emulator.invoke(event).body == #"{"batchItemFailures":[\#(failed)]}"#)
        #expect(try Set(services(server.requests)).count == 9_996)
        #expect(server.requests.count == 40)
        #expect(emulator.log.components(separatedBy: "record rejected").count - 1 == 4)
    }

    @Test func eventsThatNobodyCanUse() throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let emulator = try start(server)
        defer { emulator.stop() }
        for (event, fault) in [
            ("{}", "the event is neither from SNS or SQS nor a result"), ("[1]", "none of 1 results is usable"),
            ("{\"Records\":[{}]}", "records of an unknown source"), ("{", "the event is not JSON"),
            ("", "the event is"),
        ] {
            let body = try emulator.invoke(Array(event.utf8)).body
            #expect(body.contains(#""errorMessage":"#) && body.contains(fault), "\(event): \(body)")
        }
        let answer = try emulator.invoke(SampleEvents.queue([message("shop")]).serialized()).body
        #expect(answer == #"{"batchItemFailures":[]}"#, "the function goes on")
        #expect(emulator.functionProcesses.count == 1)
    }

    /// User and system time of a process, in hundredths of a second (proc_pid_stat(5), fields 14 and 15).
    private func processorTicks(of process: Int32) throws -> Int {
        let stat = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        return (Int(fields[12]) ?? .max / 4) + (Int(fields[13]) ?? .max / 4)
    }
}
