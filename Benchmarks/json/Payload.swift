import Basics
import JSON

/// The texts to decode; the same ones in every run.
enum Payload {
    /// An SQS event whose bodies are SNS envelopes whose messages are results, each as a string in the one around it.
    static func event(records: Int) -> [UInt8] {
        let records = (0..<records).map { number -> JSONValue in
            let envelope: JSONValue = [
                "Type": "Notification", "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
                "TopicArn": "arn:aws:sns:eu-west-1:123456789012:sla-monitor-result-published-prod",
                "Message": .string(result(number).description), "Timestamp": "2026-11-21T03:42:00.123Z",
                "SignatureVersion": "1", "Signature": .string(String(repeating: "EXAMPLEpH+", count: 34)),
                "SigningCertURL": "https://sns.eu-west-1.example.com/SimpleNotificationService-0000.pem",
                "UnsubscribeURL": "https://sns.eu-west-1.example.com/?Action=Unsubscribe&SubscriptionArn=arn",
                "MessageAttributes": ["service": ["Type": "String", "Value": "checkout"]],
            ]
            return [
                "messageId": .string("059f36b4-87a3-44ab-83d2-66197566\(number)"),
                "receiptHandle": .string(String(repeating: "AQEBwJnKyr", count: 20)),
                "body": .string(envelope.description),
                "attributes": [
                    "ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183",
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": "1545082649185",
                ],
                "messageAttributes": [:], "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:results",
            ]
        }
        return (["Records": .array(records)] as JSONValue).serialized()
    }

    static func results(count: Int) -> [UInt8] { JSONValue.array((0..<count).map(result)).serialized() }

    static func series(count: Int) -> [UInt8] {
        var random = Random()
        return JSONValue.array(
            (0..<count).map { number in
                [
                    "label": "series \(JSONValue(number))",
                    "timestamps": .array((0..<50).map { JSONValue(1_795_000_000 + 60 * $0) }),
                    "values": .array((0..<100).map { _ in .double(random.nextDouble()) }),
                ]
            }
        ).serialized()
    }

    static func points(count: Int) -> [UInt8] {
        var random = Random()
        return JSONValue.array(
            (0..<count).map { number in
                [
                    "id": JSONValue(number), "x": .double(random.nextDouble()), "y": .double(random.nextDouble()),
                    "count": JSONValue(random.next() % 1_000_000), "share": 0.125,
                ]
            }
        ).serialized()
    }

    private static func result(_ number: Int) -> JSONValue {
        [
            "service": .string("checkout-\(number % 40)"), "group": ["payments", "web"],
            "timestamp": JSONValue(1_795_000_000 + number), "succeeded": .bool(number % 7 != 0),
            "testExecutionSecs": JSONValue(number % 300), "duration": .double(Double(number % 1_000) / 8),
            "detail": "GET https://shop.example.com/api/v1/cart → 200 in 0.2 s, \"ok\"",
            "location": nil,
        ]
    }
}

/// Numbers that are the same in every run (SplitMix64).
struct Random: RandomNumberGenerator {
    private var state: UInt64 = 42

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number with 16 or 17 digits.
    mutating func nextDouble() -> Double { Double.random(in: -1_000...1_000, using: &self) }
}
