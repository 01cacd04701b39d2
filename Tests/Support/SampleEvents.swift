import Basics
public import JSON

/// Events in the shapes AWS sends, every field included, around messages of a test's choice.
public enum SampleEvents {
    /// An SNS → Lambda event with one record a message; ids count from 0.
    public static func topic(_ messages: [String]) -> JSONValue {
        ["Records": .array(messages.enumerated().map { topicRecord(id: "sns-\($0)", $1) })]
    }

    /// An SQS → Lambda event with one record a body; ids count from 0.
    public static func queue(_ bodies: [String]) -> JSONValue {
        ["Records": .array(bodies.enumerated().map { queueRecord(id: "sqs-\($0)", $1) })]
    }

    /// One record of an SNS → Lambda event.
    public static func topicRecord(id: String, _ message: String) -> JSONValue {
        [
            "EventSource": "aws:sns", "EventVersion": "1.0",
            "EventSubscriptionArn": "arn:aws:sns:eu-central-1:123456789012:results:c9135db0-26c4",
            "Sns": [
                "Type": "Notification", "MessageId": .string(id),
                "TopicArn": "arn:aws:sns:eu-central-1:123456789012:results", "Subject": nil,
                "Message": .string(message), "Timestamp": "2026-11-21T03:42:00.123Z", "SignatureVersion": "1",
                "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j==",
                "SigningCertUrl": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-ac565b8b.pem",
                "UnsubscribeUrl": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
                "MessageAttributes": [:],
            ],
        ]
    }

    /// One record of an SQS → Lambda event.
    public static func queueRecord(id: String, _ body: String) -> JSONValue {
        [
            "messageId": .string(id), "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a==", "body": .string(body),
            "attributes": [
                "ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183", "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                "ApproximateFirstReceiveTimestamp": "1545082649185",
            ],
            "messageAttributes": [:], "md5OfBody": "098f6bcd4621d373cade4e832627b4f6", "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:results", "awsRegion": "eu-central-1",
        ]
    }

    /// The SNS notification that a subscribed queue finds as a message's body.
    public static func notification(id: String, _ message: String) -> String {
        let value: JSONValue = [
            "Type": "Notification", "MessageId": .string(id),
            "TopicArn": "arn:aws:sns:eu-central-1:123456789012:results", "Message": .string(message),
            "Timestamp": "2026-11-21T03:42:00.123Z", "SignatureVersion": "1",
            "Signature": "EXAMPLEpH+DcEwjAPg8O9mY8dReBSwksfg2S7WKQcikcNKWLQjwu6A4VbeS0Q==",
            "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-ac565b8b.pem",
            "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
        ]
        return value.description
    }
}
