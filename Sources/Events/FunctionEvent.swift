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
