public import Basics
public import JSON

/// The right to work on something alone until a time, stored under a key of a ``StateStore``.
public struct Lease: Sendable, Hashable {
    /// The key in the store.
    public let key: String
    /// The fencing token: grows by one each time somebody acquires the lease.
    ///
    /// What the holder changes elsewhere can carry it, so that a lower one is refused there too.
    public let token: Int64
    /// When others may acquire it.
    public let end: Timestamp
    /// What the last holder left for the next; `null` when there was none.
    public let value: JSONValue

    fileprivate let version: StateStore.Version
}

/// What came of asking for a lease.
public enum LeaseAttempt: Sendable, Hashable {
    /// It is ours.
    case acquired(Lease)
    /// Somebody else has it.
    case heldByOther
    /// The work is done; nobody gets the lease again.
    case completed(JSONValue)
}

/// Who has a lease, as others see it.
public struct LeaseHolder: Sendable, Hashable {
    /// The name of the holder; nil when nobody has the lease, or the holder has no name.
    public let name: String?
    /// When others may acquire the lease; in the past when nobody has it.
    public let end: Timestamp
    /// Whether the work is done, so that nobody gets the lease again.
    public let isCompleted: Bool

    /// A holder.
    public init(name: String?, end: Timestamp, isCompleted: Bool) {
        (self.name, self.end, self.isCompleted) = (name, end, isCompleted)
    }
}

/// Leases with fencing tokens in a ``StateStore``.
///
/// A holder that was too slow, and whose lease somebody else has acquired since, cannot change it any more: its token
/// is not the stored one. The document stays after the end of a lease, because a new one would start again at token 1.
///
///     switch try await leases.acquire("report", until: end, deadline: deadline) {
///     case .acquired(let lease):
///         …  // the work
///         _ = try await leases.complete(lease, deadline: deadline)
///     case .heldByOther, .completed: return
///     }
public struct Leases: Sendable {
    private let store: StateStore
    private let holder: String?
    private let retention: Duration?
    private let now: @Sendable () -> Timestamp

    /// How often a write is tried again because another one came first.
    private static let maximumAttempts = 3

