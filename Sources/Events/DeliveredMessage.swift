public import JSON

/// One message that a topic or a queue delivered to a function, without its wrapping.
public struct DeliveredMessage: Sendable, Hashable {
    /// The delivery's id: SQS's message id (what a `PartialBatchResponse` names) or SNS's.
    public let recordID: String
    /// The published message's id, equal for all deliveries of one message: SNS's where the message came through a
    /// topic, SQS's otherwise.
    public let messageID: String
    /// What the publisher sent.
    public let text: String

    /// Makes a message.
    public init(recordID: String, messageID: String, text: String) {
        self.recordID = recordID
        self.messageID = messageID
        self.text = text
    }

    /// Reads one record of an SNS → Lambda event
    /// (https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html).
    public init(topicRecord record: JSONValue, at path: String) throws(EventError) {
        let outer = try Fields(record, at: path)
        var notification = try Fields(try outer.value("Sns"), at: outer.path + ".Sns")
        let id = try notification.string("MessageId")
        notification.recordID = id
        self.init(recordID: id, messageID: id, text: try notification.string("Message"))
    }

    /// Reads one record of an SQS → Lambda event (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
    ///
    /// A body that is an SNS notification, which a subscription without raw message delivery makes
    /// (https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html), is unwrapped.
    public init(queueRecord record: JSONValue, at path: String) throws(EventError) {
        var fields = try Fields(record, at: path)
        let id = try fields.string("messageId")
        fields.recordID = id
        let body = try fields.string("body")
        if let envelope = try? JSONValue(parsing: body), envelope["Type"]?.stringValue == "Notification" {
            let notification = try Fields(envelope, at: path + ".body", recordID: id)
            self.init(
                recordID: id, messageID: try notification.string("MessageId"), text: try notification.string("Message")
            )
        } else {
            self.init(recordID: id, messageID: id, text: body)
        }
    }
}
