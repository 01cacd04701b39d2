import JSON

extension IncomingEvent {
    /// Reads whatever a platform invokes a function with; whatever that is, something readable comes out.
    ///
    /// - Parameters:
    ///   - bytes: The event of Lambda or FC: SNS, SQS or other records, a list of messages, one message, an HTTP
    ///     request as a function URL, an API gateway or FC writes it, or plain text.
    ///   - requestID: The invocation's id, which stays the same when the platform tries again: it tells two deliveries
    ///     of a message without an id of its own from two messages.
    ///   - receivedAt: The time of a message that tells none.
    init(parsing bytes: [UInt8], requestID: String, receivedAt: Timestamp) {
        var standard = InputMessage(value: .null, id: requestID, time: receivedAt)
        let values: [JSONValue]
        if let event = try? JSONValue(parsing: bytes) {
            if let request = HTTPEvent(event) {
                kind = .http
                values = request.message.map(Self.messages(in:)) ?? []
                standard.time = request.time ?? receivedAt
            } else {
                values = event["Records"]?.arrayValue ?? Self.messages(in: event)
                kind = Self.kind(of: values)
            }
        } else {
            kind = .direct
            let text = String(decoding: bytes, as: UTF8.self)
            values = text.trimmed.isEmpty ? [] : [.string(text)]
        }
        records = values.enumerated().map { Self.record($0.element, $0.offset, standard) }
    }

    /// A list of objects holds a message each (EventBridge Pipes, batches of CloudEvents); all else is one message.
    private static func messages(in event: JSONValue) -> [JSONValue] {
        guard case .array(let elements) = event, elements.allSatisfy({ $0.objectValue != nil }) else { return [event] }
        return elements
    }

    private static func kind(of records: [JSONValue]) -> Kind {
        if records.contains(where: { $0["messageId"] != nil && $0["body"] != nil }) { return .queue }
        return records.contains { $0["Sns"] != nil } ? .topic : .direct
    }

    private static func record(_ value: JSONValue, _ index: Int, _ standard: InputMessage) -> IncomingRecord {
        var standard = standard
        standard.id += "#\(index)"
        let message = InputMessage(record: value, standard: standard)
        return IncomingRecord(id: value["messageId"]?.text ?? "\(index)", notifications: message.notifications)
    }
}
