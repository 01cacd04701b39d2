import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import LocalCloud

/// EventBridge of the local AWS: rules that programs make in moto, events that they put, and real targets.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(3)))
struct EventBusTests {
    /// Gives the body the local AWS, with its rules played, and the notes so far.
    private func run(
        _ body: @escaping @Sendable (LocalStack, AWSClients, Locked<[String]>) async throws -> Void
    ) async throws {
        let server = Workspace.root.appending(path: ".build/venv/bin/moto_server").path
        try await LocalStack.run(server: server, progress: { _ in }) { stack async throws in
            let notes = Locked<[String]>([])
            let clients = try AWSClients(stack)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await stack.events.run { line in notes.withLock { $0.append(line) } } }
                try await body(stack, clients, notes)
                group.cancelAll()
            }
        }
    }

    private struct AWSClients: Sendable {
        let events: AWSClient
        let sns: AWSClient
        let sqs: AWSClient

        init(_ stack: LocalStack) throws {
            let aws = try AWSConfiguration(environment: stack.moto.environment, loop: EventLoop.onOwnThread())
            events = try AWSClient(.eventBridge, configuration: aws)
            sns = try AWSClient(.sns, configuration: aws)
            sqs = try AWSClient(.sqs, configuration: aws)
        }

        func queue(_ name: String) async throws -> JSONValue {
            try await sqs.call("CreateQueue", ["QueueName": .string(name)])["QueueUrl"] ?? .null
        }

        /// The next message, which may still be on its way.
        func message(in url: JSONValue) async throws -> JSONValue {
            let input: JSONValue = ["QueueUrl": url, "WaitTimeSeconds": 20, "MessageAttributeNames": ["All"]]
            return try await sqs.call("ReceiveMessage", input)["Messages"]?[0] ?? .null
        }

        func rule(_ name: String, _ pattern: String, _ targets: [JSONValue], bus: String = "default") async throws {
            let place: JSONValue = .string(bus)
            _ = try await events.call(
                "PutRule", ["Name": .string(name), "EventPattern": .string(pattern), "EventBusName": place])
            _ = try await events.call(
                "PutTargets", ["Rule": .string(name), "EventBusName": place, "Targets": .array(targets)])
        }

        func put(_ detail: String, source: String = "shop", bus: String = "default") async throws -> JSONValue {
            let entry: JSONValue = [
                "Source": .string(source), "DetailType": "order", "Detail": .string(detail),
                "EventBusName": .string(bus),
            ]
            return try await events.call("PutEvents", ["Entries": [entry]])
        }
    }

    private static func arn(_ queue: String) -> JSONValue { .string("arn:aws:sqs:us-east-1:123456789012:\(queue)") }

    @Test("boto3 makes a rule and puts events: a function, a queue and a topic get those that match")
    func targets() async throws {
        try await run { stack, clients, notes in
            try await Bootstrap.with { description in
                let seen = AsyncStream.makeStream(of: InvocationResult.self)
                try await LocalFunction.host(description, onResult: { seen.continuation.yield($0) }) { function in
                    stack.events.take(function, named: "scripted")
                    let (direct, topical) = (try await clients.queue("direct"), try await clients.queue("topical"))
                    let topic = try await clients.sns.call("CreateTopic", ["Name": "orders"])["TopicArn"] ?? .null
                    _ = try await clients.sns.call(
                        "Subscribe",
                        [
                            "TopicArn": topic, "Protocol": "sqs", "Endpoint": Self.arn("topical"),
                            "Attributes": ["RawMessageDelivery": "true"],
                        ])
                    let script = """
                        import boto3, json
                        events = boto3.client("events")
                        events.put_rule(Name="large", EventPattern=json.dumps(
                            {"source": ["shop"], "detail": {"amount": [{"numeric": [">", 100]}]}}))
                        function = "arn:aws:lambda:us-east-1:123456789012:function:scripted"
                        events.put_targets(Rule="large", Targets=[
                            {"Id": "function", "Arn": function},
                            {"Id": "queue", "Arn": "arn:aws:sqs:us-east-1:123456789012:direct",
                             "InputTransformer": {"InputPathsMap": {"amount": "$.detail.amount", "who": "$.detail.who"},
                                                  "InputTemplate": '{"text": "<who> pays <amount>", "n": <amount>}'}},
                            {"Id": "topic", "Arn": "\(topic.stringValue ?? "")", "InputPath": "$.detail"}])
                        answer = events.put_events(Entries=[
                            {"Source": "shop", "DetailType": "order", "Detail": json.dumps({"amount": 99, "who": "Al"})},
                            {"Source": "shop", "DetailType": "order", "Detail": json.dumps({"amount": 101, "who": 'B"o'})},
                            {"Source": "shop", "DetailType": "order", "Detail": "[1]"}])
                        print(answer["FailedEntryCount"], answer["Entries"][2]["ErrorCode"], len(answer["Entries"][1]["EventId"]))
                        """
                    let python = try Command.run(
                        Workspace.python, ["-c", script], environment: stack.moto.environment)
                    #expect(python.output == "1 MalformedDetail 36\n", "\(python.errors)")
                    var results = seen.stream.makeAsyncIterator()
                    let event = try JSONValue(parsing: try #require(await results.next()).payload)
                    #expect(event["detail"] == ["amount": 101, "who": "B\"o"])
                    #expect(event["detail-type"] == "order")
                    #expect(event["account"] == "123456789012")
                    let text = try await clients.message(in: direct)["Body"]?.stringValue ?? ""
                    #expect(try JSONValue(parsing: text) == ["text": "B\"o pays 101", "n": 101])
                    let detail = try await clients.message(in: topical)["Body"]?.stringValue ?? ""
                    #expect(try JSONValue(parsing: detail) == ["amount": 101, "who": "B\"o"])
                    for queue in [direct, topical] {
                        let left = try await clients.sqs.call("ReceiveMessage", ["QueueUrl": queue])
                        #expect(left["Messages"]?.arrayValue ?? [] == [])
                    }
                    #expect(notes.withLock { $0 } == [])
                }
            }
        }
    }

    @Test("a rule's own bus, a disabled rule, and a pattern that EventBridge would refuse")
    func rules() async throws {
        try await run { stack, clients, notes in
            let (own, other) = (try await clients.queue("own"), try await clients.queue("other"))
            _ = try await clients.events.call("CreateEventBus", ["Name": "shop"])
            let all = #"{"source":["shop"]}"#
            try await clients.rule("own", all, [["Id": "1", "Arn": Self.arn("own")]], bus: "shop")
            try await clients.rule("off", all, [["Id": "1", "Arn": Self.arn("other")]])
            _ = try await clients.events.call("DisableRule", ["Name": "off"])
            try await clients.rule("wrong", #"{"source":[{"perfix":"s"}]}"#, [["Id": "1", "Arn": Self.arn("other")]])
            // From the default bus to the other one.
            let bus: JSONValue = "arn:aws:events:us-east-1:123456789012:event-bus/shop"
            try await clients.rule("on", #"{"detail":{"n":[2]}}"#, [["Id": "1", "Arn": bus]])
            for n in 1...2 { #expect(try await clients.put("{\"n\":\(n)}")["FailedEntryCount"] == 0) }
            let first = try JSONValue(parsing: try await clients.message(in: own)["Body"]?.stringValue ?? "")
            #expect(first["detail"] == ["n": 2])
            #expect(
                try await clients.put("{}", bus: "nowhere")["Entries"]?[0]?["ErrorCode"] == "ResourceNotFoundException")
            let left = try await clients.sqs.call("ReceiveMessage", ["QueueUrl": other])
            #expect(left["Messages"]?.arrayValue ?? [] == [])
            let told = notes.withLock { $0 }
            #expect(told.count == 1)
            #expect(
                told.first?.hasPrefix("the rule wrong is not played: source: there is no operator perfix") == true,
                "\(told)")
        }
    }

    @Test("rules of a file: events of a service of AWS, a schedule, a constant text, and what cannot be delivered")
    func ownRules() async throws {
        try await run { stack, clients, notes in
            let queue = try await clients.queue("got")
            let dead = try await clients.queue("events-local-deadletter")
            let target = { (arn: String, constant: JSONValue?) in
                EventTarget(id: "1", arn: arn, constant: constant, deadLetterARN: LocalPlace.eventDeadLetters)
            }
            let alarm = try EventPattern(["source": ["aws.cloudwatch"]])
            stack.events.take([
                EventRule(
                    name: "alarm", pattern: alarm, schedule: nil,
                    targets: [
                        target(Self.arn("got").stringValue ?? "", ["hello": "queue"]),
                        target(LocalPlace.function("absent"), nil),
                    ]),
                EventRule(
                    name: "hourly", pattern: nil, schedule: try RuleSchedule("rate(1 hour)"),
                    targets: [target(Self.arn("got").stringValue ?? "", nil)]),
            ])
            stack.events.offer(["source": "aws.cloudwatch", "detail": ["alarmName": "a"]])
            #expect(try await clients.message(in: queue)["Body"] == #"{"hello":"queue"}"#)
            let letter = try await clients.message(in: dead)
            #expect(letter["Body"] == #"{"source":"aws.cloudwatch","detail":{"alarmName":"a"}}"#)
            let attributes = letter["MessageAttributes"]
            #expect(attributes?["RULE_ARN"]?["StringValue"] == "arn:aws:events:us-east-1:123456789012:rule/alarm")
            #expect(attributes?["ERROR_CODE"]?["StringValue"] == "ResourceNotFoundException")
            #expect(attributes?["RETRY_ATTEMPTS"]?["StringValue"] == "0")
            #expect(attributes?["EXHAUSTED_RETRY_CONDITION"] == nil)
            // An hour later.
            var times = RuleTimes()
            try await stack.events.playSchedules(&times, at: .now() - .seconds(3_601))
            try await stack.events.playSchedules(&times, at: .now())
            let event = try JSONValue(parsing: try await clients.message(in: queue)["Body"]?.stringValue ?? "")
            #expect(event["detail-type"] == "Scheduled Event")
            #expect(event["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/hourly"])
            #expect(
                notes.withLock { $0 } == [
                    "event rule alarm, target absent: gave up after 1 attempt: ResourceNotFoundException: no function "
                        + "absent runs here; the event is in events-local-deadletter"
                ])
        }
    }
}

