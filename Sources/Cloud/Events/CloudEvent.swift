public import Basics
public import JSON

/// A CloudEvent, which Alibaba Cloud's EventBridge delivers to FC.
///
/// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
public struct CloudEvent: Sendable {
    /// Such as `ecs:Instance:StateChange`.
    public let type: String
    /// Such as `acs.ecs`; empty when it is missing.
    public let source: String
    /// Equal for all deliveries of one event: CloudEvents are identified by source and id together.
    public let id: String
    /// When it happened, or else was received.
    public let time: Timestamp
    /// What it is about.
    public let subject: String?
    /// Alibaba Cloud's account id.
    public let account: String?
    /// Alibaba Cloud's region id.
    public let region: String?
    /// The payload: JSON, also where it came as text or base64, otherwise a string; null when there is none.
    public let data: JSONValue

    /// Nil for a message of another kind.
    public init?(_ message: IncomingMessage) {
        guard let object = message.value.objectValue, object["specversion"] != nil, let type = object.text("type")
        else { return nil }
        self.type = type
        source = object.text("source") ?? ""
        id = "\(source)|\(object.text("id") ?? message.id)"
        time = object["time"]?.timestamp ?? message.time
        subject = object.text("subject")
        account = object.text("aliyunaccountid")
        region = object.text("aliyunregionid")
        if let encoded = object["data_base64"]?.stringValue, let bytes = Base64.decode(encoded) {
            data = IncomingMessage.parse(String(decoding: bytes, as: UTF8.self))
        } else {
            let data = object["data"] ?? .null
            self.data = data.stringValue.map(IncomingMessage.parse) ?? data
        }
    }
}
