public import JSON

/// What every input becomes and every output shows: plain text throughout, without any service's markup or escapes.
public struct Notification: Sendable, Hashable {
    /// One line that says what happened, such as `ALARM: "cpu-high" in Europe (Frankfurt)`; never empty.
    public var title: String
    /// Why, in words: plain text, maybe of several lines, maybe empty.
    public var text: String
    /// How much it matters.
    public var severity: Severity
    /// What changed, where the message is about a state.
    public var state: StateChange?
    /// The facts, most important first; none that title, text, account, region or time tell already.
    public var fields: [Field]
    /// Pages that tell more, most important first.
    public var links: [Link]
    /// When it happened, or else when the message was sent.
    public var time: Timestamp
    /// The kind of message.
    public var source: Source
    /// Equal for two deliveries of the same thing, and for nothing else.
    public var dedupeKey: String
    /// Equal for all messages about one incident, such as an `ALARM` and the `OK` that ends it.
    public var incidentKey: String?
    /// The id of the cloud account it happened in.
    public var account: String?
    /// The id of the region, such as `eu-central-1`.
    public var region: String?
    /// What it is about: an ARN, or the id or name by which the service calls it.
    public var resource: String?
    /// Names and values to route by: message attributes, and the tags of the resource where the message has them.
    public var tags: [String: String]
    /// The metric's picture that can be had.
    public var graph: MetricGraph?
    /// The Slack message (`text`, `attachments`, `blocks`) that the publisher wrote itself, if it did.
    public var slackPayload: JSONObject?
    /// The message as it came, a string when it is not JSON: for outputs that show it whole (the originals' formats,
    /// templates).
    public var message: JSONValue

    /// Makes a notification.
    public init(
        title: String, text: String = "", severity: Severity = .info, state: StateChange? = nil, fields: [Field] = [],
        links: [Link] = [], time: Timestamp, source: Source, dedupeKey: String, incidentKey: String? = nil,
        account: String? = nil, region: String? = nil, resource: String? = nil, tags: [String: String] = [:],
        graph: MetricGraph? = nil, slackPayload: JSONObject? = nil, message: JSONValue = .null
    ) {
        self.title = title
        self.text = text
        self.severity = severity
        self.state = state
        self.fields = fields
        self.links = links
        self.time = time
        self.source = source
        self.dedupeKey = dedupeKey
        self.incidentKey = incidentKey
        self.account = account
        self.region = region
        self.resource = resource
        self.tags = tags
        self.graph = graph
        self.slackPayload = slackPayload
        self.message = message
    }
}
