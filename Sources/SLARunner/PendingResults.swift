/// Results not yet published, oldest first; bounded, so that a topic out of reach for days does not fill the memory.
struct PendingResults {
    static let capacity = 1_000

    private(set) var envelopes: [String] = []

    /// Adds the newest; returns how many of the oldest made room for it.
    mutating func append(_ envelope: String) -> Int {
        envelopes.append(envelope)
        let excess = max(0, envelopes.count - Self.capacity)
        envelopes.removeFirst(excess)
        return excess
    }

    /// Publishes them in order until one fails, which stays the first.
    mutating func publish(to publisher: any ResultPublishing) async throws {
        while let first = envelopes.first {
            try await publisher.publish(first)
            envelopes.removeFirst()
        }
    }
}
