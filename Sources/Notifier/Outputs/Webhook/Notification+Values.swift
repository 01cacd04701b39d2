import JSON

extension Notification {
    /// What a template can name, beside `field:NAME` and `tag:NAME`.
    static let valueNames = [
        "title", "text", "severity", "state", "previous_state", "time", "source", "account", "region", "resource",
        "dedupe_key", "incident_key", "link", "mentions", "fields", "links", "tags", "message", "notification",
    ]

    /// A value by its name; `nil` when the notification has none.
    func value(named name: String, mentions: [Mention]) -> JSONValue? {
        switch name {
        case "title": .string(title)
        case "text": .string(text)
        case "severity": .string(severity.rawValue)
        case "state": state.map { .string($0.to) }
        case "previous_state": state?.from.map { .string($0) }
        case "time": .string(time.iso8601)
        case "source": .string(source.rawValue)
        case "account": account.map { .string($0) }
        case "region": region.map { .string($0) }
        case "resource": resource.map { .string($0) }
        case "dedupe_key": .string(dedupeKey)
        case "incident_key": incidentKey.map { .string($0) }
        case "link": links.first.map { .string($0.url) }
        case "mentions": .string(mentions.map(\.text).joined(separator: " "))
        case "fields": .array(fields.map { ["name": .string($0.name), "value": .string($0.value)] })
        case "links": .array(links.map { ["title": .string($0.title), "url": .string($0.url)] })
        case "tags": .object(JSONObject(tags.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        case "message": message
        case "notification": .object(json)
        default: valueOfFieldOrTag(name)
        }
    }

    private func valueOfFieldOrTag(_ name: String) -> JSONValue? {
        let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        let value = parts[0] == "tag" ? tags[parts[1]] : fields.first { $0.name == parts[1] }?.value
        return value.map { .string($0) }
    }

    /// The whole notification, for programs: every value above by its name, but those made from it.
    private var json: JSONObject {
        let derived: Set<String> = ["link", "mentions", "notification", "message"]
        return JSONObject(
            Self.valueNames.filter { !derived.contains($0) }.map { ($0, value(named: $0, mentions: []) ?? .null) })
    }
}
