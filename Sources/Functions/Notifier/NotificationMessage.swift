import Basics
import Events
import JSON

// A notification as JSON: what `sns` and `eventbridge` publish, and what a notifier reads that they call.

extension Notification {
    /// The value of the member `type`.
    static let messageType = "tocsin.notification"

    /// The message: `{"type":"tocsin.notification","title":…,"severity":…,"fields":[…],"via":[…],"message":…}`.
    ///
    /// Less than 256 KB, which topics and buses take: long texts are cut, and a received message that is too long is
    /// left out.
    /// - Parameter place: the topic or bus, which joins those that it has come through.
    func chained(to place: String) -> JSONObject {
        let rules = TextRules(Escaping(), .jsonBytes)
        var short = self
        short.title = rules.fit(title, 2_000)
        short.text = rules.fit(text, 60_000)
        short.fields = fittingFields(count: 200, room: 40_000) { field in
            let (name, value) = (rules.fit(field.name, 200), rules.fit(field.value, 4_000))
            return (Field(name, value, isShort: field.isShort), length: name.utf8.count + rules.unit.count(value) + 30)
        }
        var room = 20_000
        short.links = links.filter { link in
            room -= rules.length(link.url) + rules.length(link.title) + 30
            return room >= 0
        }
        (short.incidentKey, short.dedupeKey) = (incidentKey.map(Self.bounded), Self.bounded(dedupeKey))
        short.resource = resource.map { rules.fit($0, 2_000) }
        short.tags = tags.count <= 50 ? tags.mapValues { rules.fit($0, 256) } : [:]
        var message = JSONObject([("type", .string(Self.messageType))]).merging(short.json)
        message["event"] = event.map { ["source": .string($0.source), "type": .string($0.type)] }
        message["via"] = .array((via + [place]).map { .string($0) })
        let original = shownMessage
        if original.serialized().count <= 80_000 { message["message"] = original }
        return message
    }

    /// The same for the same key: whoever sends can make keys of any length.
    private static func bounded(_ key: String) -> String { key.utf8.count <= 1_024 ? key : Digest.sha256Hex(key) }
}

extension InputFormat {
    /// What another notifier has published, straight from a topic or as the detail of an event.
    static let chainedNotification = InputFormat(
        "notification of another notifier", read: ChainedNotification.read)
}

private enum ChainedNotification {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue else { return nil }
        if object["type"]?.stringValue == Notification.messageType { return [try notification(object, of: message)] }
        guard let detail = object["detail"]?.objectValue, detail["type"]?.stringValue == Notification.messageType else {
            return nil
        }
        return [try notification(detail, of: message)]
    }

    private static func notification(
        _ object: JSONObject, of message: IncomingMessage
    ) throws(EventError) -> Notification {
        guard let title = object["title"]?.stringValue?.nonBlank else {
            throw EventError(.missingField, at: "title", "is missing")
        }
        guard let severity = object["severity"]?.stringValue.flatMap(Severity.init(rawValue:)) else {
            throw EventError(.badValue, at: "severity", "is none of ok, info, warning and critical")
        }
        let name = object["source"]?.stringValue
        var notification = message.notification(
            title, source: Source.all.first { $0.rawValue == name } ?? .json, severity: severity)
        notification.text = object["text"]?.stringValue ?? ""
        notification.state = object["state"]?.stringValue.map {
            StateChange(from: object["previous_state"]?.stringValue, to: $0)
        }
        notification.time = object["time"]?.timestamp ?? notification.time
        notification.fields = (object["fields"]?.arrayValue ?? []).compactMap { field in
            guard let name = field["name"]?.stringValue, let value = field["value"]?.stringValue else { return nil }
            return value.isEmpty ? nil : Field(name, value)
        }
        for link in object["links"]?.arrayValue ?? [] {
            notification.links.add(link["title"]?.stringValue ?? "Link", link["url"]?.stringValue)
        }
        for (tag, value) in object["tags"]?.objectValue ?? [:] { notification.tags[tag] = value.stringValue }
        notification.account = object["account"]?.stringValue ?? notification.account
        notification.region = object["region"]?.stringValue ?? notification.region
        notification.resource = object["resource"]?.stringValue
        notification.incidentKey = object["incident_key"]?.stringValue
        notification.dedupeKey = message.dedupeKey(
            object["dedupe_key"]?.stringValue ?? message.id, content: JSONValue.object(object).description)
        notification.message = object["message"] ?? notification.message
        if let source = object["event"]?["source"]?.stringValue, let type = object["event"]?["type"]?.stringValue {
            notification.event = EventName(source: source, type: type)
        }
        notification.via = object["via"]?.texts ?? []
        return notification
    }
}
