import Basics
import JSON

/// What the notifier was invoked with: the way it came, and everything in it.
struct IncomingEvent: Sendable, Hashable {
    /// How the event was delivered, which decides what a failure to send must answer.
    enum Kind: Sendable, Hashable {
        /// SNS → Lambda: an error makes Lambda deliver the event again.
        case topic
        /// SQS → Lambda: the answer names the records to deliver again.
        case queue
        /// EventBridge, an alarm's action, an FC trigger, a caller: an error makes the service try again, if it does.
        case direct
        /// An HTTP request: the answer's status says whether to try again.
        case http
    }

    let kind: Kind
    /// In the event's order; empty for an empty batch and for an HTTP request that brings nothing, such as a probe.
    let records: [IncomingRecord]
}

/// One record of an event, read: a bad one never costs another.
struct IncomingRecord: Sendable, Hashable {
    /// SQS's message id, which a partial batch answer names; otherwise the record's place in the event, such as `0`.
    let id: String
    /// What it says, at least one notification: one message of Security Hub may tell of many findings.
    let notifications: [Notification]
}

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

/// An HTTP request as a platform hands it to a function in JSON.
///
/// FC 3.0 (`version` `v1`), Lambda function URLs and HTTP APIs (`2.0`), REST APIs and load balancers (`httpMethod`)
/// agree on the members used here.
struct HTTPEvent {
    /// What the request brings: the body's JSON, a form's fields, or text; nil for one that brings nothing, such as a
    /// probe.
    let message: JSONValue?
    /// When it arrived.
    let time: Timestamp?

    /// Nil when the event is none.
    init?(_ event: JSONValue) {
        guard let object = event.objectValue, let context = object["requestContext"]?.objectValue,
            object["rawPath"] != nil || object["httpMethod"] != nil || context["http"] != nil
        else { return nil }
        time = context["timeEpoch"]?.timestamp
        let text = object["body"]?.stringValue ?? ""
        let isEncoded = object["isBase64Encoded"]?.text == "true"
        let body = isEncoded ? Base64.decode(text) ?? Array(text.utf8) : Array(text.utf8)
        if body.allSatisfy({ $0 <= 0x20 }) {
            message = Self.callback(in: Self.query(object))
        } else if let value = try? JSONValue(parsing: body) {
            message = value
        } else if Self.isForm(object) {
            message = Self.form(formFields(body))
        } else {
            message = Self.callback(in: formFields(body)) ?? .string(String(decoding: body, as: UTF8.self))
        }
    }

    /// Fields that are CloudMonitor's: its callback may be a `GET`, and its body may lack the content type.
    private static func callback(in fields: [(name: String, value: String)]) -> JSONValue? {
        guard fields.contains(where: { $0.name == "alertName" || $0.name == "alertState" }) else { return nil }
        return form(fields)
    }

    /// A form's fields; Slack's own form carries its JSON in the field `payload`.
    private static func form(_ fields: [(name: String, value: String)]) -> JSONValue {
        if fields.count == 1, fields[0].name == "payload" { return InputMessage.parse(fields[0].value) }
        return .object(JSONObject(fields.map { ($0.name, JSONValue.string($0.value)) }))
    }

    private static func isForm(_ event: JSONObject) -> Bool {
        [event["headers"], event["multiValueHeaders"]].contains { headers in
            headers?.objectValue?.contains { name, value in
                name.lowercased() == "content-type"
                    && value.elements.first?.text?.lowercased().has("x-www-form-urlencoded") == true
            } == true
        }
    }

    private static func query(_ event: JSONObject) -> [(name: String, value: String)] {
        if let query = event.text("rawQueryString") { return formFields(query.utf8) }
        let parameters = event["queryParameters"] ?? event["queryStringParameters"]
        return (parameters?.objectValue ?? [:]).map { ($0.key, $0.value.elements.first?.text ?? "") }
    }
}
