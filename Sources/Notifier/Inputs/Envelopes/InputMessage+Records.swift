import JSON

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
