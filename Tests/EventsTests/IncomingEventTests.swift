import Basics
import JSON
import TestSupport
import Testing

@testable import Events

@Suite struct IncomingEventTests {
    static let receivedAt = Timestamp(secondsSinceEpoch: 1_795_232_520.0)

    private func read(_ text: String) -> IncomingEvent {
        IncomingEvent(parsing: Array(text.utf8), requestID: "r", receivedAt: Self.receivedAt)
    }

    private func read(_ value: JSONValue) -> IncomingEvent { read(value.description) }

    @Test func snsEventAsInLambdasDocumentation() throws {
        let event = read(documentedTopicEvent)
        #expect(event.kind == .topic)
        #expect(event.fault == nil)
        let message = try #require(event.messages.first)
        #expect(event.messages.count == 1)
        #expect(message.value == "Hello from SNS!")
        #expect(message.id == "95df01b4-ee98-5cb9-9903-4c221d41eb5e")
        #expect(message.queueID == nil)
        #expect(message.time == Timestamp(iso8601: "2019-01-02T12:45:07Z"))
        #expect(message.subject == "TestInvoke")
        #expect(message.topicARN == "arn:aws:sns:us-east-1:123456789012:sns-lambda")
        #expect(message.attributes == ["Test": "TestString"], "binary attributes are left out")
        #expect(message.fault == nil)
    }

    @Test func sqsEventAsInLambdasDocumentation() throws {
        let event = read(documentedQueueEvent)
        let ids = ["059f36b4-87a3-44ab-83d2-661975830a7d", "2e1424d4-f796-459a-8184-9c92662be6da"]
        #expect(event.kind == .queue)
        #expect(event.messages.map(\.queueID) == ids)
        #expect(event.messages.map(\.id) == ids)
        #expect(event.messages.map(\.value) == ["Test message.", "Test message."])
        #expect(event.messages.map(\.attributes) == [["myAttribute": "myValue"], [:]])
        #expect(event.messages[0].time == Timestamp(iso8601: "2018-12-17T21:37:29.183Z"))
        #expect(event.messages.allSatisfy { $0.fault == nil })
    }

