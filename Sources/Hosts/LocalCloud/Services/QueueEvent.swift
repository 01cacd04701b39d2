import JSON

/// The event that Lambda makes of a batch of SQS messages, and what its answer means for them
/// (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and `services-sqs-errorhandling.html`).
struct QueueEvent: Sendable {
    /// The messages, as `ReceiveMessage` gives them.
    let messages: [JSONValue]
    let queueARN: String

    /// The event.
    var json: JSONValue {
        let region = queueARN.split(separator: ":").dropFirst(3).first.map(String.init) ?? ""
        let records = messages.map { message -> JSONValue in
            [
                "messageId": message["MessageId"] ?? .null,
                "receiptHandle": message["ReceiptHandle"] ?? .null,
                "body": message["Body"] ?? "",
                "attributes": message["Attributes"] ?? [:],
                "messageAttributes": Self.attributes(message["MessageAttributes"]?.objectValue ?? [:]),
                "md5OfBody": message["MD5OfBody"] ?? .null,
                "eventSource": "aws:sqs",
                "eventSourceARN": .string(queueARN),
                "awsRegion": .string(region),
            ]
        }
        return ["Records": .array(records)]
    }

    /// The messages that have been dealt with: those that the answer does not name as failed.
    ///
    /// As on Lambda the whole batch has failed when the invocation did, or when the answer names a message that is not
    /// in it or names none by a proper identifier; an answer without `batchItemFailures` is a success.
    func done(after result: InvocationResult) -> [JSONValue] {
        guard result.error == nil else { return [] }
        guard let answer = try? JSONValue(parsing: result.payload), let failures = answer["batchItemFailures"],
            !failures.isNull
        else { return messages }
        guard let entries = failures.arrayValue else { return [] }
        let failed = Set(entries.map { $0["itemIdentifier"]?.stringValue ?? "" })
        guard failed.isSubset(of: messages.map(Self.id)) else { return [] }
        return messages.filter { !failed.contains(Self.id($0)) }
    }

    private static func id(_ message: JSONValue) -> String { message["MessageId"]?.stringValue ?? "" }

    /// Message attributes with the names that the event has for their members.
    private static func attributes(_ attributes: JSONObject) -> JSONValue {
        var renamed = JSONObject()
        for (name, value) in attributes {
            var attribute: JSONObject = ["stringListValues": [], "binaryListValues": []]
            attribute["dataType"] = value["DataType"]
            attribute["stringValue"] = value["StringValue"]
            attribute["binaryValue"] = value["BinaryValue"]
            renamed[name] = .object(attribute)
        }
        return .object(renamed)
    }
}
