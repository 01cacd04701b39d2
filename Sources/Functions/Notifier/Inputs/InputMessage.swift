import Basics
import JSON

/// One message without its wrapping, and what the wrapping said about it.
struct InputMessage: Sendable {
    /// The parsed message; a string when it is not JSON.
    var value: JSONValue
    /// The subject that the publisher gave it.
    var subject: String?
    /// Message attributes, which become tags.
    var attributes: [String: String] = [:]
    /// The SNS topic it came through.
    var topicARN: String?
    /// Equal for two deliveries of the same message.
    var id: String
    /// When it was sent, or else received.
    var time: Timestamp

    /// Parses a message's text: an object or a list of JSON; anything else is taken as plain text.
    static func parse(_ text: String) -> JSONValue {
        switch text.utf8.first(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }) {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if let value = try? JSONValue(parsing: text) { return value }
            return .string(text)
        default: return .string(text)
        }
    }

    /// The start of every notification made of this message.
    func notification(_ title: String, source: Source, severity: Severity = .info) -> Notification {
        Notification(
            title: title, severity: severity, time: time, source: source, dedupeKey: id,
            account: ARN(topicARN)?.account, region: ARN(topicARN)?.region, tags: attributes, message: value
        )
    }

    /// The topic's name.
    var topicName: String? { ARN(topicARN)?.resource ?? topicARN }

    /// The severity that the publisher gave with an attribute or tag `severity`, or else the default.
    func severity(or standard: Severity) -> Severity { Severity(tags: attributes) ?? standard }
}

extension Severity {
    /// What a tag named `severity` or `priority` says, in the words that people use.
    init?(tags: [String: String]) {
        for (name, value) in tags where ["severity", "priority"].contains(name.lowercased()) {
            if let severity = Severity(word: value) {
                self = severity
                return
            }
        }
        return nil
    }

    /// What one of the usual words means, such as `critical`, `high`, `P1` or `WARN`.
    init?(word: String) {
        switch word.trimmed.lowercased() {
        case "critical", "crit", "fatal", "emergency", "alert", "error", "high", "page", "p0", "p1", "sev0", "sev1",
            "1":
            self = .critical
        case "warning", "warn", "medium", "moderate", "minor", "ticket", "p2", "p3", "sev2", "sev3", "2", "3":
            self = .warning
        case "info", "information", "informational", "notice", "low", "debug", "p4", "p5", "sev4", "sev5", "4", "5":
            self = .info
        case "ok", "good", "resolved", "none": self = .ok
        default: return nil
        }
    }
}

extension InputMessage {
    /// One record of a Lambda event, or the event itself; `standard` is the id and time of what brings none.
    init(record: JSONValue, standard: InputMessage) {
        if let notification = record["Sns"]?.objectValue, notification["Message"] != nil {
            self.init(notification: notification, standard: standard)
        } else if let body = record["body"]?.stringValue, let id = record["messageId"]?.text {
            self.init(queued: body, id: id, record: record, standard: standard)
        } else {
            self = standard
            value = record
            unwrap()
        }
    }

    /// Takes off what a topic put around the message, where it did so: SNS without raw delivery, or Alibaba's MNS.
    mutating func unwrap() {
        guard let object = value.objectValue else { return }
        if object["Type"]?.stringValue == "Notification", object["Message"] != nil, object["TopicArn"] != nil {
            self = InputMessage(notification: object, standard: self)
        } else if object["TopicOwner"] != nil, let message = object["Message"]?.stringValue,
            let id = object["MessageId"]?.text
        {
            self.id = id
            time = object["PublishTime"]?.timestamp ?? time
            value = Self.parse(message)
        }
    }

    /// An SNS notification.
    ///
    /// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
    private init(notification: JSONObject, standard: InputMessage) {
        let message = notification["Message"] ?? .null
        self = standard
        id = notification.text("MessageId") ?? standard.id
        time = notification["Timestamp"]?.timestamp ?? standard.time
        subject = notification.text("Subject")
        topicARN = notification.text("TopicArn")
        value = message.stringValue.map(Self.parse) ?? message
        for (name, attribute) in notification["MessageAttributes"]?.objectValue ?? [:]
        where attribute["Type"]?.stringValue != "Binary" {
            attributes[name] = attribute["Value"]?.text
        }
    }

    /// An SQS message.
    ///
    /// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    private init(queued body: String, id: String, record: JSONValue, standard: InputMessage) {
        self = standard
        self.id = id
        time = record["attributes"]?["SentTimestamp"]?.timestamp ?? standard.time
        value = Self.parse(body)
        for (name, attribute) in record["messageAttributes"]?.objectValue ?? [:] {
            attributes[name] = attribute["stringValue"]?.text
        }
        unwrap()
    }
}
