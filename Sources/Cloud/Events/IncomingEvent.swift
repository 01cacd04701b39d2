public import Basics
public import JSON

/// What a function was invoked with: how it was delivered, and its messages without their envelopes.
///
/// Reading never fails, so that one bad record does not cost the others. A handler that must understand everything
/// throws ``fault`` and rejects messages that have one; a handler that shows whatever comes ignores them.
public struct IncomingEvent: Sendable {
    /// How the event was delivered, which decides what the function must answer after a failure.
    public enum Kind: Sendable, Hashable {
        /// SNS → Lambda: an error makes Lambda deliver the event again.
        case topic
        /// SQS → Lambda: a ``PartialBatchResponse`` names the messages to deliver again.
        case queue
        /// EventBridge, an alarm action, an FC trigger, a caller: after an error the service may try again.
        case direct
        /// An HTTP request: the status of the answer says whether to try again.
        case http
    }

    /// How it was delivered.
    public let kind: Kind
    /// In the event's order; none in an empty batch, and in an HTTP request without a body, such as a health probe.
    public let messages: [IncomingMessage]
    /// What an HTTP request carried, without the request around it: a direct caller's event with the same messages.
    ///
    /// Nil for other events, and for a request without a body.
    public let requestBody: JSONValue?
    /// Why the event as a whole is not what a platform documents: it is empty, not JSON, or has unknown `Records`.
    public let fault: EventError?

    /// Reads an invocation's event.
    /// - Parameters:
    ///   - bytes: SNS or SQS records, one message or a list of them, an HTTP request as a function URL, an API gateway
    ///     or FC writes it, or plain text.
    ///   - requestID: The invocation's id. The platform keeps it when it retries, so the ids of messages that have none
    ///     of their own are made from it.
    ///   - receivedAt: The time of messages that have none of their own.
    public init(parsing bytes: [UInt8], requestID: String, receivedAt: Timestamp) {
        var time = receivedAt
        var values: [JSONValue] = []
        var body: JSONValue?
        do throws(JSONError) {
            let event = try JSONValue(parsing: bytes)
            if let request = HTTPEvent(event) {
                (kind, fault) = (.http, nil)
                values = request.message.map(Self.messages(in:)) ?? []
                // In a list, an object with `Records` is a message too, and no batch of a queue.
                body = request.message.map { $0.objectValue == nil ? $0 : [$0] }
                time = request.time ?? receivedAt
            } else if let records = event["Records"] {
                (kind, fault) = Self.kind(ofRecords: records)
                values = records.arrayValue ?? [event]
            } else {
                (kind, fault) = (.direct, nil)
                values = Self.messages(in: event)
            }
        } catch {
            kind = .direct
            fault = EventError(.notJSON, bytes.isEmpty ? "the event is empty" : "the event is not JSON: \(error)")
            let text = String(decoding: bytes, as: UTF8.self)
            values = text.trimmed.isEmpty ? [] : [.string(text)]
        }
        let kind = kind
        requestBody = body
        messages = values.enumerated().map { index, value in
            var message = IncomingMessage(value: value, id: "\(requestID)#\(index)", time: time)
            message.unwrap(kind, at: "Records[\(index)]")
            return message
        }
    }

    /// A list of objects holds a message each (EventBridge Pipes, batches of CloudEvents); all else is one message.
    private static func messages(in event: JSONValue) -> [JSONValue] {
        guard case .array(let elements) = event, elements.allSatisfy({ $0.objectValue != nil }) else { return [event] }
        return elements
    }

    private static func kind(ofRecords value: JSONValue) -> (Kind, EventError?) {
        guard case .array(let records) = value else {
            return (.direct, EventError(.wrongType, at: "Records", "must be an array, not \(value.kindName)"))
        }
        if records.contains(where: { $0["Sns"] != nil }) { return (.topic, nil) }
        if records.isEmpty || records.contains(where: { $0["messageId"] != nil && $0["body"] != nil }) {
            return (.queue, nil)
        }
        let source = records[0]["eventSource"]?.stringValue.map { "from \($0)" } ?? "of an unknown source"
        let message = "records \(source); only aws:sns and aws:sqs are understood"
        return (.direct, EventError(.unknownEvent, at: "Records", message))
    }
}

/// A queue function's answer: the messages to deliver again; SQS deletes all others of the batch.
///
/// Needs `ReportBatchItemFailures` on the event source mapping
/// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
public struct PartialBatchResponse: Sendable {
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