/// Retries and dead letters of one delivery, with a clock that tests move, and moto's queues.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(2)))
struct EventDeliveryTests {
    /// What became of a delivery.
    private struct End {
        var notes: [String] = []
        var sleeps: [Duration] = []
        var attempts = 0
        var letter: JSONValue?
    }

    /// Delivers an event to a function.
    /// - Parameter invoke: given the number of the attempt, from 1.
    private func deliver(
        _ settings: JSONObject, _ invoke: @escaping @Sendable (Int) throws -> InvocationResult?
    ) async throws -> End {
        let moto = try MotoServer.shared.get()
        let aws = try AWSConfiguration(environment: moto.environment, loop: EventLoop.onOwnThread())
        let sqs = try AWSClient(.sqs, configuration: aws)
        let name = "letters-\(String.randomUUID())"
        let url = try await sqs.call("CreateQueue", ["QueueName": .string(name)])["QueueUrl"] ?? .null
        var described: JSONObject = [
            "Id": "1", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:f:live",
            "DeadLetterConfig": ["Arn": .string("arn:aws:sqs:eu-central-1:123456789012:\(name)")],
        ]
        for (key, value) in settings { described[key] = value }
        let target = try EventTarget(describing: .object(described))
        let (clock, notes, attempts) = (TestClock(), Locked<[String]>([]), Locked(0))
        let delivery = EventDelivery(
            sns: try AWSClient(.sns, configuration: aws), sqs: sqs,
            invoke: { function, _ in
                #expect(function == "f")
                return try invoke(
                    attempts.withLock {
                        $0 += 1
                        return $0
                    })
            }, forward: { _, _, _ in }, time: clock.source, note: { line in notes.withLock { $0.append(line) } })
        let rule = EventRule(name: "r", pattern: nil, schedule: nil, targets: [target])
        await delivery.deliver(.init(event: ["n": 1], rule: rule, target: target, received: clock.now))
        var end = End(notes: notes.withLock { $0 }, sleeps: clock.sleeps, attempts: attempts.withLock { $0 })
        end.letter = try await sqs.call("ReceiveMessage", ["QueueUrl": url, "MessageAttributeNames": ["All"]])[
            "Messages"]?[0]
        return end
    }

