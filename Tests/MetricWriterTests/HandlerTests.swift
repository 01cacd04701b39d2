import Basics
import Events
import FunctionRuntime
import JSON
import Logging
import CloudWatchMetrics
import Synchronization
import TestSupport
import Testing

@testable import MetricWriter

/// What the handler answers, writes and logs for each kind of event, with the metrics going to a sink as EMF.
@Suite struct HandlerTests {
    private let metrics = Sink()
    private let log = Sink()

    private func handler(failing failure: (@Sendable () -> Bool)? = nil) -> MetricWriter {
        MetricWriter(
            configuration: .standard,
            output: EmbeddedMetricOutput(namespace: "SLA-Monitor") { [metrics] bytes in
                if failure?() == true { throw MetricWriterError(.notWritten, "standard output is closed") }
                metrics.write(bytes)
            },
            now: { testTime }
        )
    }

    private var services: [String] {
        metrics.lines.compactMap { try? JSONValue(parsing: $0)["Service"]?.stringValue }
    }

    private func logged(_ message: String) -> [String] {
        log.lines.compactMap { line in
            guard let entry = try? JSONValue(parsing: line), entry["message"]?.stringValue == message else {
                return nil
            }
            return entry["metadata"]?.description
        }
    }

    private func handle(_ handler: MetricWriter, _ event: JSONValue) async throws -> String {
        try await handler.handle(event.serialized(), .test(log: log)).text
    }

