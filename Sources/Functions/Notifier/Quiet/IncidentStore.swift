import Basics
import FunctionRuntime
import JSON
import Logging
import StateStore

/// Keeps what is known of incidents, one document for each.
struct IncidentStore: Sendable {
    /// An alarm that is not heard of for so long is forgotten by a table; its end then goes where it matches by itself.
    private static let retention = Duration.seconds(90 * 86_400)
    private static let attempts = 6

    let store: @Sendable () throws -> StateStore
    let time: TimeSource

    /// The incidents of some keys; those that are not known are left out.
    /// - Throws: `StateStoreError`.
    func incidents(_ keys: Set<String>, until deadline: Timestamp) async throws -> [String: Incident] {
        let store = try store()
        return try await withThrowingTaskGroup(of: (String, Incident?).self) { group in
            for key in keys {
                group.addTask {
                    let document = try await store.document(Self.key(key), until: deadline)
                    return (key, document?.json.flatMap { Incident($0) })
                }
            }
            var found: [String: Incident] = [:]
            for try await (key, incident) in group { found[key] = incident }
            return found
        }
    }

    /// Changes some incidents, each with what others have changed meanwhile.
    /// - Throws: `StateStoreError`, or `QuietError` with `contended`.
    func change(
        _ keys: Set<String>, until deadline: Timestamp, _ change: @escaping @Sendable (String, inout Incident) -> Void
    ) async throws {
        let store = try store()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in keys {
                group.addTask { try await self.change(key, in: store, until: deadline) { change(key, &$0) } }
            }
            try await group.waitForAll()
        }
    }

    private func change(
        _ key: String, in store: StateStore, until deadline: Timestamp, _ change: (inout Incident) -> Void
    ) async throws {
        for attempt in 1...Self.attempts {
            let document = try await store.document(Self.key(key), until: deadline)
            let known = document?.json.flatMap { Incident($0) }
            var incident = known ?? Incident()
            change(&incident)
            if incident == known { return }
            let outcome = try await store.write(
                incident.json.description, to: Self.key(key), if: .unchanged(since: document),
                expires: time.now() + Self.retention, until: deadline)
            if outcome.isWritten { return }
            try await time.sleep(.milliseconds(Int64(time.random() * 40 * Double(attempt))))
        }
        throw QuietError(.contended, "others wrote what is known of an alarm at each of \(Self.attempts) attempts")
    }

    /// Of bounded length, whatever a sender puts into its names.
    private static func key(_ incident: String) -> String {
        "quiet/incident/" + Digest.sha256Hex(incident).prefix(32)
    }
}