    @Test(
        "what an HTTP request carried has the same messages when it comes without the request",
        arguments: [
            "alertName=cpu&alertState=ALERT", #"payload={"text":"hi"}"#, #"{"a":1}"#, #"[{"a":1},{"b":2}]"#, "[1,2]",
            "plain text", #""a string""#, "5", #"{"Records":[{"messageId":"1","body":"b"}]}"#,
            #"{"rawPath":"/","requestContext":{},"body":"b"}"#,
        ])
    func requestBodies(body: String) throws {
        let type = body.contains("=") ? "application/x-www-form-urlencoded" : "text/plain"
        let request = read([
            "rawPath": "/", "requestContext": [:], "headers": ["content-type": .string(type)], "body": .string(body),
        ])
        let direct = read(try #require(request.requestBody))
        #expect(request.kind == .http)
        #expect(direct.kind == .direct)
        #expect(direct.messages.map(\.value) == request.messages.map(\.value))
        #expect(!direct.messages.isEmpty)
    }

    /// What SNS, SQS and FC's triggers put around a message, also inside one another.
    @Test(
        arguments: [
            (SampleEvents.notification(id: "sns-1", "hello"), "sns-1", "hello"), ("hello", "q", "hello"), ("", "q", ""),
            (#"{"service":"shop"}"#, "q", ["service": "shop"]), (" [1] ", "q", [1]), ("5", "q", "5"),
            (#""text""#, "q", #""text""#), ("{broken", "q", "{broken"),
            (#"{"Type":"other","Message":"m"}"#, "q", ["Type": "other", "Message": "m"]),
            (#"{"Type":"Notification","text":"hi"}"#, "q", ["Type": "Notification", "text": "hi"]),
            (
                #"{"TopicOwner":"1","TopicName":"t","MessageId":"mns-1","Message":"{\"a\":1}","PublishTime":1}"#,
                "mns-1",
                ["a": 1]
            ),
            (
                #"{"triggerTime":"2026-11-20T10:00:00Z","triggerName":"t","payload":"{\"a\":1}"}"#,
                "timer|t|1795168800000000", ["a": 1]
            ),
            (
                SampleEvents.notification(
                    id: "sns-2", #"{"triggerTime":"2026-11-20T10:00:00Z","triggerName":"t","payload":"x"}"#),
                "timer|t|1795168800000000", "x"
            ),
        ] as [(String, String, JSONValue)])
    func envelopes(body: String, id: String, value: JSONValue) throws {
        let queued = try #require(read(SampleEvents.queue([body])).messages.first)
        #expect(queued.id == (id == "q" ? "sqs-0" : id))
        #expect(queued.queueID == "sqs-0")
        #expect(queued.value == value)
        #expect(queued.fault == nil)
        let published = try #require(read(SampleEvents.topic([body])).messages.first)
        #expect(published.value == value)
        #expect(published.queueID == nil)
        if let object = try? JSONValue(parsing: body), object.objectValue != nil {
            let direct = try #require(read(body).messages.first)
            #expect(direct.id == (id == "q" ? "r#0" : id))
            #expect(direct.value == value)
        }
    }

    @Test func oneBadRecordLeavesTheOthers() throws {
        let records: [JSONValue] = [
            SampleEvents.queueRecord(id: "a", "1"), ["messageId": "b", "body": 7], 5, ["body": "no id"],
            SampleEvents.queueRecord(id: "c", #"{"Type":"Notification","MessageId":"m"}"#),
            SampleEvents.queueRecord(id: "d", "2"),
        ]
        let event = read(["Records": .array(records)])
        #expect(event.kind == .queue)
        #expect(event.fault == nil)
        #expect(
            event.messages.map { $0.fault?.message } == [
                nil, "Records[1].body: must be a string, not number", "Records[2]: must be an object, not number",
                "Records[3].messageId: is missing", "Records[4].body.Message: is missing", nil,
            ])
        #expect(event.messages.map(\.queueID) == ["a", "b", nil, nil, "c", "d"])
        #expect(event.messages.map(\.id) == ["a", "r#1", "r#2", "r#3", "m", "d"])
        #expect(
            event.messages.compactMap { $0.fault?.code } == [.wrongType, .wrongType, .missingField, .missingField])
        #expect(event.messages[1].value == records[1], "what cannot be unwrapped is kept as it is")
        #expect(event.messages[3].value == "no id")
    }

    @Test func badTopicRecords() throws {
        let event = read(
            #"{"Records":[{"Sns":{"MessageId":"m","Message":null}},{"Sns":[]},{"Sns":{"Message":"x"}},{}]}"#)
        #expect(event.kind == .topic)
        #expect(
            event.messages.map { $0.fault?.message } == [
                "Records[0].Sns.Message: is missing", "Records[1].Sns: must be an object, not array",
                "Records[2].Sns.MessageId: is missing", "Records[3].Sns: is missing",
            ])
        #expect(event.messages.map(\.id) == ["m", "r#1", "r#2", "r#3"])
        #expect(event.messages[2].value == "x")
    }

    @Test(arguments: [
        ("", EventErrorCode.notJSON, "the event is empty", 0),
        (#"{"Records":["#, .notJSON, "the event is not JSON", 1), ("{]", .notJSON, "the event is not JSON", 1),
        (#"{"Records":{}}"#, .wrongType, "Records: must be an array, not object", 1),
        (#"{"Records":null}"#, .wrongType, "Records: must be an array, not null", 1),
        (#"{"Records":[{"eventSource":"aws:s3"}]}"#, .unknownEvent, "Records: records from aws:s3;", 1),
        (#"{"Records":[1,2]}"#, .unknownEvent, "Records: records of an unknown source;", 2),
    ])
    func eventsThatNoPlatformSends(text: String, code: EventErrorCode, message: String, count: Int) {
        let event = read(text)
        #expect(event.kind == .direct)
        #expect(event.fault?.code == code)
        #expect(event.fault?.message.hasPrefix(message) == true, "\(event.fault?.message ?? "")")
        #expect(event.messages.count == count, "messages are there for who shows whatever comes")
    }

    @Test(arguments: ["5", "null", #"{"a":1}"#, #""text""#, "[1]", #"[{"a":1},5]"#])
    func everythingElseIsOneDirectMessage(text: String) throws {
        let event = read(text)
        #expect(event.kind == .direct)
        #expect(event.fault == nil)
        #expect(event.messages.map(\.value.description) == [text])
        #expect(event.messages.map(\.id) == ["r#0"])
        #expect(event.messages.map(\.time) == [Self.receivedAt])
    }

    @Test func aListOfObjectsHoldsAMessageEach() {
        let event = read(#"[{"a":1},{"b":2}]"#)
        #expect(event.messages.map(\.value) == [["a": 1], ["b": 2]])
        #expect(event.messages.map(\.id) == ["r#0", "r#1"])
        #expect(read("[]").messages.isEmpty)
    }

    @Test func noRecordsAreAnEmptyBatch() throws {
        let event = read(#"{"Records":[]}"#)
        #expect(event.kind == .queue)
        #expect(event.messages.isEmpty)
        #expect(event.fault == nil)
    }

    @Test func textThatIsNotJSONIsKept() {
        let bytes: [UInt8] = [0x68, 0x69, 0xFF]
        let event = IncomingEvent(parsing: bytes, requestID: "r", receivedAt: Self.receivedAt)
        #expect(event.messages.map(\.value) == ["hi\u{FFFD}"])
    }

    @Test func eventBridgeEvents() throws {
        let text =
            #"{"id":"e-1","source":"aws.ec2","detail-type":"T","account":"1","region":"eu-central-1","#
            + #""time":"2026-11-20T10:00:00Z","resources":["arn:a",5,null],"detail":{"state":"stopped"}}"#
        let event = try #require(read(text).messages.first.flatMap(EventBridgeEvent.init))
        #expect(event.id == "e-1")
        #expect(event.source == "aws.ec2")
        #expect(event.type == "T")
        #expect(event.account == "1")
        #expect(event.region == "eu-central-1")
        #expect(event.time == Timestamp(iso8601: "2026-11-20T10:00:00Z"))
        #expect(event.resources == ["arn:a", "5"])
        #expect(event.detail == ["state": "stopped"])
        let bare = try #require(read(#"{"source":"x","detailType":"T"}"#).messages.first.flatMap(EventBridgeEvent.init))
        #expect(bare.id == "r#0")
        #expect(bare.time == Self.receivedAt)
        #expect(read(#"{"source":"x"}"#).messages.first.flatMap(EventBridgeEvent.init) == nil)
    }

    @Test(
        arguments: [
            (#""data":{"a":1}"#, ["a": 1]), (#""data":"{\"a\":1}""#, ["a": 1]), (#""data":"hi""#, "hi"),
            (#""data_base64":"eyJhIjoxfQ==""#, ["a": 1]), (#""x":1"#, .null),
        ] as [(String, JSONValue)])
    func cloudEvents(member: String, data: JSONValue) throws {
        let text = #"{"specversion":"1.0","id":"1","source":"acs.ecs","type":"ecs:x",\#(member)}"#
        let event = try #require(read(text).messages.first.flatMap(CloudEvent.init))
        #expect(event.id == "acs.ecs|1")
        #expect(event.type == "ecs:x")
        #expect(event.data == data)
    }

    @Test(
        arguments: [
            ("body", [:], "body"), (#"{"a":1}"#, [:], ["a": 1]), ("", [:], nil), (" ", ["token": "t"], nil),
            ("a=1&b=2", ["content-Type": "application/x-www-form-urlencoded"], ["a": "1", "b": "2"]),
            ("alertName=n", [:], ["alertName": "n"]),
            ("payload=%7B%7D", ["content-type": "application/x-www-form-urlencoded"], [:]),
        ] as [(String, [String: String], JSONValue?)])
    func httpRequests(body: String, headers: [String: String], value: JSONValue?) {
        let event: JSONValue = [
            "version": "2.0", "rawPath": "/", "body": .string(body), "isBase64Encoded": false,
            "headers": .object(JSONObject(headers.map { ($0.key, .string($0.value)) })),
            "requestContext": ["http": ["method": "POST"], "timeEpoch": 1_795_168_800_000],
        ]
        let incoming = read(event)
        #expect(incoming.kind == .http)
        #expect(incoming.messages.map(\.value) == (value.map { [$0] } ?? []))
        #expect(incoming.messages.allSatisfy { $0.time == Timestamp(secondsSinceEpoch: 1_795_168_800.0) })
    }

    /// An encoded `&` and `+` in a value must survive.
    @Test(arguments: [
        ("alertName=a+b%26c%2Bd&alertState=OK", [["alertName", "a b&c+d"], ["alertState", "OK"]]),
        ("a=1&&b&=c&d=%zz%4", [["a", "1"], ["b", ""], ["", "c"], ["d", "%zz%4"]]),
        ("e=%E4%B8%AD%FF", [["e", "中\u{FFFD}"]]), ("", []), ("=", [["", ""]]), ("x=a=b", [["x", "a=b"]]),
    ])
    func forms(text: String, fields: [[String]]) {
        #expect(formFields(Array(text.utf8)).map { [$0.name, $0.value] } == fields)
    }

    @Test(arguments: [
        ("1795168805", "2026-11-20T10:00:05Z"), ("1795168805123", "2026-11-20T10:00:05.123Z"),
        ("20181226T220114.058+0800", "2018-12-26T14:01:14.058Z"),
        ("2026-11-20T10:00:05.123+0000", "2026-11-20T10:00:05.123Z"),
        ("Thu, 26 Nov 2026 12:00:00 GMT", "2026-11-26T12:00:00Z"), ("null", nil), ("", nil), ("soon", nil),
        ("nan", nil),
    ])
    func times(text: String, time: String?) {
        #expect(JSONValue.string(text).timestamp?.iso8601 == time)
    }

    @Test(arguments: [
        (80.0, "80"), (0.05, "0.05"), (99.50160229693434, "99.5016"), (0.000012, "1.2e-05"), (-3, "-3"),
        (1e300, "1e+300"),
    ])
    func numbers(number: Double, text: String) {
        #expect(readable(number) == text)
    }

    @Test(arguments: [
        ([], #"{"batchItemFailures":[]}"#),
        (["b", "a", "b"], #"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"a"}]}"#),
    ])
    func partialBatchResponse(ids: [String], json: String) {
        #expect(PartialBatchResponse(failedIDs: ids).json.description == json)
    }
}

// https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
private let documentedTopicEvent = #"""
    {"Records": [{
      "EventVersion": "1.0",
      "EventSubscriptionArn": "arn:aws:sns:us-east-1:123456789012:sns-lambda:21be56ed-a058-49f5-8c98-aedd2564c486",
      "EventSource": "aws:sns",
      "Sns": {
        "SignatureVersion": "1", "Timestamp": "2019-01-02T12:45:07.000Z",
        "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j...65r==",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-ac565b8b1a6c5d002d285f9598aa1d9b.pem",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e", "Message": "Hello from SNS!",
        "MessageAttributes": {"Test": {"Type": "String", "Value": "TestString"},
                              "TestBinary": {"Type": "Binary", "Value": "TestBinary"}},
        "Type": "Notification", "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:sns-lambda", "Subject": "TestInvoke"
      }}]}
    """#

// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
private let documentedQueueEvent = #"""
    {"Records": [
      {"messageId": "059f36b4-87a3-44ab-83d2-661975830a7d", "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
       "body": "Test message.",
       "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183",
                      "SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": "1545082649185"},
       "messageAttributes": {"myAttribute": {"stringValue": "myValue", "stringListValues": [], "binaryListValues": [],
                                             "dataType": "String"}},
       "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs",
       "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue", "awsRegion": "us-east-2"},
      {"messageId": "2e1424d4-f796-459a-8184-9c92662be6da", "receiptHandle": "AQEBzWwaftRI0KuVm4tP+/7q1rGgNqicHq...",
       "body": "Test message.",
       "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082650636",
                      "SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": "1545082650649"},
       "messageAttributes": {}, "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs",
       "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue", "awsRegion": "us-east-2"}]}
    """#
