import AWS
import Basics
import Events
import FunctionRuntime
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import MetricWriter
@testable import CloudWatchMetrics

/// The handler with the real AWS client against a scripted CloudWatch: pauses take no time, the clock stands still.
@Suite(.timeLimit(.minutes(1))) struct CloudWatchTests {
    private static let loop = Result { try EventLoop.onOwnThread() }
    private let log = Sink()

    private func handler(_ server: ScriptedServer, _ more: [String: String] = [:]) throws -> MetricWriter {
        let environment = awsVariables(at: server.url).merging(more) { $1 }
        let loop = try Self.loop.get()
        let aws = try AWSConfiguration(
            environment: environment, http: HTTPClient(loop: loop, configuration: HTTPClientConfiguration()),
            time: TimeSource(now: { testTime }, sleep: { _ in }, random: { 0 })
        )
        return try MetricWriter(environment: Environment(environment), aws: aws)
    }

    private func handle(_ handler: MetricWriter, _ event: JSONValue) async throws -> String {
        try await handler.handle(event.serialized(), .test(log: log)).text
    }

    private func events(_ count: Int) -> JSONValue {
        SampleEvents.queue((0..<count).map { SLAResult.named("s\($0)").message })
    }

    private static let accepted = Reply.http(200, body: "{}")

    private static func fault(_ status: Int, _ code: String, _ message: String) -> Reply {
        .http(
            status, headers: [("Content-Type", "application/x-amz-json-1.0")],
            body: #"{"__type":"\#(code)","message":"\#(message)"}"#
        )
    }

    @Test func theRequest() async throws {
        let server = try ScriptedServer(replies: [Self.accepted])
        let event = SampleEvents.topic([SLAResult.sample.message])
        let data = SLAResult.sample.metrics(.standard)
        let answer = try await handle(try handler(server), event)
        #expect(answer.hasPrefix(#"{"records":1,"written":1,"data":\#(data.count),"#))
        let request = try #require(server.requests.first)
        #expect(request["X-Amz-Target"] == "GraniteServiceVersion20100801.PutMetricData")
        let body = try JSONValue(parsing: request.body)
        #expect(body["Namespace"] == "SLA-Monitor")
        #expect(body["MetricData"]?.arrayValue?.count == data.count)
        for (sent, datum) in zip(body["MetricData"]?.arrayValue ?? [], data) {
            #expect(sent["MetricName"]?.stringValue == datum.name)
            #expect(sent["Value"]?.doubleValue == datum.value)
            #expect(sent["Timestamp"]?.doubleValue == 1_795_232_520)
            #expect(sent["Dimensions"] == datum.json["Dimensions"])
            #expect(sent["Unit"] == "Count")
            #expect(sent["StorageResolution"] == 60)
        }
    }

    @Test("METRIC_DOUBLE makes every value count twice, as the original's two requests did")
    func doubled() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let handler = try handler(server, ["METRIC_DOUBLE": "true"])
        _ = try await handle(handler, SampleEvents.queue([SLAResult.sample.message]))
        let body = try JSONValue(parsing: try #require(server.requests.first).body)
        let data = body["MetricData"]?.arrayValue ?? []
        #expect(data.count == SLAResult.sample.metrics(.standard).count)
        #expect(data.map { $0["Values"] } == SLAResult.sample.metrics(.standard).map { [.double($0.value)] })
        #expect(data.allSatisfy { $0["Counts"] == [2] && $0["Value"] == nil })
    }

    @Test func requestsKeepTheLimits() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let long = String(repeating: "~", count: 1_000)
        let messages =
            (0..<600).map { SLAResult.named("s\($0)").message }
            + (0..<200).map { SLAResult.named(long + "\($0)").message }
            + [SLAResult.named("wide", groups: (0..<700).map { "g\($0)" }).message]
        #expect(try await handle(try handler(server), SampleEvents.queue(messages)) == #"{"batchItemFailures":[]}"#)
        let counts = try server.requests.map { request in
            #expect(request.body.count <= 1_000_000)
            return try JSONValue(parsing: request.body)["MetricData"]?.arrayValue?.count ?? 0
        }
        #expect(counts.allSatisfy { (1...1_000).contains($0) })
        #expect(counts.reduce(0, +) == 801 * SLAResult.serviceMetrics + 700 * SLAResult.groupMetrics)
    }

    @Test func aRefusedDatumDoesNotHoldBackOthers() async throws {
        let server = try ScriptedServer { request in
            request.text.contains("refused")
                ? Self.fault(400, "InvalidParameterValue", "the value refused is no good") : Self.accepted
        }
        let event: JSONValue = [
            "Records": .array(
                (0..<100).map { index in
                    let result =
                        switch index {
                        case 40: SLAResult.named("refused")
                        case 70: SLAResult.named("s70", groups: ["web", "refused"])
                        default: SLAResult.named("s\(index)")
                        }
                    return SampleEvents.queueRecord(id: "r\(index)", result.message)
                })
        ]
        #expect(try await handle(try handler(server), event) == #"{"batchItemFailures":[{"itemIdentifier":"r40"}]}"#)
        let refusals = server.requests.filter { $0.text.contains("refused") }.count
        #expect((8...100).contains(refusals))
        let written = try server.requests.filter { !$0.text.contains("refused") }.flatMap {
            try JSONValue(parsing: $0.body)["MetricData"]?.arrayValue ?? []
        }
        #expect(written.count == 99 * SLAResult.serviceMetrics + SLAResult.groupMetrics)
        #expect(Set(written).count == written.count)
        #expect(log.lines.filter { $0.contains("record rejected") }.count == 1)
        #expect(log.lines.filter { $0.contains("metric left out") }.count == SLAResult.groupMetrics)
    }

    /// The whole request is refused for one bad record.
    ///
    /// CloudWatch takes the first half and then throttles the second.
    @Test func onlyUnwrittenRecordsComeAgain() async throws {
        let throttles = Atomic(true)
        let server = try ScriptedServer { request in
            if request.text.contains("refused") { return Self.fault(400, "InvalidParameterValue", "no") }
            if request.text.contains("\"s0\"") || !throttles.load(ordering: .relaxed) { return Self.accepted }
            return Self.fault(400, "Throttling", "Rate exceeded")
        }
        let handler = try handler(server)
        func event(_ range: Range<Int>) -> JSONValue {
            let records = range.map { index in
                SampleEvents.queueRecord(id: "r\(index)", SLAResult.named(index == 5 ? "refused" : "s\(index)").message)
            }
            return ["Records": .array(records)]
        }
        let failures = ["r4", "r5", "r6", "r7"].map { #"{"itemIdentifier":"\#($0)"}"# }.joined(separator: ",")
        #expect(try await handle(handler, event(0..<8)) == #"{"batchItemFailures":[\#(failures)]}"#)
        throttles.store(false, ordering: .relaxed)
        #expect(try await handle(handler, event(4..<8)) == #"{"batchItemFailures":[{"itemIdentifier":"r5"}]}"#)
        let written = try server.requests.filter { !$0.text.contains("refused") }.flatMap { request in
            try JSONValue(parsing: request.body)["MetricData"]?.arrayValue ?? []
        }
        #expect(written.filter { $0["Dimensions"]?[1]?["Value"] == "s0" }.count == SLAResult.serviceMetrics)
        #expect(log.lines.filter { $0.contains("record rejected") }.count == 1)
    }

    /// CloudWatch accepts the first metrics of a record and throttles the rest, which the second delivery writes.
    @Test func thePartOfARecordThatWasWrittenIsNotWrittenAgain() async throws {
        let throttles = Atomic(true)
        let server = try ScriptedServer { request in
            if request.text.contains("refused") { return Self.fault(400, "InvalidParameterValue", "no") }
            if request.text.contains("Service") || !throttles.load(ordering: .relaxed) { return Self.accepted }
            return Self.fault(400, "Throttling", "Rate exceeded")
        }
        let handler = try handler(server)
        let event = SampleEvents.queue([SLAResult.named("s", groups: ["web", "refused"]).message])
        await #expect(throws: MetricWriterError.self) { try await handle(handler, event) }
        throttles.store(false, ordering: .relaxed)
        let before = server.requests.count
        #expect(try await handle(handler, event) == #"{"batchItemFailures":[]}"#)
        #expect(!server.requests.dropFirst(before).contains { $0.text.contains("Service") })
        #expect(log.lines.filter { $0.contains("metric left out") }.count == SLAResult.groupMetrics)
        let after = server.requests.count
        #expect(try await handle(handler, event) == #"{"batchItemFailures":[]}"#)
        #expect(server.requests.count == after, "the third delivery is a duplicate")
    }

    @Test func requestsRunConcurrentlyUpToABound() async throws {
        let arrivals = Atomic(0)
        let gate = Gate()
        let server = try ScriptedServer { _ in
            if arrivals.add(1, ordering: .relaxed).newValue == BatchSender.maximumRequests { gate.open() }
            return .after(gate, Self.accepted)
        }
        #expect(try await handle(try handler(server), events(3_000)) == #"{"batchItemFailures":[]}"#)
        let recordsInRequest = RequestSize.limit.data / SLAResult.serviceMetrics
        #expect(server.requests.count == (3_000 + recordsInRequest - 1) / recordsInRequest)
        #expect(server.connectionCount == BatchSender.maximumRequests)
    }

    @Test func theNumberOfRefusedRequestsIsLimited() async throws {
        let server = try ScriptedServer { _ in Self.fault(400, "InvalidParameterValue", "no") }
        let handler = try handler(server)
        let error = await #expect(throws: MetricWriterError.self) { try await handle(handler, events(1_000)) }
        #expect(error?.message.contains(" of 1000 results not written: ") == true)
        #expect(server.requests.count <= BatchSender.maximumRefusals + BatchSender.maximumRequests)
    }

    @Test(arguments: [
        fault(400, "Throttling", "Rate exceeded"), .http(500, body: "oops"), .http(503), .reset,
        .raw("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", closes: true),
    ])
    func transientErrorsAreRetried(trouble: Reply) async throws {
        let server = try ScriptedServer(replies: [trouble, trouble, Self.accepted])
        #expect(try await handle(try handler(server), events(3)) == #"{"batchItemFailures":[]}"#)
        #expect(server.requests.count == 3)
    }

    @Test(arguments: [
        (fault(400, "Throttling", "Rate exceeded"), 3, "Throttling: Rate exceeded"),
        (.http(500, body: "oops"), 3, "status 500"), (.reset, 3, "TransportFailed"),
        (fault(403, "AccessDenied", "not authorized"), 1, "AccessDenied: not authorized"),
    ])
    func lastingErrorsFailTheRecords(trouble: Reply, requests: Int, message: String) async throws {
        let server = try ScriptedServer { _ in trouble }
        let handler = try handler(server)
        let failure = await #expect(throws: MetricWriterError.self) { try await handle(handler, events(2_000)) }
        #expect(failure?.message.hasPrefix("2000 of 2000 results not written: ") == true, "all come again")
        let concurrent = BatchSender.maximumRequests
        #expect((requests...concurrent * requests).contains(server.requests.count), "the other four are not tried")
        let error = await #expect(throws: MetricWriterError.self) {
            try await handle(handler, SampleEvents.topic([SLAResult.named("a").message]))
        }
        #expect(error?.message.hasPrefix("1 of 1 results not written: cloudwatch PutMetricData") == true)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func aServiceThatDoesNotAnswerLeavesTimeToRespond() async throws {
        let server = try ScriptedServer { _ in .hang }
        // The clock stands still, so each of the three attempts gets what is left at the start: 100 ms.
        let context = InvocationContext.test(log: log, remaining: MetricWriter.reserve + .milliseconds(100))
        let handler = try handler(server)
        await #expect(throws: MetricWriterError.self) { try await handler.handle(events(1).serialized(), context) }
        #expect(server.connectionCount <= 3)
        #expect(log.lines.contains { $0.contains("metrics not written") && $0.contains("attempt 3 of 3") })
    }

    @Test func noTimeLeft() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let context = InvocationContext.test(log: log, remaining: .milliseconds(400))
        let handler = try handler(server)
        await #expect(throws: MetricWriterError.self) { try await handler.handle(events(1).serialized(), context) }
        #expect(server.requests.isEmpty)
    }
}
