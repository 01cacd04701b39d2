import Basics
import Events
import JSON
import TestSupport
import Testing

@Suite struct FunctionEventTests {
    @Test func snsEventAsInLambdasDocumentation() throws {
        let event = try FunctionEvent(parsing: Array(documentedTopicEvent.utf8))
        guard case .topic(let records) = event else {
            Issue.record("read as \(event)")
            return
        }
        let id = "95df01b4-ee98-5cb9-9903-4c221d41eb5e"
        #expect(records == [.success(DeliveredMessage(recordID: id, messageID: id, text: "Hello from SNS!"))])
    }

    @Test func sqsEventAsInLambdasDocumentation() throws {
        let event = try FunctionEvent(parsing: Array(documentedQueueEvent.utf8))
        guard case .queue(let records) = event else {
            Issue.record("read as \(event)")
            return
        }
        let ids = ["059f36b4-87a3-44ab-83d2-661975830a7d", "2e1424d4-f796-459a-8184-9c92662be6da"]
        #expect(records == ids.map { .success(DeliveredMessage(recordID: $0, messageID: $0, text: "Test message.")) })
    }

    @Test(arguments: [
        (SampleEvents.notification(id: "sns-1", "hello"), "sns-1", "hello"),
        ("hello", "q", "hello"),
        ("", "q", ""),
        (#"{"service":"shop"}"#, "q", #"{"service":"shop"}"#),
        (#"{"Type":"other","Message":"m"}"#, "q", #"{"Type":"other","Message":"m"}"#),
    ])
    func queueBodies(body: String, messageID: String, text: String) throws {
        let message = try DeliveredMessage(queueRecord: SampleEvents.queueRecord(id: "q", body), at: "Records[0]")
        #expect(message == DeliveredMessage(recordID: "q", messageID: messageID, text: text))
    }

    @Test func oneBadRecordLeavesTheOthers() throws {
        let records: [JSONValue] = [
            SampleEvents.queueRecord(id: "a", "1"), ["messageId": "b", "body": 7], 5, ["body": "no id"],
            SampleEvents.queueRecord(id: "c", #"{"Type":"Notification","MessageId":"m"}"#),
            SampleEvents.queueRecord(id: "d", "2"),
        ]
        let event = try FunctionEvent(parsing: JSONValue.object(["Records": .array(records)]).serialized())
        guard case .queue(let results) = event else {
            Issue.record("read as \(event)")
            return
        }
        #expect(results.map { (try? $0.get())?.text } == ["1", nil, nil, nil, nil, "2"])
        let faults = results.compactMap { result -> EventError? in
            if case .failure(let error) = result { error } else { nil }
        }
        #expect(
            faults.map(\.description) == [
                "Records[1].body: must be a string, not number", "Records[2]: must be an object, not number",
                "Records[3].messageId: is missing", "Records[4].body.Message: is missing",
            ])
        #expect(faults.map(\.recordID) == ["b", nil, nil, "c"])
        #expect(faults.map(\.code) == [.wrongType, .wrongType, .missingField, .missingField])
    }

    @Test func badTopicRecords() throws {
        let event = try FunctionEvent(
            parsing: Array(
                #"{"Records":[{"Sns":{"MessageId":"m","Message":null}},{"Sns":[]},{"Sns":{"Message":"x"}},{}]}"#.utf8
            ))
        guard case .topic(let results) = event else {
            Issue.record("read as \(event)")
            return
        }
        #expect(
            results == [
                .failure(EventError(.missingField, at: "Records[0].Sns.Message", "is missing", recordID: "m")),
                .failure(EventError(.wrongType, at: "Records[1].Sns", "must be an object, not array")),
                .failure(EventError(.missingField, at: "Records[2].Sns.MessageId", "is missing")),
                .failure(EventError(.missingField, at: "Records[3].Sns", "is missing")),
            ])
    }

    @Test(arguments: [
        ("", EventError.Code.notJSON, "the event is empty"),
        (#"{"Records":["#, .notJSON, "the event is not JSON"),
        ("{]", .notJSON, "the event is not JSON"),
        (#"{"Records":{}}"#, .wrongType, "Records: must be an array, not object"),
        (#"{"Records":null}"#, .wrongType, "Records: must be an array, not null"),
        (#"{"Records":[{"eventSource":"aws:s3"}]}"#, .unknownEvent, "Records: records from aws:s3;"),
        (#"{"Records":[1]}"#, .unknownEvent, "Records: records of an unknown source;"),
    ])
    func unusableEvents(text: String, code: EventError.Code, message: String) {
        let error = #expect(throws: EventError.self) { try FunctionEvent(parsing: Array(text.utf8)) }
        #expect(error?.code == code)
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: ["5", "null", "[]", #"{"a":1}"#, #""text""#])
    func everythingElseIsDirect(text: String) throws {
        let event = try FunctionEvent(parsing: Array(text.utf8))
        guard case .direct(let value) = event else {
            Issue.record("read as \(event)")
            return
        }
        #expect(value.description == text)
    }

    @Test func noRecordsAreAnEmptyBatch() throws {
        let event = try FunctionEvent(parsing: Array(#"{"Records":[]}"#.utf8))
        guard case .queue(let records) = event else {
            Issue.record("read as \(event)")
            return
        }
        #expect(records.isEmpty)
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
