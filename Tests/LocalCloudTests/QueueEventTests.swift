import JSON
import Testing

@testable import LocalCloud

struct QueueEventTests {
    private let event = QueueEvent(
        messages: [
            [
                "MessageId": "a", "ReceiptHandle": "ra", "MD5OfBody": "m", "Body": "one",
                "Attributes": ["ApproximateReceiveCount": "1"],
                "MessageAttributes": ["kind": ["DataType": "String", "StringValue": "x"]],
            ],
            ["MessageId": "b", "ReceiptHandle": "rb", "MD5OfBody": "n", "Body": "two"],
        ],
        queueARN: "arn:aws:sqs:eu-central-1:123456789012:results"
    )

    @Test func theEventIsThatOfLambda() {
        let attribute: JSONValue = [
            "stringListValues": [], "binaryListValues": [], "dataType": "String", "stringValue": "x",
        ]
        let first: JSONValue = [
            "messageId": "a", "receiptHandle": "ra", "body": "one", "attributes": ["ApproximateReceiveCount": "1"],
            "messageAttributes": ["kind": attribute], "md5OfBody": "m", "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:results", "awsRegion": "eu-central-1",
        ]
        let second: JSONValue = [
            "messageId": "b", "receiptHandle": "rb", "body": "two", "attributes": [:], "messageAttributes": [:],
            "md5OfBody": "n", "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:results", "awsRegion": "eu-central-1",
        ]
        #expect(event.json == ["Records": [first, second]])
    }

    @Test(arguments: [
        (#"{"batchItemFailures": []}"#, ["a", "b"]), (#"{"batchItemFailures": [{"itemIdentifier": "a"}]}"#, ["b"]),
        (#"{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "b"}]}"#, []),
        (#"{"batchItemFailures": null}"#, ["a", "b"]), ("null", ["a", "b"]), ("{}", ["a", "b"]), ("", ["a", "b"]),
        (#"{"batchItemFailures": [{"itemIdentifier": "c"}]}"#, []), (#"{"batchItemFailures": [{}]}"#, []),
        (#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#, []), (#"{"batchItemFailures": "a"}"#, []),
    ])
    func messagesNotListedAsFailedAreHandled(answer: String, done: [String]) {
        #expect(event.handled(after: result(answer)).compactMap { $0["MessageId"]?.stringValue } == done)
    }

    @Test func aFailedInvocationHandlesNothing() {
        #expect(event.handled(after: result(#"{"batchItemFailures": []}"#, FunctionError("T", "m"))) == [])
    }

    private func result(_ answer: String, _ error: FunctionError? = nil) -> InvocationResult {
        InvocationResult(
            requestID: "r", payload: [UInt8](answer.utf8), contentType: nil, error: error, log: [], duration: .zero,
            initDuration: nil, maxMemory: 0
        )
    }
}
