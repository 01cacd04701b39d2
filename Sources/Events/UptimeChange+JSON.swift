public import JSON

extension UptimeChange {
    /// The value of the member `type`.
    public static let type = "tocsin.uptime.change"

    /// The message: `{"type":"tocsin.uptime.change","id":…,"state":"down","endpoint":{"name":…,"group":…,"url":…},
    /// "since":…,"at":…,"durationSeconds":…,"failedConditions":[…],"errors":[…],"region":…}`, times as ISO 8601 in UTC,
    /// without the members that are unknown.
    public var json: JSONValue {
        var who: JSONObject = ["name": .string(endpoint.name)]
        if let group = endpoint.group { who["group"] = .string(group) }
        if let url = endpoint.url { who["url"] = .string(url) }
        var message: JSONObject = [
            "type": .string(Self.type), "id": .string(id), "state": .string(state.rawValue), "endpoint": .object(who),
            "since": .string(since.iso8601), "at": .string(at.iso8601),
            "durationSeconds": .integer(duration.components.seconds),
            "failedConditions": .array(failedConditions.map { .string($0) }),
            "errors": .array(errors.map { .string($0) }),
        ]
        if let region { message["region"] = .string(region) }
        return .object(message)
    }

    /// Reads the message; `durationSeconds` is not read, it follows from the times.
    /// - Throws: `EventError` with a path within the message.
    public init(_ value: JSONValue) throws(EventError) {
        let fields = try Fields(value, at: "")
        guard try fields.string("type") == Self.type else {
            throw fields.fault(.badValue, "type", "is not \"\(Self.type)\"")
        }
        let name = try fields.string("state")
        guard let state = State(rawValue: name) else {
            throw fields.fault(.badValue, "state", "\"\(name)\" is neither \"down\" nor \"up\"")
        }
        let endpoint = try Fields(try fields.value("endpoint"), at: "endpoint")
        self.init(
            id: try fields.string("id"), state: state,
            endpoint: Endpoint(
                name: try endpoint.string("name"), group: try endpoint.text("group"), url: try endpoint.text("url")
            ),
            since: try fields.time("since"), at: try fields.time("at"),
            failedConditions: try fields.texts("failedConditions"), errors: try fields.texts("errors"),
            region: try fields.text("region")
        )
    }
}

extension Fields {
    /// A string; `nil` when absent or null.
    fileprivate func text(_ key: String) throws(EventError) -> String? {
        (object[key] ?? .null) == .null ? nil : try string(key)
    }

    fileprivate func time(_ key: String) throws(EventError) -> Timestamp {
        let text = try string(key)
        guard let time = Timestamp(iso8601: text) else {
            throw fault(.badValue, key, "\"\(text)\" is no time in ISO 8601")
        }
        return time
    }

    /// An array of strings; empty when absent or null.
    fileprivate func texts(_ key: String) throws(EventError) -> [String] {
        guard let value = object[key], value != .null else { return [] }
        guard let texts = value.arrayValue?.map(\.stringValue), !texts.contains(nil) else {
            throw fault(.wrongType, key, "must be an array of strings")
        }
        return texts.compactMap { $0 }
    }
}
