import Basics
public import JSON

/// What a function was invoked with, told apart by its shape.
public enum FunctionEvent: Sendable {
    /// An SNS → Lambda event: the messages, or why one cannot be read.
    case topic([Result<DeliveredMessage, EventError>])
    /// An SQS → Lambda event: the messages, or why one cannot be read.
    case queue([Result<DeliveredMessage, EventError>])
    /// Anything without `Records`: the caller's own JSON.
    case direct(JSONValue)

    /// Reads an invocation's event.
    ///
    /// A record that cannot be read does not spoil the others.
    /// - Throws: `EventError` when the bytes are not JSON, or `Records` is not what SNS or SQS sends.
    public init(parsing bytes: [UInt8]) throws(EventError) {
        let event: JSONValue
        do {
            event = try JSONValue(parsing: bytes)
        } catch {
            let message = bytes.isEmpty ? "the event is empty" : "the event is not JSON: \(error)"
            throw EventError(.notJSON, at: "", message)
        }
        guard let value = event["Records"] else {
            self = .direct(event)
            return
        }
        guard case .array(let records) = value else {
            throw EventError(.wrongType, at: "Records", "must be an array, not \(value.kindName)")
        }
        if records.isEmpty {
            self = .queue([])
        } else if records.contains(where: { $0["Sns"] != nil }) {
            self = .topic(Self.read(records, DeliveredMessage.init(topicRecord:at:)))
        } else if records.contains(where: { $0["messageId"] != nil && $0["body"] != nil }) {
            self = .queue(Self.read(records, DeliveredMessage.init(queueRecord:at:)))
        } else {
            let source = records[0]["eventSource"]?.stringValue.map { "from \($0)" } ?? "of an unknown source"
            throw EventError(.unknownEvent, at: "Records", "records \(source); only aws:sns and aws:sqs are understood")
        }
    }

    private static func read(
        _ records: [JSONValue], _ one: (JSONValue, String) throws(EventError) -> DeliveredMessage
    ) -> [Result<DeliveredMessage, EventError>] {
        records.enumerated().map { index, record in
            do throws(EventError) {
                return .success(try one(record, "Records[\(index)]"))
            } catch {
                return .failure(error)
            }
        }
    }
}

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

/// A queue function's answer: the messages to deliver again; SQS deletes all others of the batch.
///
/// Needs `ReportBatchItemFailures` on the event source mapping
/// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
public struct PartialBatchResponse: Sendable, Hashable {
    /// The SQS message ids of the messages that failed, each once.
    public let failedIDs: [String]

    /// Names the failed messages; repeated ids count once, in the order of their first appearance.
    public init(failedIDs: [String]) {
        var seen: Set<String> = []
        self.failedIDs = failedIDs.filter { seen.insert($0).inserted }
    }

    /// `{"batchItemFailures":[{"itemIdentifier":"…"}]}`.
    public var json: JSONValue {
        ["batchItemFailures": .array(failedIDs.map { ["itemIdentifier": .string($0)] })]
    }
}