    /// - Parameters:
    ///   - holder: a name of this process alone. A process that asks again for its own lease gets it, because the
    ///     answer to its first request may have been lost. `nil` when nobody may get a lease twice.
    ///   - retention: how long the store keeps a document after its last change; `nil` for ever.
    public init(
        in store: StateStore, holder: String? = nil, retention: Duration? = nil,
        now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.holder, self.retention, self.now) = (store, holder, retention, now)
    }

    /// Asks for a lease.
    ///
    /// Takes one write when the key is new.
    /// - Parameters:
    ///   - end: when others may acquire the lease, if it is not renewed, released or completed before.
    ///   - deadline: when the calls must have ended.
    public func acquire(_ key: String, until end: Timestamp, deadline: Timestamp) async throws -> LeaseAttempt {
        var document: StateStore.Document?
        for _ in 0..<Self.maximumAttempts {
            let record = document.map { Record($0) }
            if let record, record.isCompleted { return .completed(record.value) }
            let isOurs = record?.holder != nil && record?.holder == holder
            if let record, !isOurs, record.end > now() { return .heldByOther }
            let next = Record(
                token: (record?.token ?? 0) &+ 1, holder: holder, end: end, value: record?.value ?? .null)
            switch try await write(next, key, if: .unchanged(since: document), deadline) {
            case .written(let version):
                return .acquired(Lease(key: key, token: next.token, end: end, value: next.value, version: version))
            case .conflict(let current): document = try await read(key, current, deadline)
            }
        }
        return .heldByOther
    }

    /// Tells who has a lease, without asking for it.
    /// - Returns: nil when nobody ever asked for it.
    public func holder(of key: String, deadline: Timestamp) async throws -> LeaseHolder? {
        try await store.document(key, until: deadline).map { LeaseHolder($0) }
    }

    /// Extends a lease.
    /// - Returns: the lease with its new end; `nil` when somebody else has acquired it.
    public func renew(_ lease: Lease, until end: Timestamp, deadline: Timestamp) async throws -> Lease? {
        let record = Record(token: lease.token, holder: holder, end: end, value: lease.value)
        return try await replace(lease, by: record, deadline).map { version in
            Lease(key: lease.key, token: lease.token, end: end, value: lease.value, version: version)
        }
    }

    /// Gives a lease back, with what the next holder is to find.
    /// - Returns: `false` when somebody else has acquired it; then nothing is written.
    public func release(_ lease: Lease, leaving value: JSONValue, deadline: Timestamp) async throws -> Bool {
        try await replace(lease, by: Record(token: lease.token, value: value), deadline) != nil
    }

    /// Marks the work as completed: nobody gets the lease again.
    /// - Returns: `false` when somebody else has acquired it; then nothing is written.
    public func complete(_ lease: Lease, leaving value: JSONValue = .null, deadline: Timestamp) async throws -> Bool {
        try await replace(lease, by: Record(token: lease.token, value: value, isCompleted: true), deadline) != nil
    }

    /// Marks work that is known to be done as completed, even while another process has its lease.
    public func complete(_ key: String, leaving value: JSONValue = .null, deadline: Timestamp) async throws {
        _ = try await write(Record(token: .max, value: value, isCompleted: true), key, if: .always, deadline)
    }

    /// Replaces a lease's record as long as its token is the stored one.
    private func replace(
        _ lease: Lease, by record: Record, _ deadline: Timestamp
    ) async throws -> StateStore.Version? {
        var version = lease.version
        for _ in 0..<Self.maximumAttempts {
            switch try await write(record, lease.key, if: .unchanged(version), deadline) {
            case .written(let version): return version
            case .conflict(let current):
                // With our token only we have written: an earlier write got through and its answer was lost.
                guard let document = try await read(lease.key, current, deadline), Record(document).token == lease.token
                else { return nil }
                version = document.version
            }
        }
        return nil
    }

    private func write(
        _ record: Record, _ key: String, if condition: StateStore.Condition, _ deadline: Timestamp
    ) async throws -> StateStore.WriteOutcome {
        let expires = retention.map { now() + $0 }
        return try await store.write(record.json.description, to: key, if: condition, expires: expires, until: deadline)
    }

    private func read(
        _ key: String, _ known: StateStore.Document?, _ deadline: Timestamp
    ) async throws -> StateStore.Document? {
        if let known { return known }
        return try await store.document(key, until: deadline)
    }
}

/// A lease as it is stored: `{"token": 3, "holder"?, "until"?: µs since 1970, "value"?, "completed"?: true}`.
private struct Record {
    var token: Int64
    var holder: String?
    var end = Timestamp(microseconds: 0)
    var value: JSONValue
    var isCompleted = false

    var json: JSONValue {
        var object: JSONObject = ["token": .integer(token)]
        object["holder"] = holder.map { .string($0) }
        if end.microseconds != 0 { object["until"] = .integer(end.microseconds) }
        if value != .null { object["value"] = value }
        if isCompleted { object["completed"] = true }
        return .object(object)
    }
}

extension LeaseHolder {
    /// The holder in a lease's document, for those who have read it already.
    public init(_ document: StateStore.Document) {
        let record = Record(document)
        self.init(name: record.holder, end: record.end, isCompleted: record.isCompleted)
    }
}

extension Record {
    /// A document that is not a lease counts as a free one.
    init(_ document: StateStore.Document) {
        let json = document.json
        self.init(
            token: json?["token"]?.intValue ?? 0, holder: json?["holder"]?.stringValue,
            end: Timestamp(microseconds: json?["until"]?.intValue ?? 0), value: json?["value"] ?? .null,
            isCompleted: json?["completed"] == true
        )
    }
}
