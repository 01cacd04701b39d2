public import Basics
public import JSON

/// What every input is converted to and every output shows; all texts are plain, without markup or escapes.
public struct Notification: Sendable, Hashable {
    /// One line, such as `ALARM: "cpu-high" in Europe (Frankfurt)`; never empty.
    public var title: String
    /// The reason or details; may have several lines, may be empty.
    public var text: String
    /// Sets colours and urgency; rules match on it.
    public var severity: Severity
    /// The change of state, for messages that report one.
    public var state: StateChange?
    /// Further facts, most important first; nothing that title, text, account, region or time say already.
    public var fields: [Field]
    /// Pages with more information, most important first.
    public var links: [Link]
    /// When it happened; when the message was sent if that is unknown.
    public var time: Timestamp
    /// The kind of message; rules match on it.
    public var source: Source
    /// Equal for two deliveries of the same message, different for any two other messages.
    ///
    /// It is the delivery's id, or an id of the sender together with the content; never a sender's id alone.
    public var dedupeKey: String
    /// Equal for all messages about one incident, such as an `ALARM` and the `OK` that ends it.
    public var incidentKey: String?
    /// The id of the cloud account.
    public var account: String?
    /// The id of the region, such as `eu-central-1`.
    public var region: String?
    /// The affected resource: an ARN, or the service's own id or name.
    public var resource: String?
    /// Message attributes, and the resource's tags where the message contains them; rules match on them.
    public var tags: [String: String]
    /// How to draw the alarm's metric.
    public var graph: MetricGraph?
    /// The publisher's own Slack message (`text`, `attachments`, `blocks`), which replaces ours in Slack if it is
    /// trusted.
    public var slackPayload: JSONObject?
    /// Whether the sender may format, link and call people in Slack; set by a route or by `NOTIFY_TRUSTED`.
    ///
    /// Any other text is escaped, because it may come from outside.
    public var isTrusted = false
    /// The received message, a string when it is not JSON; `shownMessage` is what outputs may show of it.
    public var message: JSONValue
    /// What EventBridge calls the event; rules match on it.
    public var event: EventName?
    /// The topics and buses that it has come through, by their ARNs: no output sends it there again.
    public var via: [String] = []

    /// All texts must be plain: outputs escape them.
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

/// The names by which EventBridge's rules choose an event.
public struct EventName: Sendable, Hashable {
    /// Such as `aws.glue`.
    public let source: String
    /// The `detail-type`, such as `Glue Job State Change`.
    public let type: String
}

/// How urgent a notification is.
public enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
    /// A problem is solved.
    case ok
    /// Nothing to do.
    case info
    /// Somebody should look at it during working hours.
    case warning
    /// Somebody should look at it now.
    case critical

    /// From `.ok` to `.critical`, in the order of declaration.
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

/// A change of state, with the service's own names of states (`OK`, `ALARM`, `stopped` …).
public struct StateChange: Sendable, Hashable {
    /// The previous state; `nil` when the service does not report it.
    public var from: String?
    /// The new state.
    public var to: String

    /// A change to a state.
    public init(from: String? = nil, to: String) {
        self.from = from
        self.to = to
    }
}

/// The kind of message that a notification was made from.
public struct Source: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The name in rules, such as `cloudwatch-alarm`.
    public let rawValue: String

    /// A source by its name in rules.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The name in rules.
    public var description: String { rawValue }
}

/// One named value of a notification.
public struct Field: Sendable, Hashable {
    /// A label, such as `Region`.
    public var name: String
    /// Plain text; may have several lines, is never empty.
    public var value: String
    /// Whether outputs may show two such fields side by side.
    public var isShort: Bool

    /// - Parameter isShort: by default, true for one line of at most 40 bytes.
    public init(_ name: String, _ value: String, isShort: Bool? = nil) {
        self.name = name
        self.value = value
        self.isShort = isShort ?? (value.utf8.count <= 40 && !value.utf8.contains(UInt8(ascii: "\n")))
    }
}

/// A page with more information about a notification.
public struct Link: Sendable, Hashable {
    /// The label of a button, such as `Alarm`; plain text.
    public var title: String
    /// Absolute and percent-encoded; `https`, or `http` in a publisher's own message.
    public var url: String

    /// A link with its label.
    public init(_ title: String, _ url: String) {
        self.title = title
        self.url = url
    }
}

/// What CloudWatch's `GetMetricWidgetImage` needs to draw the metric of an alarm.
public struct MetricGraph: Sendable, Hashable {
    /// The metric's region.
    public var region: String
    /// The operation's `MetricWidget`, a JSON object
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html).
    public var widget: JSONValue

    /// A graph of a metric in a region.
    public init(region: String, widget: JSONValue) {
        self.region = region
        self.widget = widget
    }
}
