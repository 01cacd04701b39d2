import Basics

/// Finds the external endpoints whose results should have come and have not.
///
/// As in Gatus the first result has one interval from when it is first waited for, and whoever pushed the newest one,
/// and to which instance, makes no difference: the time is in the state that all instances share.
struct HeartbeatWatch: Sendable {
    let store: EndpointStateStore
    let time: TimeSource
    /// No heartbeat is missed before one interval from then on: nobody could push when nothing ran.
    var since: Timestamp?

    /// How long the state may take: the checks of the run begin only then.
    private static let longestRead = Duration.seconds(5)

    /// The results of those whose heartbeat is missing.
    ///
    /// - Parameter endpoints: those with a heartbeat; others never miss one.
    /// - Throws: `StateStoreError` when the state cannot be read, or it cannot be kept since when a first result is
    ///   waited for. Nobody knows then whether one is missing.
    func missing(among endpoints: [ExternalEndpoint], until deadline: Timestamp) async throws -> [CheckResult] {
        guard !endpoints.isEmpty else { return [] }
        let deadline = min(deadline, time.now() + Self.longestRead)
        let stored = try await store.load(until: deadline)
        let now = time.now()
        var begun: [String: EndpointState?] = [:]
        var missing: [CheckResult] = []
        for endpoint in endpoints {
            guard let interval = endpoint.heartbeat else { continue }
            let known = stored.endpoints[endpoint.key]
            if let heardAt = known?.heardAt {
                guard now - max(heardAt, since ?? heardAt) > interval else { continue }
                missing.append(CheckResult(missing: endpoint, within: interval, heardAt: heardAt, at: now))
            } else {
                var state = known ?? EndpointState()
                state.heardAt = now
                begun.updateValue(state, forKey: endpoint.key)
            }
        }
        // Whoever saved in between has begun to wait as well, or had a result; the next run sees what is left.
        if !begun.isEmpty { _ = try await store.save(begun, to: stored, until: deadline) }
        return missing
    }
}