    private static func result(_ error: FunctionError?) -> InvocationResult {
        InvocationResult(
            requestID: "", payload: [], contentType: nil, error: error, log: [], duration: .zero, initDuration: nil,
            maxMemory: 0)
    }

    private static let sorry = FunctionError("Sorry", "no")

    @Test("a function that fails is tried again after one and two minutes, as Lambda does it")
    func functionErrors() async throws {
        let end = try await deliver([:]) { $0 < 3 ? Self.result(Self.sorry) : Self.result(nil) }
        #expect(end.attempts == 3)
        #expect(end.sleeps == [.seconds(60), .seconds(120)])
        #expect(end.letter == nil)
        #expect(end.notes == ["event rule r, target live: Sorry: no; tried again in 1 m"])
    }

    @Test("what fails for good becomes a dead letter that says why")
    func deadLetters() async throws {
        let end = try await deliver([:]) { _ in Self.result(Self.sorry) }
        #expect(end.attempts == 3)
        #expect(end.letter?["Body"] == #"{"n":1}"#)
        let attributes = end.letter?["MessageAttributes"]
        #expect(attributes?["ERROR_CODE"]?["StringValue"] == "Sorry")
        #expect(attributes?["RETRY_ATTEMPTS"]?["StringValue"] == "2")
        #expect(attributes?["EXHAUSTED_RETRY_CONDITION"]?["StringValue"] == "MaximumRetryAttempts")
        #expect(end.notes.last?.contains("gave up after 3 attempts: Sorry: no; the event is in letters-") == true)
    }