    @Test func queueWithEveryKindOfRecord() async throws {
        let old = SLAResult(timestamp: Timestamp(secondsSinceEpoch: 0.0), succeeded: true, service: "d")
        let event: JSONValue = [
            "Records": [
                SampleEvents.queueRecord(id: "raw", SLAResult.named("a").message),
                SampleEvents.queueRecord(
                    id: "envelope", SampleEvents.notification(id: "m", SLAResult.named("b").message)),
                SampleEvents.queueRecord(id: "text", "hello"),
                SampleEvents.queueRecord(id: "again", SampleEvents.notification(id: "m", SLAResult.named("b").message)),
                SampleEvents.queueRecord(id: "name", SLAResult.named("Zürich").message),
                SampleEvents.queueRecord(id: "group", SLAResult.named("c", groups: ["", "web"]).message),
                SampleEvents.queueRecord(id: "old", old.message),
                ["messageId": "bodiless"],
                SampleEvents.queueRecord(id: "last", SLAResult.named("e").message),
            ]
        ]
        #expect(
            try await handle(handler(), event)
                == #"{"batchItemFailures":[{"itemIdentifier":"text"},{"itemIdentifier":"name"},{"itemIdentifier":"old"},"#
                + #"{"itemIdentifier":"bodiless"}]}"#
        )
        #expect(services == ["a", "b", "c", "e"])
        let rejected = logged("record rejected")
        #expect(rejected.map { String($0.prefix(66)) }[0].hasPrefix(#"{"reason":"the message is not JSON"#))
        #expect(
            rejected.dropFirst() == [
                #"{"reason":"Service \"Zürich\" has a character outside of printable ASCII","record":"name"}"#,
                #"{"reason":"timestamp 1970-01-01T00:00:00Z is more than two weeks ago","record":"old"}"#,
                #"{"reason":"Records[7].body: is missing","record":"bodiless"}"#,
            ])
        #expect(
            logged("metric left out")
                == Array(repeating: #"{"reason":"Group is empty","record":"group"}"#, count: SLAResult.groupMetrics))
        let (service, group) = (SLAResult.serviceMetrics, SLAResult.groupMetrics)
        #expect(
            logged("results counted") == [
                #"{"data":\#(4 * service + group),"duplicates":1,"failed":0,"leftOut":\#(group),"records":9,"#
                    + #""rejected":4,"written":4}"#
            ])
    }

    @Test func aResultWhoseServiceCannotBeWrittenIsRejectedWithItsGroups() async throws {
        let result = SLAResult.named("Zürich", groups: ["eu"])
        let event: JSONValue = ["Records": [SampleEvents.queueRecord(id: "1", result.message)]]
        await #expect(throws: MetricWriterError.self) { try await handle(handler(), event) }
        #expect(services.isEmpty)
        #expect(logged("record rejected").count == 1)
        #expect(logged("metric left out") == [])
    }

    @Test func badTopicRecordsDoNotFailTheInvocation() async throws {
        let event = SampleEvents.topic([SLAResult.named("a").message, #"{"service":"b"}"#])
        #expect(
            try await handle(handler(), event)
                == #"{"records":2,"written":1,"data":\#(SLAResult.serviceMetrics),"duplicates":0,"#
                + #""rejected":[{"record":"sns-1","reason":"timestamp: is missing"}],"leftOut":[]}"#
        )
        #expect(services == ["a"])
        #expect(logged("record rejected") == [#"{"reason":"timestamp: is missing","record":"sns-1"}"#])
    }

    @Test func resultsOfADirectCaller() async throws {
        let handler = handler()
        let data = SLAResult.serviceMetrics
        let answer = #"{"records":1,"written":1,"data":\#(data),"duplicates":0,"rejected":[],"leftOut":[]}"#
        #expect(try await handle(handler, SLAResult.named("a").json) == answer)
        #expect(try await handle(handler, SLAResult.named("a").json) == answer, "a direct caller's results have no id")
        #expect(
            try await handle(handler, [SLAResult.named("b").json, 5, SLAResult.named("c").json])
                == #"{"records":3,"written":2,"data":\#(2 * data),"duplicates":0,"#
                + #""rejected":[{"record":"result 1","reason":"must be an object, not number"}],"leftOut":[]}"#
        )
        #expect(services == ["a", "a", "b", "c"])
        #expect(try await handle(handler, []).hasPrefix(#"{"records":0,"written":0"#))
    }

    @Test(arguments: [
        ("", "the event is empty"),
        ("{}", "the event is neither from SNS or SQS nor a result such as"),
        ("7", "the event is neither from SNS or SQS nor a result such as"),
        (#"{"service":"shop"}"#, "none of 1 results is usable; result 0: timestamp: is missing"),
        ("[1,2]", "none of 2 results is usable; result 0: must be an object, not number"),
        (#"{"Records":[{"kinesis":{}}]}"#, "Records: records of an unknown source"),
        (
            "[" + String(repeating: "0,", count: 10_000) + "0]",
            "the event has 10001 results; send at most 10000 at a time"
        ),
    ])
    func eventsThatFail(text: String, message: String) async throws {
        let error = await #expect(throws: (any Error).self) {
            try await handler().handle(Array(text.utf8), .test(log: log))
        }
        #expect(error.map { "\($0)" }?.hasPrefix(message) == true, "\(String(describing: error))")
        #expect(metrics.lines.isEmpty)
    }

    @Test func aFailedWriteComesAgainAndIsWrittenOnce() async throws {
        let fails = Atomic(true)
        let handler = handler { fails.load(ordering: .relaxed) }
        let event = SampleEvents.queue([SLAResult.named("a").message, SLAResult.named("b").message])
        await #expect(throws: MetricWriterError.self) { try await handle(handler, event) }
        #expect(logged("metrics not written") == [#"{"error":"standard output is closed","records":"2"}"#])
        fails.store(false, ordering: .relaxed)
        #expect(try await handle(handler, event) == #"{"batchItemFailures":[]}"#)
        #expect(try await handle(handler, event) == #"{"batchItemFailures":[]}"#)
        #expect(services == ["a", "b"])
        #expect(logged("results counted").last?.contains(#""duplicates":2"#) == true)
    }

    @Test func aFailedWriteFailsATopicsInvocation() async throws {
        let handler = handler { true }
        let error = await #expect(throws: MetricWriterError.self) {
            try await handle(handler, SampleEvents.topic([SLAResult.named("a").message]))
        }
        #expect(error?.code == .notWritten)
        #expect(error?.message == "1 of 1 results not written: standard output is closed")
    }

    /// A mapping without `ReportBatchItemFailures` deletes all messages of an invocation that does not throw.
    @Test(
        "a batch of which nothing was written fails the invocation; one of which a part was written names the rest",
        arguments: [
            (["a"], true, "1 of 1 results not written: standard output is closed"),
            (["hello"], false, "none of 1 results is usable; sqs-0: the message is not JSON"),
            (["hello", "{}"], false, "none of 2 results is usable; sqs-0: the message is not JSON"),
            (["a", "hello", "b"], true, "2 of 3 results not written: standard output is closed"),
            (["a", "hello"], false, nil),
            ([], true, nil),
        ])
    func nothingWritten(messages: [String], fails: Bool, message: String?) async throws {
        let bodies = messages.map { $0.utf8.count == 1 ? SLAResult.named($0).message : $0 }
        let handler = handler { fails }
        do {
            let answer = try await handle(handler, SampleEvents.queue(bodies))
            #expect(message == nil)
            #expect(answer == failures(messages.isEmpty ? [] : ["sqs-1"]))
        } catch {
            #expect(message.map { "\(error)".hasPrefix($0) } == true, "\(error)")
        }
    }

    /// What an earlier delivery has written must not come again.
    @Test func aBatchWithSomethingWrittenBeforeDoesNotFail() async throws {
        let fails = Atomic(false)
        let handler = handler { fails.load(ordering: .relaxed) }
        _ = try await handle(handler, SampleEvents.queue([SLAResult.named("a").message]))
        fails.store(true, ordering: .relaxed)
        let both = SampleEvents.queue([SLAResult.named("a").message, SLAResult.named("b").message])
        #expect(try await handle(handler, both) == failures(["sqs-1"]))
    }

    /// Only one of the two is told apart from a written one, so the answer would delete the other.
    @Test func aBatchThatHoldsAFailedMessageTwiceFails() async throws {
        let handler = handler { true }
        let body = SampleEvents.notification(id: "m", SLAResult.named("a").message)
        await #expect(throws: MetricWriterError.self) { try await handle(handler, SampleEvents.queue([body, body])) }
    }

    @Test func aTopicsEventWithoutAUsableRecordFailsTheInvocation() async throws {
        let error = await #expect(throws: MetricWriterError.self) {
            try await handle(handler(), SampleEvents.topic(["hello"]))
        }
        #expect(error?.code == .noUsableResult)
    }

    @Test(
        "records of a successful invocation that were not written are counted in Tocsin's PartialFailures",
        arguments: [
            (["a"], []), (["a", "hello"], [1]), (["a", "hello", "{}"], [2]), (["a", "a"], []), (["hello"], []),
        ])
    func partialFailures(messages: [String], counts: [JSONValue]) async throws {
        let bodies = messages.map { $0.utf8.count == 1 ? SLAResult.named($0).message : $0 }
        _ = try? await handle(handler(), SampleEvents.queue(bodies))
        let lines = try log.lines.map { try JSONValue(parsing: $0) }.filter { $0["PartialFailures"] != nil }
        #expect(lines.compactMap { $0["PartialFailures"] } == counts)
        #expect(lines.allSatisfy { $0["FunctionName"] == "writer" })
    }

    private func failures(_ ids: [String]) -> String {
        PartialBatchResponse(failedIDs: ids).json.description
    }

    /// As `events/generateTestingEvent.js` of sla-monitor-store-results writes it: the time is in milliseconds.
    @Test("the original's own test event is written with its time")
    func testEventOfTheOriginal() async throws {
        let message: JSONValue = [
            "service": "example-service", "groups": ["dev-team", "critical"],
            "timestamp": .init(testTime.millisecondsSinceEpoch), "testExecutionSecs": 42, "succeeded": false,
        ]
        let body: JSONValue = [
            "Type": "Notification", "MessageId": "4bfb5eb7-607c-595c-93d4-0d4723073725",
            "TopicArn": "arn:aws:sns:us-east-1:123456789012:sla-monitor-result-published-dev",
            "Timestamp": "2019-11-23T18:20:00Z", "SignatureVersion": "1", "Signature": "JCaHsacH",
            "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService.pem",
            "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
            "Message": .string(message.description),
        ]
        var record = SampleEvents.queueRecord(id: "4c345603", body.description).objectValue ?? [:]
        record["receiptHandle"] = "FailureTestingHandle"
        let answer = try await handle(handler(), ["Records": [.object(record)]])
        #expect(answer == failures([]))
        let documents = try metrics.lines.map { try JSONValue(parsing: $0) }
        #expect(
            documents.map { $0["_aws"]?["Timestamp"]?.intValue } == [
                1_795_232_520_000, 1_795_232_520_000, 1_795_232_520_000,
            ])
        #expect(documents.first?["sla-test-duration-secs"] == 42.0)
        #expect(documents.allSatisfy { $0["integration-sla-failure"] == 1.0 })
    }

    @Test("LOG_LEVEL=debug shows each result that was read", arguments: [(Logger.Level.debug, 2), (.info, 0)])
    func logLevel(level: Logger.Level, count: Int) async throws {
        let event = SampleEvents.queue([SLAResult.named("a").message, "hello", SLAResult.named("b").message])
        _ = try await handler().handle(event.serialized(), .test(log: log, level: level))
        #expect(logged("result read").count == count)
        #expect(logged("result read").first?.contains(#""record":"sqs-0""#) != false)
    }

    @Test func afterAFailureNothingMoreIsWritten() async throws {
        let calls = Atomic(0)
        let handler = handler { calls.add(1, ordering: .relaxed).oldValue > 0 }
        let event = SampleEvents.queue((0..<600).map { SLAResult.named("s\($0)").message })
        let answer = try JSONValue(parsing: try await handle(handler, event))
        let failed = answer["batchItemFailures"]?.arrayValue?.compactMap { $0["itemIdentifier"]?.stringValue }
        #expect(calls.load(ordering: .relaxed) == 2)
        #expect((1..<599).contains(services.count), "some lines are written at a time")
        #expect(failed == (services.count..<600).map { "sqs-\($0)" })
    }

    @Test func tenThousandRecordsInSixMegabytes() async throws {
        let padding = String(repeating: "x", count: 300)
        let event = SampleEvents.queue(
            (0..<10_000).map { index in
                var result = SLAResult.named("s\(index % 50)").json.objectValue ?? [:]
                result["padding"] = .string(index % 1_000 == 7 ? "" : padding)
                return index % 1_000 == 7 ? "{" : JSONValue.object(result).description
            })
        let answer = try JSONValue(parsing: try await handle(handler(), event))
        let expected = (0..<10).map { JSONValue.object(["itemIdentifier": .string("sqs-\($0 * 1_000 + 7)")]) }
        #expect(answer["batchItemFailures"] == .array(expected))
        #expect(services.count == 9_990)
    }

    @Test func warmUpHasNoEffect() async {
        await handler().warmUp()
        #expect(metrics.lines.isEmpty)
    }
}
