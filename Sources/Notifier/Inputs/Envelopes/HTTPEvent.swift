import JSON

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
