public import Basics
public import JSON

/// An event of Amazon EventBridge; also one of CodeStar notifications, which spells `detailType`.
///
/// https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
public struct EventBridgeEvent: Sendable {
    /// The service, such as `aws.ec2`; empty when an input transformer left it out.
    public let source: String
    /// The `detail-type`, such as `EC2 Instance State-change Notification`.
    public let type: String
    /// Equal for all deliveries of one event.
    public let id: String
    /// The account's 12 digits.
    public let account: String?
    /// The region's id.
    public let region: String?
    /// When it happened, or else was received.
    public let time: Timestamp
    /// ARNs, or ids, of what it is about.
    public let resources: [String]
    /// What the service tells; empty when it is no object.
    public let detail: JSONObject
    /// The message that held it.
    public let message: IncomingMessage

    /// Nil for a message of another kind.
    public init?(_ message: IncomingMessage) {
        guard let object = message.value.objectValue, let type = object.text("detail-type", "detailType"),
            object.text("source") != nil || object["detail"]?.objectValue != nil
        else { return nil }
        source = object.text("source") ?? ""
        self.type = type
        id = object.text("id") ?? message.id
        account = object.text("account")
        region = object.text("region")
        time = object["time"]?.timestamp ?? message.time
        resources = object["resources"]?.texts ?? []
        detail = object["detail"]?.objectValue ?? [:]
        self.message = message
    }
}
