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
