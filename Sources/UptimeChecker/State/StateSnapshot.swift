import JSON

/// The state of all endpoints by their keys, as a store gave it.
struct StateSnapshot: Sendable, Hashable {
    var endpoints: [String: EndpointState] = [:]
    /// What a store of one object tells its versions apart by.
    var revision: String?
    /// The entries as they were read, where a store compares each by itself.
    var texts: [String: String] = [:]

    /// The state with entries replaced or removed.
    func applying(_ changes: [String: EndpointState?]) -> StateSnapshot {
        var next = self
        for (key, state) in changes { next.endpoints[key] = state }
        return next
    }
}

extension StateSnapshot {
    /// `{"version":1,"endpoints":{"<key>":{…}}}`, keys in order.
    var json: JSONValue {
        let members = endpoints.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
        return ["version": 1, "endpoints": .object(JSONObject(members))]
    }

    /// What cannot be understood is not remembered, and will be overwritten.
    init(parsing bytes: [UInt8], revision: String?) {
        let entries = (try? JSONValue(parsing: bytes))?["endpoints"]?.objectValue ?? JSONObject()
        for (key, value) in entries { endpoints[key] = EndpointState(value) }
        self.revision = revision
    }
}
