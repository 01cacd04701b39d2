import Basics
import JSON

/// An HTTP request as a platform hands it to a function in JSON.
///
/// FC 3.0 (`version` `v1`), Lambda function URLs and HTTP APIs (`2.0`), REST APIs and load balancers (`httpMethod`)
/// agree on the members used here.
struct HTTPEvent {
    /// The body's JSON, a form's fields as an object, or text; nil for a request without any, such as a health probe.
    let message: JSONValue?
    /// When it arrived.
    let time: Timestamp?

    /// Nil when the event is not an HTTP request.
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
            message = Self.message(ofForm: formFields(body))
        } else {
            message = Self.callback(in: formFields(body)) ?? .string(String(decoding: body, as: UTF8.self))
        }
    }

    /// CloudMonitor's callback: it may be a `GET`, and its form may come without the content type.
    private static func callback(in fields: [(name: String, value: String)]) -> JSONValue? {
        guard fields.contains(where: { $0.name == "alertName" || $0.name == "alertState" }) else { return nil }
        return message(ofForm: fields)
    }

    /// A form's fields; a form for Slack has its JSON in the only field `payload`.
    private static func message(ofForm fields: [(name: String, value: String)]) -> JSONValue {
        if fields.count == 1, fields[0].name == "payload" { return IncomingMessage.parse(fields[0].value) }
        return .object(JSONObject(fields.map { ($0.name, JSONValue.string($0.value)) }))
    }

    private static func isForm(_ event: JSONObject) -> Bool {
        [event["headers"], event["multiValueHeaders"]].contains { headers in
            headers?.objectValue?.contains { name, value in
                name.lowercased() == "content-type"
                    && value.elements.first?.text?.lowercased().containsBytes("x-www-form-urlencoded") == true
            } == true
        }
    }

    private static func query(_ event: JSONObject) -> [(name: String, value: String)] {
        if let query = event.text("rawQueryString") { return formFields(Array(query.utf8)) }
        let parameters = event["queryParameters"] ?? event["queryStringParameters"]
        return (parameters?.objectValue ?? [:]).map { ($0.key, $0.value.elements.first?.text ?? "") }
    }
}
