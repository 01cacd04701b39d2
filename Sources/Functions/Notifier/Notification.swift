public import Basics
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

/// How much a notification matters; `.critical` is the greatest.
public enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
    /// What was wrong is right again.
    case ok
    /// Good to know.
    case info
    /// Somebody should look at it in working hours.
    case warning
    /// Somebody should look at it now.
    case critical

    /// `.ok` < `.info` < `.warning` < `.critical`.
    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .ok: 0
        case .info: 1
        case .warning: 2
        case .critical: 3
        }
    }
}

/// A change from one state to another, in the words of the service that reports it (`OK`, `ALARM`, `stopped` …).
public struct StateChange: Sendable, Hashable {
    /// The state before; `nil` when the service does not say.
    public var from: String?
    /// The state now.
    public var to: String

    /// Makes a change.
    public init(from: String? = nil, to: String) {
        self.from = from
        self.to = to
    }
}

/// Which kind of message a notification was made from: what rules match on.
public struct Source: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The name, such as `cloudwatch-alarm`.
    public let rawValue: String

    /// Names a source.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The name.
    public var description: String { rawValue }
}

/// One named fact of a notification.
public struct Field: Sendable, Hashable {
    /// What the value is, such as `Region`.
    public var name: String
    /// Plain text; may have several lines, is never empty.
    public var value: String
    /// Whether two such fields fit next to each other.
    public var isShort: Bool

    /// Makes a field; one without line breaks is short up to 40 characters, unless told otherwise.
    public init(_ name: String, _ value: String, isShort: Bool? = nil) {
        self.name = name
        self.value = value
        self.isShort = isShort ?? (value.utf8.count <= 40 && !value.utf8.contains(UInt8(ascii: "\n")))
    }
}

/// A page that tells more about a notification.
public struct Link: Sendable, Hashable {
    /// What a button says, such as `Alarm`; plain text.
    public var title: String
    /// An absolute `https` (or, from somebody's own message, `http`) address, percent-encoded.
    public var url: String

    /// Makes a link.
    public init(_ title: String, _ url: String) {
        self.title = title
        self.url = url
    }
}

/// What CloudWatch's `GetMetricWidgetImage` needs to draw the metric of an alarm.
public struct MetricGraph: Sendable, Hashable {
    /// The region to ask.
    public var region: String
    /// The operation's `MetricWidget`, an object
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html).
    public var widget: JSONValue

    /// Makes a graph.
    public init(region: String, widget: JSONValue) {
        self.region = region
        self.widget = widget
    }
}
