import Events
import JSON

/// A CloudEvent, which Alibaba Cloud's EventBridge delivers; those of CloudMonitor become what they are without it.
///
/// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
enum CloudEvent {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, object["specversion"] != nil, let type = object.text("type")
        else { return nil }
        let source = object.text("source") ?? ""
        var inner = message
        inner.id = "\(source)|\(object.text("id") ?? message.id)"
        inner.time = object["time"]?.timestamp ?? message.time
        if source.hasPrefix("acs."),
            let event = CloudMonitorEvent(cloudEvent: object, type: type, source: source, inner)
        {
            return [event.notification(of: inner)]
        }
        let data = data(object)
        var notification = inner.notification(
            type + (object.text("subject").map { ": \($0)" } ?? ""), source: .cloudEvents,
            severity: data["severity"]?.text.flatMap(Severity.init(word:)) ?? message.severity(or: .info)
        )
        notification.account = object.text("aliyunaccountid") ?? notification.account
        notification.region = object.text("aliyunregionid") ?? notification.region
        notification.resource = object.text("subject") ?? source
        if case .string(let text) = data {
            notification.text = text.trimmed
        } else {
            notification.fields = JSONFields.fields(of: data)
        }
        notification.fields.add("Source", source)
        return [notification]
    }

    /// The payload, which may be text that holds JSON, or base64.
    static func data(_ object: JSONObject) -> JSONValue {
        if let encoded = object["data_base64"]?.stringValue, let bytes = Base64.decode(encoded) {
            return InputMessage.parse(String(decoding: bytes, as: UTF8.self))
        }
        let data = object["data"] ?? .null
        return data.stringValue.map(InputMessage.parse) ?? data
    }
}
