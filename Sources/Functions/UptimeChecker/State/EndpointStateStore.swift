import AWS
import Basics
import JSON
import StateStore

/// Keeps the state of the endpoints between runs.
///
/// A save is refused when another run has saved since the load.
struct EndpointStateStore: Sendable {
    private enum Layout {
        /// All endpoints in the document with this key.
        case oneDocument(key: String)
        /// A document for each endpoint, by its key; none for one that has long been up.
        case documentPerEndpoint
    }

    private let store: StateStore
    private let layout: Layout

    /// Writes at once, at most, where each endpoint has a document.
    private static let maximumWrites = 16

    /// What is known of all endpoints.
    func load(until deadline: Timestamp) async throws -> StateSnapshot {
        switch layout {
        case .oneDocument(let key): StateSnapshot(try await store.document(key, until: deadline), key: key)
        case .documentPerEndpoint: StateSnapshot(try await store.documents(until: deadline))
        }
    }

    /// What is known of one endpoint; where each has a document, little else is read.
    func load(key: String, until deadline: Timestamp) async throws -> StateSnapshot {
        switch layout {
        case .oneDocument: try await load(until: deadline)
        case .documentPerEndpoint: StateSnapshot(try await store.documents(prefix: key, until: deadline))
        }
    }

    /// Saves the states that are different from the snapshot; `nil` for an endpoint that is forgotten.
    /// - Returns: `false` when another run has saved since the snapshot was loaded. Some states may be saved then: load
    ///   and compare again.
    func save(
        _ changes: [String: EndpointState?], to snapshot: StateSnapshot, until deadline: Timestamp
    ) async throws -> Bool {
        switch layout {
        case .oneDocument(let key):
            let text = snapshot.applying(changes).json.description
            let known = snapshot.documents[key]
            return try await store.write(text, to: key, if: .unchanged(since: known), until: deadline).isWritten
        case .documentPerEndpoint: return try await saveEach(changes, snapshot, deadline)
        }
    }

    private func saveEach(
        _ changes: [String: EndpointState?], _ snapshot: StateSnapshot, _ deadline: Timestamp
    ) async throws -> Bool {
        let saved = try await changes.concurrentMap(atMost: Self.maximumWrites) { key, state in
            try await save(state, key, if: .unchanged(since: snapshot.documents[key]), deadline)
        }
        return saved.allSatisfy { $0 }
    }

    private func save(
        _ state: EndpointState?, _ key: String, if condition: StateStore.Condition, _ deadline: Timestamp
    ) async throws -> Bool {
        guard let state else { return try await store.remove(key, if: condition, until: deadline) }
        let text = state.json.description
        return try await store.write(text, to: key, if: condition, until: deadline).isWritten
    }
}

extension EndpointStateStore {
    /// Ends with the process, and each instance of the function has its own.
    static func memory() -> EndpointStateStore { EndpointStateStore(store: .memory(), layout: .documentPerEndpoint) }

    /// One object in S3.
    static func object(bucket: String, key: String, aws: AWSConfiguration) throws(AWSError) -> EndpointStateStore {
        EndpointStateStore(store: try .bucket(bucket, aws: aws), layout: .oneDocument(key: key))
    }

    /// A folder, which is made: one file `endpoints.json`, for names of endpoints can be longer than those of files.
    /// - Throws: `UptimeCheckerError` when it cannot be made.
    static func folder(_ path: String) throws(UptimeCheckerError) -> EndpointStateStore {
        do throws(SystemError) { try makeFolder(path) } catch {
            throw UptimeCheckerError(
                .wrongConfiguration, "UPTIME_STATE: the folder \(path) cannot be made: \(error)", underlying: error)
        }
        return EndpointStateStore(store: .folder(path), layout: .oneDocument(key: "endpoints"))
    }

    /// A DynamoDB table with the string keys `checker` (partition) and `endpoint` (sort): one item for each endpoint
    /// that is, or was lately, not up, and for each external one.
    ///
    /// When all is well, a run makes one query and no write. The shards of a file share a partition: an endpoint's item
    /// stays where it is when the endpoint moves to another shard.
    /// - Parameter shard: whose endpoints are loaded; in an outage those of all shards would not fit into the memory.
    static func table(
        _ table: String, checker: String, shard: Shard? = nil, aws: AWSConfiguration
    ) throws(AWSError) -> EndpointStateStore {
        var layout = TableLayout(partition: ("checker", checker), key: "endpoint", document: "entry")
        if let shard { layout.isWanted = { shard.has($0) } }
        return EndpointStateStore(store: try .table(table, layout, aws: aws), layout: .documentPerEndpoint)
    }

    /// One document in a store of the caller.
    static func document(_ key: String, in store: StateStore) -> EndpointStateStore {
        EndpointStateStore(store: store, layout: .oneDocument(key: key))
    }
}

/// The state of all endpoints by their keys, as it was loaded.
struct StateSnapshot: Sendable, Hashable {
    var endpoints: [String: EndpointState] = [:]
    /// The documents as they were read, for the conditions of the next save.
    private(set) var documents: [String: StateStore.Document] = [:]

    /// The state with entries replaced or removed.
    func applying(_ changes: [String: EndpointState?]) -> StateSnapshot {
        var next = self
        for (key, state) in changes { next.endpoints[key] = state }
        return next
    }
}

extension StateSnapshot {
    /// `{"version":1,"endpoints":{"<key>":{…}}}`, keys in order.
    fileprivate var json: JSONValue {
        let members = endpoints.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
        return ["version": 1, "endpoints": .object(JSONObject(members))]
    }

    /// Reads the one document of all endpoints.
    ///
    /// What it cannot read counts as unknown, and the next save replaces it.
    fileprivate init(_ document: StateStore.Document?, key: String) {
        documents[key] = document
        let entries = document?.json?["endpoints"]?.objectValue ?? JSONObject()
        for (key, value) in entries { endpoints[key] = EndpointState(value) }
    }

    /// Reads the documents of the endpoints, by their keys.
    fileprivate init(_ documents: [String: StateStore.Document]) {
        self.documents = documents
        endpoints = documents.compactMapValues { $0.json.flatMap(EndpointState.init) }
    }
}
