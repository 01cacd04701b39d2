import Basics
import JSON

extension Notification {
    /// The form in which a notification waits in a store; ``init(stored:)`` reads it.
    ///
    /// What is not there is left out.
    var stored: JSONValue {
        var object: JSONObject = [
            "title": .string(title), "severity": .string(severity.rawValue), "time": .integer(time.microseconds),
            "source": .string(source.rawValue), "dedupeKey": .string(dedupeKey),
        ]
        if !text.isEmpty { object["text"] = .string(text) }
        if let state {
            object["state"] = .object(["to": .string(state.to)])
            if let from = state.from { object["state"] = ["from": .string(from), "to": .string(state.to)] }
        }
        for (name, value) in [
            ("incidentKey", incidentKey), ("account", account), ("region", region), ("resource", resource),
        ] {
            if let value { object[name] = .string(value) }
        }
        if !fields.isEmpty {
            object["fields"] = .array(
                fields.map { [.string($0.name), .string($0.value), .bool($0.isShort)] })
        }
        if !links.isEmpty { object["links"] = .array(links.map { [.string($0.title), .string($0.url)] }) }
        if !tags.isEmpty {
            object["tags"] = .object(JSONObject(tags.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        }
        if let graph { object["graph"] = ["region": .string(graph.region), "widget": graph.widget] }
        if let slackPayload { object["slackPayload"] = .object(slackPayload) }
        if isTrusted { object["isTrusted"] = true }
        if !via.isEmpty { object["via"] = .array(via.map { .string($0) }) }
        if !message.isNull { object["message"] = message }
        if let event { object["event"] = [.string(event.source), .string(event.type)] }
        return .object(object)
    }

    /// Reads what ``stored`` has written; nil for anything else.
    init?(stored json: JSONValue) {
        guard let title = json["title"]?.stringValue, let time = json["time"]?.intValue,
            let severity = json["severity"]?.stringValue.flatMap(Severity.init(rawValue:)),
            let source = json["source"]?.stringValue, let dedupeKey = json["dedupeKey"]?.stringValue
        else { return nil }
        self.init(
            title: title, text: json["text"]?.stringValue ?? "", severity: severity,
            time: Timestamp(microseconds: time), source: Source(rawValue: source), dedupeKey: dedupeKey)
        if let to = json["state"]?["to"]?.stringValue {
            state = StateChange(from: json["state"]?["from"]?.stringValue, to: to)
        }
        incidentKey = json["incidentKey"]?.stringValue
        account = json["account"]?.stringValue
        region = json["region"]?.stringValue
        resource = json["resource"]?.stringValue
        fields = (json["fields"]?.arrayValue ?? []).compactMap { field in
            guard let name = field[0]?.stringValue, let value = field[1]?.stringValue else { return nil }
            return Field(name, value, isShort: field[2]?.boolValue)
        }
        links = (json["links"]?.arrayValue ?? []).compactMap { link in
            guard let title = link[0]?.stringValue, let url = link[1]?.stringValue else { return nil }
            return Link(title, url)
        }
        for (name, value) in json["tags"]?.objectValue ?? [:] { tags[name] = value.stringValue }
        if let region = json["graph"]?["region"]?.stringValue, let widget = json["graph"]?["widget"] {
            graph = MetricGraph(region: region, widget: widget)
        }
        slackPayload = json["slackPayload"]?.objectValue
        isTrusted = json["isTrusted"]?.boolValue ?? false
        via = (json["via"]?.arrayValue ?? []).compactMap(\.stringValue)
        message = json["message"] ?? .null
        if let source = json["event"]?[0]?.stringValue, let type = json["event"]?[1]?.stringValue {
            event = EventName(source: source, type: type)
        }
    }

    /// The same in at most about 16 KB and with the message as outputs may show it, to wait in a store.
    ///
    /// A message above 8 KB is left out: templates of webhooks show it as `null` then. Longer texts are cut.
    var withoutBulk: Notification {
        var notification = self
        notification.message = isBulky ? .null : shownMessage
        notification.title = title.cut(1_000)
        notification.text = text.cut(4_000)
        notification.fields = fields.prefix(50).map {
            Field($0.name.cut(200), $0.value.cut(1_000), isShort: $0.isShort)
        }
        if notification.storedSize > Self.largestStored { notification.message = .null }
        if notification.storedSize > Self.largestStored { (notification.slackPayload, notification.graph) = (nil, nil) }
        if notification.storedSize > Self.largestStored {
            notification.text = text.cut(1_000)
            notification.fields = Array(notification.fields.prefix(5))
            notification.links = links.filter { $0.url.utf8.count <= 1_000 }.prefix(3).map(\.self)
            notification.tags = Dictionary(
                uniqueKeysWithValues: tags.filter { $0.key.utf8.count + $0.value.utf8.count <= 300 }
                    .sorted { $0.key < $1.key }.prefix(20).map { ($0.key, $0.value) })
        }
        return notification
    }

    /// Whether a store keeps it without its message.
    var isBulky: Bool { message.description.utf8.count > Self.largestStoredMessage }

    /// What matchers look at, and no more.
    var forMatching: Notification {
        var notification = self
        (notification.text, notification.fields, notification.links) = ("", [], [])
        (notification.graph, notification.slackPayload) = (nil, nil)
        return notification
    }

    private var storedSize: Int { stored.description.utf8.count }
    private static let largestStoredMessage = 8 << 10
    private static let largestStored = 16 << 10
}
