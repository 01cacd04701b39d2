import Basics
import ConfigurationSources
import Events
import JSON
import TestSupport
import Testing

@testable import Notifier

/// What counts as the same message: a second delivery of it, and never another message with the same id.
@Suite struct DuplicatesTests {
    private static func keys(_ event: JSONValue, requestID: String = "request-1") -> [String] {
        IncomingEvent(parsing: event.serialized(), requestID: requestID, receivedAt: Samples.receivedAt)
            .messages.flatMap(\.notifications).map(\.dedupeKey)
    }

    private static func amazonQ(_ description: String) -> String {
        #"{"version":"1.0","source":"custom","id":"c-1","content":{"description":"\#(description)"}}"#
    }

    /// A message with an id of its sender and a text, in each format whose messages have one.
    private static let formats: [(name: String, message: @Sendable (_ text: String) -> String)] = [
        ("Amazon Q", { amazonQ($0) }),
        (
            "EventBridge",
            { #"{"id":"e-1","source":"mine","detail-type":"Job","detail":{"message":"\#($0)"}}"# }
        ),
        (
            "EventBridge, no text",
            { #"{"id":"e-1","source":"mine","detail-type":"Job","detail":{"step":"\#($0)"}}"# }
        ),
        (
            "CloudWatch alarm",
            {
                #"{"AlarmName":"a","AWSAccountId":"1","NewStateValue":"ALARM","NewStateReason":"\#($0)","#
                    + #""StateChangeTime":"2026-11-20T10:00:00.000+0000","Region":"EU (Frankfurt)"}"#
            }
        ),
        (
            "alarm configuration",
            {
                #"{"id":"e-1","source":"aws.cloudwatch","detail-type":"CloudWatch Alarm Configuration Change","#
                    + #""detail":{"alarmName":"a","operation":"update","configuration":{"description":"\#($0)"}}}"#
            }
        ),
        (
            "ECS task",
            {
                #"{"id":"e-1","source":"aws.ecs","detail-type":"ECS Task State Change","detail":{"taskArn":"t","#
                    + #""version":3,"lastStatus":"STOPPED","stoppedReason":"\#($0)"}}"#
            }
        ),
        (
            "AWS Health",
            {
                #"{"id":"e-1","source":"aws.health","detail-type":"AWS Health Event","detail":{"eventArn":"a","#
                    + #""communicationId":"c","eventTypeCode":"AWS_EC2_X","#
                    + #""eventDescription":[{"language":"en_US","latestDescription":"\#($0)"}]}}"#
            }
        ),
        (
            "CloudMonitor event",
            {
                #"{"id":"x","name":"Instance:StateChange","level":"INFO","product":"ECS","#
                    + #""content":{"state":"\#($0)"}}"#
            }
        ),
        (
            "CloudMonitor alarm",
            { #"{"alertName":"cpu","alertState":"ALERT","timestamp":"1508136760","curValue":"\#($0)"}"# }
        ),
        (
            "CloudEvent",
            { #"{"specversion":"1.0","id":"x","source":"s","type":"t","data":{"message":"\#($0)"}}"# }
        ),
        (
            "uptime change",
            {
                #"{"type":"tocsin.uptime.change","id":"u","state":"down","endpoint":{"name":"shop"},"#
                    + #""since":"2026-11-20T10:00:00Z","at":"2026-11-20T10:01:00Z","errors":["\#($0)"]}"#
            }
        ),
        (
            "alarm change",
            {
                #"{"type":"tocsin.alarms.change","id":"r","state":"failed","owner":"o","trigger":"schedule","#
                    + #""at":"2026-11-20T10:00:00Z","failures":["\#($0)"]}"#
            }
        ),
        (
            "subscription",
            {
                #"{"Type":"SubscriptionConfirmation","MessageId":"m","TopicArn":"arn:aws:sns:eu-central-1:1:\#($0)"}"#
            }
        ),
    ]

    @Test("a message with a known id and another text is another message", arguments: formats.indices)
    func sameIDOtherText(row: Int) {
        let (name, message) = Self.formats[row]
        let texts = ["one", "two", "three"].map(message)
        #expect(Set(Self.keys(SampleEvents.topic(texts))).count == 3, "\(name) through SNS")
        #expect(Set(Self.keys(SampleEvents.queue(texts))).count == 3, "\(name) through SQS")
        let direct = Set(
            texts.enumerated().flatMap { number, text in
                Self.keys((try? JSONValue(parsing: text)) ?? .null, requestID: "request-\(number)")
            })
        #expect(direct.count == 3, "\(name) without an envelope")
    }

    @Test("a second delivery is the same message", arguments: formats.indices)
    func sameDelivery(row: Int) {
        let (name, message) = Self.formats[row]
        let texts = ["one", "two"].map(message)
        for event in [SampleEvents.topic(texts), SampleEvents.queue(texts)] {
            #expect(Self.keys(event, requestID: "a") == Self.keys(event, requestID: "b"), "\(name)")
        }
        let direct = (try? JSONValue(parsing: texts[0])) ?? .null
        // The platform keeps the id of a request that it repeats.
        #expect(Self.keys(direct) == Self.keys(direct), "\(name)")
    }

    @Test("a second call of CloudMonitor is the same message, although it is another request")
    func callbackAgain() throws {
        let callback = try JSONValue(parsing: #"{"alertName":"cpu","alertState":"ALERT","timestamp":"1508136760"}"#)
        #expect(Self.keys(callback, requestID: "a") == Self.keys(callback, requestID: "b"))
    }

    @Test("a message cannot take the place of another one by a notification inside of it")
    func notificationInAMessage() {
        let inner = SampleEvents.notification(id: "sns-9", "text")
        #expect(Self.keys(SampleEvents.topic([inner, inner])) == ["sns-0", "sns-1"])
        let other = SampleEvents.notification(id: "sns-9", "other text")
        #expect(Set(Self.keys(SampleEvents.queue([inner, other]))).count == 2)
        #expect(Set(Self.keys(SampleEvents.queue([inner, inner]))).count == 1, "the topic delivered it twice")
    }

    @Test("an Amazon Q message with a known id and another text is delivered")
    func amazonQMessagesWithOneID() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let clock = TestClock(Sample.time)
        let delivery = try DeliveryContext.test(clock)
        let output = OutputDefinition(name: "ops", kind: "slack", secrets: ["url": .plain(server.url)])
        let event = SampleEvents.topic(["first", "second", "third"].map(Self.amazonQ))
        let pending = IncomingEvent(parsing: event.serialized(), requestID: "r", receivedAt: clock.now)
            .messages.flatMap(\.notifications).map { PendingNotification(notification: $0) }
        let work = OutputDelivery(definition: output, delivery: delivery)
        #expect(await work.deliver(pending, until: clock.now + .seconds(30)) == [.sent, .sent, .sent])
        #expect(await work.deliver(pending, until: clock.now + .seconds(30)) == [.duplicate, .duplicate, .duplicate])
        #expect(server.accepted.count == 3)
        #expect(Set(pending.map(\.notification.incidentKey)) == ["amazon-q|c-1"], "they share a thread")
    }
}
