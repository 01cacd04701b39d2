import Basics
import JSON

/// An alarm that was sent with buttons, and what people have done about it: one document for each alarm and output.
///
/// It is written when the message has arrived, so only alarms that were really sent can be acted upon; a press counts
/// only in the message that it names. The next message of the same alarm replaces it.
struct SentAlarm: Sendable, Hashable {
    /// Something that somebody has done.
    struct Deed: Sendable, Hashable {
        let user: SlackUser
        let time: Timestamp
        /// The request that asked for it.
        let request: String
        /// The end of a silence.
        var until: Timestamp?
        /// The silence's name.
        var silence: String?
        /// Whether it is known to be in force; what is not, the next press may take over after a while.
        var isConfirmed = false
    }

    /// How long one who has pressed a button may take until the deed is in force.
    private static let confirmationTimeout = Duration.seconds(15)
    /// So many requests are remembered, so that none is done twice.
    private static let maximumRequests = 64

    let output: String
    let incident: String
    let title: String
    let source: Source
    let graph: MetricGraph?
    /// The group that reminds of it; nil for none.
    let group: String?
    /// The message with the buttons, without what people have done.
    let message: MessageReference
    let time: Timestamp

    private(set) var acknowledged: Deed?
    private(set) var silenced: Deed?
    private var requests: [String] = []

    init(
        _ notification: Notification, incident: String, output: String, group: String? = nil,
        message: MessageReference, at time: Timestamp
    ) {
        self.group = group
        (self.output, self.incident, title) = (output, incident, notification.title)
        (source, graph, self.message, self.time) = (notification.source, notification.graph, message, time)
    }

    /// The document's name: it stands in the buttons, and tells nothing.
    var id: String { Self.id(incident, output: output) }

    static func id(_ incident: String, output: String) -> String {
        String(Digest.sha256Hex("\(output)|\(incident)").prefix(32))
    }
}

extension SentAlarm {
    /// What a press leads to.
    enum Answer: Sendable, Hashable {
        /// It has to be done now.
        case doIt
        /// Somebody was first.
        case alreadyDone(Deed)
        /// The same request has come before.
        case replay
        /// The button stands in another message: of an earlier alarm, or one that somebody else has made.
        case otherMessage
    }

    /// Takes a press.
    /// - Parameter silence: the name of the silence that a press of that button will make.
    mutating func take(_ press: ButtonPress, silence: String, at now: Timestamp) -> Answer {
        guard press.message == message.id, press.channel == message.channel else { return .otherMessage }
        guard !requests.contains(press.request) else { return .replay }
        requests = Array((requests + [press.request]).suffix(Self.maximumRequests))
        switch press.action {
        case .graph: return .doIt
        case .acknowledge:
            if let acknowledged, isStanding(acknowledged, at: now) { return .alreadyDone(acknowledged) }
            acknowledged = Deed(user: press.user, time: now, request: press.request)
        case .silence:
            if let silenced, isStanding(silenced, at: now) { return .alreadyDone(silenced) }
            silenced = Deed(silencing: press, silence, at: now)
        }
        return .doIt
    }

    /// Takes a press that found a silence which somebody has ended elsewhere.
    mutating func silenceAgain(
        _ press: ButtonPress, insteadOf ended: Deed, silence: String, at now: Timestamp
    ) -> Answer {
        if let silenced, silenced != ended { return .alreadyDone(silenced) }
        silenced = Deed(silencing: press, silence, at: now)
        return .doIt
    }

    private func isStanding(_ deed: Deed, at now: Timestamp) -> Bool {
        deed.isConfirmed ? deed.until.map { $0 > now } ?? true : deed.time + Self.confirmationTimeout > now
    }

    /// Notes whether what a press asked for is in force; what could not be done is forgotten.
    mutating func settle(_ press: ButtonPress, isDone: Bool) {
        if acknowledged?.request == press.request {
            if isDone { acknowledged?.isConfirmed = true } else { acknowledged = nil }
        }
        if silenced?.request == press.request {
            if isDone { silenced?.isConfirmed = true } else { silenced = nil }
        }
    }

    /// What a press has led to; nil for a graph.
    func deed(of press: ButtonPress) -> Deed? {
        [acknowledged, silenced].compactMap { $0 }.first { $0.request == press.request }
    }

    /// What is shown under the message, and whether it can be pressed.
    var buttons: AlarmButtons {
        var buttons = AlarmButtons(id: id, hasGraph: graph != nil)
        if let acknowledged, acknowledged.isConfirmed {
            buttons.actions.removeAll { $0 == .acknowledge }
            buttons.deeds.append((.acknowledge, acknowledged))
        }
        if let silenced, silenced.isConfirmed { buttons.deeds.append((.silence, silenced)) }
        return buttons
    }
}

extension SentAlarm {
    /// The stored form.
    var json: JSONValue {
        var object: JSONObject = [
            "output": .string(output), "incident": .string(incident), "title": .string(title),
            "source": .string(source.rawValue), "message": message.json, "time": .integer(time.microseconds),
            "requests": .array(requests.map { .string($0) }),
        ]
        if let graph { object["graph"] = ["region": .string(graph.region), "widget": graph.widget] }
        object["group"] = group.map { .string($0) }
        object["acknowledged"] = acknowledged?.json
        object["silenced"] = silenced?.json
        return .object(object)
    }

    /// Reads the stored form; nil for what is not one.
    init?(_ json: JSONValue) {
        guard let output = json["output"]?.stringValue, let incident = json["incident"]?.stringValue,
            let message = json["message"].flatMap({ MessageReference($0) }), let time = json["time"]?.intValue
        else { return nil }
        (self.output, self.incident, self.message) = (output, incident, message)
        self.time = Timestamp(microseconds: time)
        title = json["title"]?.stringValue ?? ""
        group = json["group"]?.stringValue
        source = Source(rawValue: json["source"]?.stringValue ?? "")
        graph = json["graph"].flatMap { graph in
            guard let region = graph["region"]?.stringValue, let widget = graph["widget"] else { return nil }
            return MetricGraph(region: region, widget: widget)
        }
        acknowledged = json["acknowledged"].flatMap { Deed($0) }
        silenced = json["silenced"].flatMap { Deed($0) }
        requests = (json["requests"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}

extension SentAlarm.Deed {
    fileprivate init(silencing press: ButtonPress, _ silence: String, at now: Timestamp) {
        self.init(
            user: press.user, time: now, request: press.request, until: now + AlarmAction.silenceTime,
            silence: silence)
    }

    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "user": .string(user.id), "name": .string(user.name), "time": .integer(time.microseconds),
            "request": .string(request), "confirmed": .bool(isConfirmed),
        ]
        object["until"] = until.map { .integer($0.microseconds) }
        object["silence"] = silence.map { .string($0) }
        return .object(object)
    }

    fileprivate init?(_ json: JSONValue) {
        guard let id = json["user"]?.stringValue, let time = json["time"]?.intValue else { return nil }
        self.init(
            user: SlackUser(id: id, name: json["name"]?.stringValue ?? id), time: Timestamp(microseconds: time),
            request: json["request"]?.stringValue ?? "",
            until: json["until"]?.intValue.map { Timestamp(microseconds: $0) }, silence: json["silence"]?.stringValue,
            isConfirmed: json["confirmed"]?.boolValue ?? true)
    }
}
