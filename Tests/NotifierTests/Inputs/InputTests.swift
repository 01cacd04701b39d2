import Basics
import Events
import JSON
import TestSupport
import Testing

@testable import Notifier

@Suite struct InputTests {
    private func notification(_ text: String) throws -> Notification {
        try #require(
            IncomingEvent(parsing: Array(text.utf8), requestID: "r", receivedAt: Samples.receivedAt)
                .messages.first?.notifications.first)
    }

    @Test func alarmAndItsEndAreOneIncident() throws {
        let alarm = try #require(Samples.named("alarm-sns-metric").notifications.first)
        let end = try #require(Samples.named("alarm-sns-metric-ok").notifications.first)
        let wrapped = try #require(Samples.named("alarm-sqs-wrapped").notifications.first)
        #expect(alarm.incidentKey == end.incidentKey)
        #expect(alarm.dedupeKey != end.dedupeKey)
        #expect(alarm.dedupeKey == wrapped.dedupeKey, "the same change through another way")
        #expect(wrapped.message["AlarmName"] == "cpu-high")
    }

    /// A parser that takes a message and cannot read it says so, with everything that it holds.
    @Test(arguments: [
        (#"{"AlarmName":{},"AlarmArn":7,"NewStateValue":"ALARM"}"#, "CloudWatch alarm: AlarmName: is missing"),
        (#"{"AlarmName":"a","NewStateValue":[]}"#, "CloudWatch alarm: NewStateValue: must be a state"),
        (#"{"alarmData":{"alarmName":"a"}}"#, "CloudWatch alarm: state.value: is missing"),
        (
            #"{"type":"tocsin.uptime.change","state":"sideways"}"#,
            #"uptime change: state: "sideways" is neither "down" nor "up""#
        ),
        (#"{"type":"tocsin.alarms.change","state":"done"}"#, "alarm change: id: is missing"),
        (#"{"type":"tocsin.fargate.adjustment","state":"restored"}"#, "Fargate adjustment: id: is missing"),
        (
            #"{"service":"shop","succeeded":"yes","timestamp":1}"#,
            "SLA result: succeeded: must be true or false, not string"
        ),
        (#"{"alertName":"null","alertState":"ALERT"}"#, "CloudMonitor alarm: alertName, alertState: must be text"),
        (#"{"source":"custom","content":{}}"#, "Amazon Q notification: content.description: is missing"),
    ])
    func whatCannotBeReadIsShownAsItIs(text: String, fault: String) throws {
        let notification = try notification(text)
        #expect(notification.fields.contains(Field("Not understood", fault, isShort: false)))
        #expect(notification.fields.contains(Field("Format", "unknown, shown as it came")))
        #expect(notification.message == (try JSONValue(parsing: text)))
    }

    @Test(arguments: [
        (
            "Threshold Crossed: 2 out of the last 3 datapoints [99.50160229693434 (20/11/26 09:55:00), 91.2 (20/11/26 "
                + "09:50:00)] were greater than the threshold (80.0) (minimum 2 datapoints for OK -> ALARM transition).",
            "Threshold Crossed: 2 out of the last 3 datapoints [99.5016, 91.2] were greater than the threshold (80.0)."
        ),
        ("1 datapoint [5.0 (20/11/26 09:55:00), no data] was", "1 datapoint [5.0 (20/11/26 09:55:00), no data] was"),
        ("arn:aws:cloudwatch:eu-central-1:1:alarm:a b transitioned to OK", "a b transitioned to OK"),
        ("datapoint ] [ (minimum 1", "datapoint ] [ (minimum 1"), ("datapoint []", "datapoint []"), ("", ""),
    ])
    func alarmReasons(reason: String, shortened: String) {
        #expect(CloudWatchAlarm.shortened(reason) == shortened)
    }

    @Test(arguments: [
        ("{userId=123, instanceId=i-1}", ["userId=123", "instanceId=i-1"]), ("{instanceId=i-1}", ["instanceId=i-1"]),
        ("{}", []), ("", []), ("{a=b=c, d=null, e=, f}", ["a=b=c"]), (#"{"a":"b","n":5}"#, ["a=b", "n=5"]),
        (#"[{"a":"b"},{"c":"d"}]"#, ["a=b", "c=d"]), ("{broken", []), ("k = v", ["k=v"]),
    ])
    func cloudMonitorDimensions(text: String, pairs: [String]) {
        #expect(CloudMonitorAlarm.dimensions(text).map { "\($0.name)=\($0.value)" } == pairs)
    }

    @Test(arguments: [
        ("https://sns.eu-central-1.amazonaws.com/?Token=t", true), ("https://sns.cn-north-1.amazonaws.com.cn/?a", true),
        ("http://sns.eu-central-1.amazonaws.com/", false), ("https://sns.evil.s3.amazonaws.com/", false),
        ("https://sns.eu-central-1.amazonaws.com.example.org/", false), ("https://sns.a@b.amazonaws.com/", false),
        ("https://example.com/https://sns.eu-central-1.amazonaws.com/", false), ("", false),
    ])
    func onlyAmazonsSubscriptionLinksAreShown(url: String, isShown: Bool) throws {
        let event: JSONValue = [
            "Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:eu-central-1:111122223333:alarms",
            "Token": "secret-token", "SubscribeURL": .string(url),
        ]
        let notification = try notification(event.description)
        #expect(notification.links.map(\.url) == (isShown ? [url] : []))
        #expect(
            !notification.message.description.containsBytes("secret-token")
                && !notification.message.description.containsBytes("Token="))
    }

    @Test(arguments: [
        ("critical", Severity.critical), ("P1", .critical), (" High ", .critical), ("WARN", .warning),
        ("medium", .warning),
        ("p2", .warning), ("info", .info), ("LOW", .info), ("ok", .ok),
    ])
    func severityWords(word: String, severity: Severity) throws {
        #expect(Severity(word: word) == severity)
        let alarm: JSONValue = [
            "AlarmName": "a", "NewStateValue": "ALARM", "AlarmTags": [["Key": "Severity", "Value": .string(word)]],
        ]
        #expect(try notification(alarm.description).severity == severity)
    }

    @Test(arguments: [
        (#"{"text":"hi"}"#, "slack"), (#"{"text":"hi","channel":"ops"}"#, "slack"),
        (#"{"text":"hi","host":"db-1"}"#, "json"),
        (#"{"attachments":[{"text":"hi"}],"host":"db-1"}"#, "slack"), (#"{"text":5}"#, "json"),
        (#"{"blocks":[5]}"#, "json"),
        (#""text""#, "text"), (#"a "text" with "attachments" and "AlarmName""#, "text"),
    ])
    func whatIsMeantForSlack(text: String, source: String) throws {
        let notification = try notification(text)
        #expect(notification.source.rawValue == source)
        #expect((notification.slackPayload == nil) == (source != "slack"))
    }

    @Test func severitiesAreOrdered() {
        #expect([Severity.critical, .ok, .warning, .info].sorted() == [.ok, .info, .warning, .critical])
        #expect(Severity(word: "whatever") == nil)
    }

    /// Any client's requests: empty ones, forms of CloudMonitor and Slack, text and JSON.
    @Test(
        arguments: [
            ("", [:], []), (" ", ["token": "t"], []), ("", ["alertName": "cpu", "alertState": "OK"], [#"OK: "cpu""#]),
            ("alertName=cpu&alertState=ALERT", [:], [#"ALERT: "cpu""#]), ("hello there", [:], ["hello there"]),
            (#"payload=%7B%22text%22%3A%22from+a+form%22%7D"#, [:], ["from a form"]),
            ("a=1", [:], ["Message of an unknown format"]),
            (#"[{"title":"one"},{"title":"two"}]"#, [:], ["one", "two"]),
        ] as [(String, [String: String], [String])])
    func httpRequests(body: String, query: [String: String], titles: [String]) {
        let isForm = body.utf8.contains(UInt8(ascii: "=")) && !body.hasPrefix("alertName")
        let event: JSONValue = [
            "version": "v1", "rawPath": "/hook", "body": .string(body), "isBase64Encoded": false,
            "headers": ["CONTENT-type": .string(isForm ? "application/x-www-form-urlencoded" : "text/plain")],
            "queryParameters": .object(JSONObject(query.map { ($0.key, .string($0.value)) })),
            "requestContext": ["http": ["method": "POST", "path": "/hook"]],
        ]
        let incoming = IncomingEvent(parsing: event.serialized(), requestID: "r", receivedAt: Samples.receivedAt)
        #expect(incoming.kind == .http)
        #expect(incoming.messages.flatMap(\.notifications).map(\.title) == titles)
    }

    @Test(arguments: [
        ("EC2InstanceLaunch", "EC2 instance launch"), ("CPUHigh", "CPU high"), ("some_thing-else", "some thing else"),
        ("", ""), ("a", "a"), ("A", "a"), ("eventId", "event id"), ("SUCCEEDED", "SUCCEEDED"),
    ])
    func identifiersAsWords(identifier: String, text: String) {
        #expect(words(identifier) == text)
    }

    @Test(arguments: [
        (0.5, "0.5 s"), (0.03472, "0.035 s"), (6.0017, "6 s"), (12.34, "12.3 s"), (59, "59 s"),
        (60, "1 min"), (90, "1 min 30 s"), (5_400, "1 h 30 min"), (86_400, "1 d"),
        (90_000, "1 d 1 h"), (3_601, "1 h"), (604_800, "7 d"), (-5, "-5 s"),
    ])
    func durations(seconds: Double, text: String) {
        #expect(readable(seconds: seconds) == text)
    }
}
