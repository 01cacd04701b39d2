public import Basics
public import JSON

/// One message without its envelopes, and what the envelopes said about it.
public struct IncomingMessage: Sendable {
    /// What the publisher sent: a JSON object or list, otherwise the text as a string.
    ///
    /// A direct caller can also send any other JSON value.
    public var value: JSONValue
    /// Equal for all deliveries of one message: the id of the topic, or else of the queue, the timer or the invocation.
    public var id: String
    /// Whether the id stands in what the delivery carried, where whoever may send can write any.
    public private(set) var isIDOfSender = false
    /// When it was sent, or else received.
    public var time: Timestamp
    /// SQS's message id: what a ``PartialBatchResponse`` names.
    public var queueID: String?
    /// The subject that the publisher gave it.
    public var subject: String?
    /// The ARN of the SNS topic it came through.
    public var topicARN: String?
    /// Message attributes of SNS or SQS, without binary ones.
    public var attributes: [String: String] = [:]
    /// The name of the FC timer that sent it.
    public var timer: String?
    /// Why an envelope is not what its service documents, such as a record without a body.
    public var fault: EventError?

    /// A message without an envelope.
    public init(value: JSONValue, id: String, time: Timestamp) {
        self.value = value
        self.id = id
        self.time = time
    }

    /// Parses a message's text: only an object or a list is taken as JSON, all else stays text.
    public static func parse(_ text: String) -> JSONValue {
        switch text.utf8.first(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }) {
        case UInt8(ascii: "{"), UInt8(ascii: "["): (try? JSONValue(parsing: text)) ?? .string(text)
        default: .string(text)
        }
    }
}

extension IncomingMessage {
    /// Takes off the record of an event of that kind, then what is around the message inside of it.
    mutating func unwrap(_ kind: IncomingEvent.Kind, at path: String) {
        var path = path
        do throws(EventError) {
            switch kind {
            case .topic:
                let record = value
                if let notification = record["Sns"]?.objectValue { read(notification: notification) }
                let fields = try Fields(try Fields(record, at: path).value("Sns"), at: path + ".Sns")
                try Self.check(notification: fields)
            case .queue:
                let record = value
                readQueueRecord()
                let fields = try Fields(record, at: path)
                _ = (try fields.string("messageId"), try fields.string("body"))
                path += ".body"
            case .direct, .http: path = ""
            }
        } catch {
            fault = error
        }
        let delivery = (id: id, topicARN: topicARN)
        for open in Self.envelopes { open(&self, path) }
        // A publisher can write anything into a message, also a notification with the id and topic of another one.
        if kind == .topic { (id, topicARN) = delivery }
        isIDOfSender = id != delivery.id
    }

    /// Takes one kind of envelope off a message; leaves a message without it as it is.
    private typealias Envelope = @Sendable (inout IncomingMessage, _ path: String) -> Void

    /// What services put around a message, the outer first: SNS → SQS without raw delivery, an HTTP subscription of a
    /// topic, and FC's triggers.
    private static let envelopes: [Envelope] = [openNotification, openMNSMessage, openTimer]

    /// An SQS record (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
    private mutating func readQueueRecord() {
        let record = value
        queueID = record["messageId"]?.text
        guard let body = record["body"]?.stringValue else { return }
        id = queueID ?? id
        time = record["attributes"]?["SentTimestamp"]?.timestamp ?? time
        for (name, attribute) in record["messageAttributes"]?.objectValue ?? [:] {
            attributes[name] = attribute["stringValue"]?.text
        }
        value = Self.parse(body)
    }

    /// An SNS notification (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html).
    private mutating func read(notification: JSONObject) {
        id = notification.text("MessageId") ?? id
        time = notification["Timestamp"]?.timestamp ?? time
        subject = notification.text("Subject")
        topicARN = notification.text("TopicArn")
        for (name, attribute) in notification["MessageAttributes"]?.objectValue ?? [:]
        where attribute["Type"]?.stringValue != "Binary" {
            attributes[name] = attribute["Value"]?.text
        }
        if let message = notification["Message"] { value = message.stringValue.map(Self.parse) ?? message }
    }

    private static func check(notification: Fields) throws(EventError) {
        _ = (try notification.string("MessageId"), try notification.string("Message"))
    }

    @Sendable private static func openNotification(_ message: inout IncomingMessage, _ path: String) {
        guard let object = message.value.objectValue, object["Type"]?.stringValue == "Notification",
            object["MessageId"] != nil || object["TopicArn"] != nil
        else { return }
        message.read(notification: object)
        do throws(EventError) {
            try check(notification: Fields(.object(object), at: path))
        } catch {
            message.fault = message.fault ?? error
        }
    }

    /// Alibaba Cloud's MNS topic, which FC's trigger delivers as it is.
    @Sendable private static func openMNSMessage(_ message: inout IncomingMessage, _ path: String) {
        guard let object = message.value.objectValue, object["TopicOwner"] != nil,
            let text = object["Message"]?.stringValue, let id = object["MessageId"]?.text
        else { return }
        message.id = id
        message.time = object["PublishTime"]?.timestamp ?? message.time
        message.value = parse(text)
    }

    /// FC's timer, whose payload is the message
    /// (https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/time-triggers).
    @Sendable private static func openTimer(_ message: inout IncomingMessage, _ path: String) {
        guard let object = message.value.objectValue, let time = object["triggerTime"]?.timestamp,
            let name = object.text("triggerName")
        else { return }
        message.id = "timer|\(name)|\(time.microseconds)"
        message.time = time
        message.timer = name
        if let payload = object["payload"]?.stringValue?.nonBlank { message.value = parse(payload) }
    }
}
