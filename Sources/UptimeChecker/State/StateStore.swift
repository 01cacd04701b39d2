import JSON

/// Where the state of the endpoints is kept between runs.
protocol StateStore: Sendable {
    /// What is known of all endpoints.
    /// - Throws: when it cannot be read now.
    func load(until deadline: Timestamp) async throws -> StateSnapshot

    /// Saves the entries that are different from the snapshot; `nil` for an endpoint that is forgotten.
    /// - Returns: whether they were saved; not when another run has saved in the meantime: load again.
    /// - Throws: when they cannot be written now.
    func save(
        _ changes: [String: EndpointState?], to snapshot: StateSnapshot, until deadline: Timestamp
    ) async throws -> Bool
}

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
