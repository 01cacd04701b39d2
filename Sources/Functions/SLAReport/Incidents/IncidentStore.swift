public import AWS
public import Basics
internal import JSON
public import StateStore

/// Incidents in a ``StateStore``, a document for each, under `incident-<id>`.
///
/// A change is made to what is stored at that moment and written only when nobody else has written since; otherwise it
/// is made anew. So updates of two people at the same time both stay.
public struct IncidentStore: Sendable {
    private let store: StateStore
    private let time: TimeSource

    private static let prefix = "incident-"
    private static let timeout = Duration.seconds(30)
    /// Of a change that others always come before.
    private static let maximumAttempts = 10

    /// - Parameter time: for deadlines and pauses.
    public init(_ store: StateStore, time: TimeSource) { (self.store, self.time) = (store, time) }

    /// Where incidents are kept: `$INCIDENTS_STATE`, else `incidents` in the folder of tocsin's state.
    ///
    /// nil when there is no home either.
    public static func location(_ environment: Environment) -> String? {
        environment["INCIDENTS_STATE"] ?? environment.stateFolder.map { $0 + "/incidents" }
    }

    /// The incidents of a folder, which is made, of `s3://bucket/prefix` or of `dynamodb:table`.
    /// - Throws: `StateStoreError`, as `StateStore.atPlace`.
    public init(
        at location: String, time: TimeSource, aws: () throws -> AWSConfiguration
    ) throws(StateStoreError) {
        self.init(try .atPlace(location, aws: aws), time: time)
    }

    /// All incidents of a place.
    public struct Listing: Sendable {
        /// The newest first.
        public var incidents: [Incident]
        /// What could not be read, each with its document; the others are not held back by it.
        public var faults: [String]
    }

    /// Reads all incidents.
    /// - Throws: ``IncidentError`` `unavailable`.
    public func all() async throws(IncidentError) -> Listing {
        var listing = Listing(incidents: [], faults: [])
        let documents = try await reading { try await store.documents(prefix: Self.prefix, until: deadline) }
        for (key, document) in documents.sorted(by: { $0.key < $1.key }) {
            do throws(IncidentError) {
                listing.incidents.append(try Self.incident(document))
            } catch {
                listing.faults.append("\(key): \(error.message)")
            }
        }
        listing.incidents.sort { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        return listing
    }

    /// Stores a new incident.
    /// - Returns: false when there is another one of this name, which stays as it is; true also when this very
    ///   incident was stored by a request whose answer was lost.
    public func create(_ incident: Incident) async throws(IncidentError) -> Bool {
        let text = incident.json.description
        return try await reading {
            let outcome = try await store.write(text, to: key(incident.id), if: .absent, until: deadline)
            if outcome.isWritten { return true }
            return try await store.document(key(incident.id), until: deadline)?.text == text
        }
    }

    /// Changes an incident, also while others do.
    /// - Parameter change: may be called several times.
    /// - Returns: the incident as it is stored now.
    /// - Throws: ``IncidentError``: `unknown` with similar names, `unavailable`, or what `change` throws.
    public func change(
        _ id: String, _ change: (inout Incident) throws(IncidentError) -> Void
    ) async throws(IncidentError) -> Incident {
        let changed: Incident?? = try await reading {
            try await store.update(
                key(id), attempts: Self.maximumAttempts, until: { deadline },
                pause: { try await time.sleep(.milliseconds(20 << min($0, 6))) }
            ) { document -> (result: Incident?, text: String?) in
                guard let document else { return (nil, nil) }
                let before = try Self.incident(document)
                var incident = before
                try change(&incident)
                return (incident, incident == before ? nil : incident.json.description)
            }
        }
        guard let changed else {
            throw IncidentError(
                .unavailable,
                "\(id) was not changed: others wrote it at each of \(Self.maximumAttempts) attempts; try again")
        }
        guard let incident = changed else { throw await unknown(id) }
        return incident
    }

    /// Reads one incident.
    /// - Throws: ``IncidentError``: `unknown` with similar names, `unreadable` or `unavailable`.
    public func incident(_ id: String) async throws(IncidentError) -> Incident {
        let document = try await reading { try await store.document(key(id), until: deadline) }
        guard let document else { throw await unknown(id) }
        return try Self.incident(document)
    }

    private func unknown(_ id: String) async -> IncidentError {
        let ids = (try? await all())?.incidents.map(\.id) ?? []
        let advice =
            if ids.isEmpty { "none is stored there" } else if let near = ids.nearest(to: id) ?? ids.only(beginning: id)
            {
                "did you mean \(near)?"
            } else { "`tocsin incident list` shows all" }
        return IncidentError(.unknown, "there is no incident \(id): \(advice)")
    }

    private static func incident(_ document: StateStore.Document) throws(IncidentError) -> Incident {
        guard let json = document.json else { throw .unreadable("it is no JSON") }
        return try Incident(json)
    }

    private func reading<R>(_ body: () async throws -> R) async throws(IncidentError) -> R {
        do { return try await body() } catch let error as IncidentError { throw error } catch {
            throw IncidentError(.unavailable, "\(error)", underlying: error)
        }
    }

    private func key(_ id: String) -> String { Self.prefix + id }

    private var deadline: Timestamp { time.now() + Self.timeout }
}

extension [String] {
    /// The one that begins or ends with a text; nil where several do.
    fileprivate func only(beginning text: String) -> String? {
        let found = filter { $0.hasPrefix(text) || $0.hasSuffix(text) }
        return found.count == 1 && !text.isEmpty ? found[0] : nil
    }
}

extension Incident {
    /// A name for a new incident: the day, and some letters that are not taken for one another.
    /// - Parameter random: a number below its argument.
    public static func newID(at time: Timestamp, random: (Int) -> Int) -> String {
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        return time.iso8601Basic.prefix(8) + "-" + String((0..<5).map { _ in letters[random(letters.count)] })
    }
}
