import AWS
import Basics
import Events
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Notifier

/// E-mail by SES, topics and buses, against moto; what moto does not keep, against a server that records.
@Suite(.enabled(if: Workspace.hasPython, "needs moto: ./build.sh setup")) struct AWSOutputTests {
    private let clock = TestClock(Sample.time)

    /// The clock of AWS is that of the delivery, whose deadline it has to know.
    private static func aws(_ url: String, _ clock: TestClock = TestClock(Sample.time)) throws -> AWSConfiguration {
        try AWSConfiguration(environment: awsVariables(at: url), http: Network.http.get(), time: clock.source)
    }

    @Sendable static func moto() throws -> AWSConfiguration { try aws(MotoServer.shared.get().url) }

    private func deliver(
        _ notifications: [Notification], to definition: OutputDefinition, _ delivery: DeliveryContext,
        within time: Duration = .seconds(30)
    ) async -> [OutputDelivery.Outcome] {
        await OutputDelivery(definition: definition, delivery: delivery)
            .deliver(notifications.map { PendingNotification(notification: $0) }, until: clock.now + time)
    }

    // MARK: E-mail

    private static let email = OutputDefinition(
        name: "mail", kind: "email", options: ["from": "tocsin@example.org", "to": ["ops@example.org"]])

    @Test func sesTakesAnEmail() async throws {
        let delivery = try DeliveryContext.test(clock, aws: Self.moto)
        var alarm = Sample.alarm
        alarm.title = "ALARM: mail \(UInt64.random(in: 0...UInt64.max))"
        // Nothing may be sent from an address that SES does not know.
        guard let reason = await deliver([alarm], to: Self.unknownSender, delivery).first?.failure else {
            Issue.record("sent from an unknown address")
            return
        }
        #expect(reason.contains("sesv2 SendEmail"))
        #expect(reason.contains("status 400"))
        let client = try AWSClient(.sesv2, configuration: Self.moto())
        _ = try await client.call("CreateEmailIdentity", ["EmailIdentity": "tocsin@example.org"])
        #expect(await deliver([alarm], to: Self.email, delivery) == [.sent])
        let response = try await Network.http.get().execute(
            HTTPRequest("GET", MotoServer.shared.get().url + "/moto-api/data.json"))
        let sent = try JSONValue(parsing: response.body)["ses"]?["Message"]?.arrayValue ?? []
        let mine = sent.filter { $0["subject"]?.stringValue == alarm.title }
        #expect(mine.count == 1)
        #expect(mine.first?["source"] == "tocsin@example.org")
        #expect(mine.first?["body"]?.stringValue?.contains("<h2") == true)
    }

    private static let unknownSender = OutputDefinition(
        name: "mail", kind: "email", options: ["from": "nobody@elsewhere.example", "to": ["ops@example.org"]])

    @Test func anOKJoinsTheThreadOfItsAlarm() async throws {
        let count = Atomic(0)
        let server = try ScriptedServer { _ in
            let number = count.add(1, ordering: .relaxed).newValue
            return .http(
                200, headers: [("Content-Type", "application/json")], body: #"{"MessageId":"0102-\#(number)"}"#)
        }
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock) { [clock] in try Self.aws(server.url, clock) }
        #expect(await deliver([Sample.alarm, Sample.ok], to: Self.email, delivery) == [.sent, .sent])
        let requests = server.requests
        #expect(requests.map(\.target) == ["/v2/email/outbound-emails", "/v2/email/outbound-emails"])
        let bodies = try requests.map { try JSONValue(parsing: $0.text) }
        #expect(bodies.map { $0["Destination"]?["ToAddresses"] } == [["ops@example.org"], ["ops@example.org"]])
        let headers = bodies.map { body in
            (body["Content"]?["Simple"]?["Headers"]?.arrayValue ?? []).reduce(into: [String: String]()) {
                $0[$1["Name"]?.stringValue ?? ""] = $1["Value"]?.stringValue
            }
        }
        try #require(headers.count == 2)
        let root = try #require(headers[0]["References"])
        #expect(root.hasSuffix("@incident.tocsin.invalid>"))
        #expect(headers[0]["In-Reply-To"] == root)
        // The id that SES puts into Message-ID, in the region that it was sent from.
        let first = "<0102-1@eu-central-1.amazonses.com>"
        #expect(headers[1]["In-Reply-To"] == first)
        #expect(headers[1]["References"] == "\(root) \(first)")
        #expect(headers[1]["Auto-Submitted"] == "auto-generated")
        // Another process knows nothing of the first message, and still names the same incident.
        let other = try DeliveryContext.test(clock) { [clock] in try Self.aws(server.url, clock) }
        #expect(await deliver([Sample.ok], to: Self.email, other) == [.sent])
        let last = try JSONValue(parsing: try #require(server.requests.last).text)
        #expect(last["Content"]?["Simple"]?["Headers"]?.description.contains(root) == true)
    }

    static let failures: [(Int, String, sent: Bool, calls: ClosedRange<Int>)] = [
        (429, "TooManyRequestsException", true, 2...2), (500, "InternalServerError", true, 2...2),
        (400, "MessageRejected", false, 1...1), (403, "AccessDeniedException", false, 1...1),
    ]

    @Test(arguments: failures.indices) func failuresOfSES(row: Int) async throws {
        let (status, code, isSent, calls) = Self.failures[row]
        let count = Atomic(0)
        let server = try ScriptedServer { _ in
            guard count.add(1, ordering: .relaxed).oldValue == 0 else {
                return .http(200, headers: [("Content-Type", "application/json")], body: #"{"MessageId":"1"}"#)
            }
            return .http(
                status, headers: [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)],
                body: #"{"message":"no"}"#)
        }
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock) { [clock] in try Self.aws(server.url, clock) }
        let outcomes = await deliver([Sample.alarm], to: Self.email, delivery)
        #expect((outcomes == [.sent]) == isSent, "\(outcomes)")
        #expect(calls.contains(server.requests.count))
        if !isSent { #expect("\(outcomes)".contains(code)) }
    }

    // MARK: Chains

    /// What a queue of moto has got from a topic or bus: the bodies and the group ids.
    static func received(_ url: String) async throws -> [(body: JSONValue, group: String?)] {
        let client = try AWSClient(.sqs, configuration: moto())
        let answer = try await client.call(
            "ReceiveMessage",
            [
                "QueueUrl": .string(url), "MaxNumberOfMessages": 10,
                "MessageSystemAttributeNames": ["MessageGroupId"],
            ])
        return try (answer["Messages"]?.arrayValue ?? []).map { message in
            (
                try JSONValue(parsing: message["Body"]?.stringValue ?? ""),
                message["Attributes"]?["MessageGroupId"]?.stringValue
            )
        }
    }

    static func queue(_ name: String) async throws -> (url: String, arn: String) {
        let client = try AWSClient(.sqs, configuration: moto())
        let attributes: JSONValue = name.hasSuffix(".fifo") ? ["FifoQueue": "true"] : [:]
        let made = try await client.call("CreateQueue", ["QueueName": .string(name), "Attributes": attributes])
        let url = made["QueueUrl"]?.stringValue ?? ""
        return (url, "arn:aws:sqs:eu-central-1:123456789012:\(name)")
    }

    private func notifier(_ rules: String, _ log: LogLines) async throws -> Notifier {
        let environment = Environment(["NOTIFY_CONFIG_TEXT": rules])
        return try await Notifier(
            Notifier.Configuration(environment: environment), environment: environment, http: Network.http.get(),
            time: clock.source(realSleep: { try await Task.sleep(for: $0) }), executor: Network.loop.get(),
            attemptTimeout: .seconds(3), aws: Self.moto)
    }

    @Test(arguments: ["", ".fifo"]) func aTopicLeadsToTheNextNotifierAndNotBack(_ suffix: String) async throws {
        let name = "chain-\(UInt32.random(in: 0...UInt32.max))\(suffix)"
        let sns = try AWSClient(.sns, configuration: Self.moto())
        let attributes: JSONValue = suffix.isEmpty ? [:] : ["FifoTopic": "true"]
        let made = try await sns.call("CreateTopic", ["Name": .string(name), "Attributes": attributes])
        let topic = try #require(made["TopicArn"]?.stringValue)
        let queue = try await Self.queue(name)
        _ = try await sns.call(
            "Subscribe", ["TopicArn": .string(topic), "Protocol": "sqs", "Endpoint": .string(queue.arn)])
        let log = LogLines()
        let notifier = try await notifier("outputs: {next: {kind: sns, topic: '\(topic)'}}", log)
        let alarm = Samples.named("alarm-sns-metric")
        _ = try await notifier.handle(alarm.event, .test(clock, log: log))
        let received = try await Self.received(queue.url)
        #expect(received.count == 1)
        let envelope = try #require(received.first?.body)
        #expect((received.first?.group != nil) == !suffix.isEmpty)
        #expect(envelope["MessageAttributes"]?["severity"]?["Value"] == "critical")
        #expect(envelope["Subject"]?.stringValue?.hasPrefix("ALARM: ") == true)
        // The next notifier, called through the queue, reads the alarm as the first one did.
        let next = IncomingEvent(
            parsing: SampleEvents.queue([envelope.description]).serialized(), requestID: "r", receivedAt: clock.now)
        let before = try #require(alarm.notifications.first)
        let after = try #require(next.messages.first?.notifications.first)
        #expect(after.title == before.title)
        #expect(after.text == before.text)
        #expect(after.severity == before.severity)
        #expect(after.state == before.state)
        #expect(after.source == .cloudWatchAlarm)
        #expect(after.incidentKey == before.incidentKey)
        #expect(after.fields.map(\.value) == before.fields.map(\.value))
        #expect(after.links == before.links)
        #expect(after.via == before.via + [topic])
        #expect(before.via.count == 1)
        // It would go back to where it came from.
        let answer = try await notifier.handle(
            SampleEvents.queue([envelope.description]).serialized(), .test(clock, log: log))
        #expect(answer.text == #"{"batchItemFailures":[{"itemIdentifier":"sqs-0"}]}"#)
        #expect(log.metadata(of: "notification not sent").first?.contains("would go round for ever") == true)
        #expect(try await Self.received(queue.url).isEmpty)
    }

    @Test func aBusLeadsToTheNextNotifierAndNotBack() async throws {
        let name = "chain-\(UInt32.random(in: 0...UInt32.max))"
        let events = try AWSClient(.eventBridge, configuration: Self.moto())
        _ = try await events.call("CreateEventBus", ["Name": .string(name)])
        let queue = try await Self.queue(name)
        _ = try await events.call(
            "PutRule",
            [
                "Name": .string(name), "EventBusName": .string(name),
                "EventPattern": #"{"source":["tocsin.notifier"],"detail":{"severity":["critical"]}}"#,
            ])
        _ = try await events.call(
            "PutTargets",
            [
                "Rule": .string(name), "EventBusName": .string(name),
                "Targets": [["Id": "queue", "Arn": .string(queue.arn)]],
            ])
        let log = LogLines()
        let notifier = try await notifier("outputs: {next: {kind: eventbridge, bus: '\(name)'}}", log)
        let alarm = Samples.named("alarm-sns-metric")
        _ = try await notifier.handle(alarm.event, .test(clock, log: log))
        let event = try #require(try await Self.received(queue.url).first?.body)
        #expect(event["detail-type"] == "Tocsin Notification")
        let next = IncomingEvent(parsing: event.serialized(), requestID: "r", receivedAt: clock.now)
        let after = try #require(next.messages.first?.notifications.first)
        #expect(after.source == .cloudWatchAlarm)
        #expect(after.severity == .critical)
        #expect(after.via.last == "event-bus/\(name)")
        await #expect(throws: NotifierError.self) {
            try await notifier.handle(event.serialized(), .test(clock, log: log))
        }
        #expect(log.metadata(of: "notification not sent").first?.contains("would go round for ever") == true)
    }

    @Test(arguments: [("InternalFailure", true), ("NotAuthorizedForDetailTypeException", false)])
    func anEntryThatFailed(_ code: String, _ isSent: Bool) async throws {
        let count = Atomic(0)
        let server = try ScriptedServer { _ in
            let isFirst = count.add(1, ordering: .relaxed).oldValue == 0
            let body =
                isFirst
                ? #"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"\#(code)","ErrorMessage":"no"}]}"#
                : #"{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}"#
            return .http(200, headers: [("Content-Type", "application/x-amz-json-1.1")], body: body)
        }
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock) { [clock] in try Self.aws(server.url, clock) }
        let bus = OutputDefinition(name: "bus", kind: "eventbridge")
        let outcomes = await deliver([Sample.alarm], to: bus, delivery)
        #expect((outcomes == [.sent]) == isSent, "\(outcomes)")
        if !isSent { #expect("\(outcomes)".contains(code)) }
    }
}