    @Test func limits() async throws {
        let none = try await deliver(["RetryPolicy": ["MaximumRetryAttempts": 0]]) { _ in Self.result(Self.sorry) }
        #expect(none.attempts == 1)
        let short = try await deliver(["RetryPolicy": ["MaximumEventAgeInSeconds": 100]]) { _ in
            Self.result(Self.sorry)
        }
        #expect(short.attempts == 2)
        #expect(
            short.letter?["MessageAttributes"]?["EXHAUSTED_RETRY_CONDITION"]?["StringValue"]
                == "MaximumEventAgeInSeconds")
        let lost = try await deliver(["DeadLetterConfig": [:]]) { _ in nil }
        #expect(lost.attempts == 1)
        #expect(lost.letter == nil)
        #expect(lost.notes.last?.hasSuffix("the event is lost: the target has no dead-letter queue") == true)
    }

    @Test("a topic that is gone is no reason to try again, and a kind of target that is not played is told")
    func otherTargets() async throws {
        let gone = try await deliver(["Arn": "arn:aws:sns:eu-central-1:123456789012:gone"]) { _ in nil }
        #expect(gone.sleeps == [])
        #expect(gone.letter?["MessageAttributes"]?["ERROR_CODE"]?["StringValue"] == "NotFound")
        let kinesis = try await deliver(["Arn": "arn:aws:kinesis:eu-central-1:123456789012:stream/s"]) { _ in nil }
        #expect(kinesis.notes.last?.contains("UnsupportedTarget: targets of kinesis are not played here") == true)
    }
}
