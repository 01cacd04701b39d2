import AWS
import Basics
import JSON
import StateStore

/// Remembers which notifications were sent, so that an event that is delivered again is not sent again, and which
/// message each incident began with.
///
/// The process's memory answers first. A DynamoDB table that all instances of the function share comes second. When
/// the table fails, the memory alone decides for a while: a table that does not answer must not use up the time for
/// sending. The ledger never fails: what it cannot look up counts as not sent, because an alert twice is better than
/// none.
final class DeliveryLedger: Sendable {
    /// How far the sending of a notification came.
    enum Settlement: Sendable, Hashable {
        case sent
        /// Only its first messages have arrived.
        case partly(sentParts: Int)
    }

    /// How long the table keeps what was sent, and the messages that incidents began with.
    static let retention = Duration.seconds(14 * 86_400)
    /// How long one call to the table may take.
    private static let callTimeout = Duration.seconds(2)
    /// How long after the end of the work a result may still be written.
    private static let grace = Duration.milliseconds(250)

    private let memory: Leases
    private let memoryThreads = StateStore.memory(capacity: 1_024)
    private let table: OnFirstUse<StateStore>?
    private let holder: String
    private let breaker: CircuitBreaker
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - table: its partition key is `id`, a string; its time to live is `expires`. `nil` for the memory alone.
    ///   - holder: a name of this process alone.
    init(
        table: String? = nil, holder: String = "", aws: @escaping @Sendable () throws -> AWSConfiguration,
        now: @escaping @Sendable () -> Timestamp
    ) {
        memory = Leases(in: .memory(capacity: 4_096), now: now)
        self.table = table.map { name in OnFirstUse { try .table(name, Self.layout, aws: aws()) } }
        self.holder = holder
        breaker = CircuitBreaker("delivery table", now: now)
        self.now = now
    }

    /// Reserves a notification for sending.
    ///
    /// A claim that is not settled ends at `end`.
    func claim(_ key: String, until end: Timestamp) async -> ClaimResult {
        guard let own = try? await memory.acquire(key, until: end, deadline: end) else { return .heldByOther }
        guard case .acquired(let lease) = own else { return own == .heldByOther ? .heldByOther : .alreadySent }
        let attempt = await withTable { table in
            try await leases(in: table).acquire(key, until: end, deadline: deadline(before: end))
        }
        switch attempt {
        case nil: return .claimed(DeliveryClaim(key: key, inMemory: lease, inTable: nil))
        case .acquired(let shared): return .claimed(DeliveryClaim(key: key, inMemory: lease, inTable: shared))
        case .completed:
            try? await memory.complete(key, deadline: end)
            return .alreadySent
        case .heldByOther:
            _ = try? await memory.release(lease, leaving: lease.value, deadline: end)
            return .heldByOther
        }
    }

    /// Ends a claim.
    ///
    /// `sent` is written whoever has the claim by now, because nobody has to send the notification again. `partly` is
    /// written only while the claim is ours: another process may have sent all of it since.
    /// - Parameter end: when the work has to end; little more time than that is taken.
    func settle(_ claim: DeliveryClaim, _ settlement: Settlement, until end: Timestamp) async {
        let deadline = deadline(before: end + Self.grace)
        switch settlement {
        case .sent:
            try? await memory.complete(claim.key, deadline: end)
            await withTable { try await leases(in: $0).complete(claim.key, deadline: deadline) }
        case .partly(let sentParts):
            let parts = JSONValue.integer(Int64(sentParts))
            _ = try? await memory.release(claim.inMemory, leaving: parts, deadline: end)
            await withTable { table in
                let leases = leases(in: table)
                guard let lease = try await lease(of: claim, in: leases, deadline) else { return }
                _ = try await leases.release(lease, leaving: parts, deadline: deadline)
            }
        }
    }

    /// The message that an incident began with.
    func thread(_ key: String) async -> IncidentThread? {
        let found = await withTable { table in
            try await table.document(key, until: deadline(before: nil)).flatMap { IncidentThread($0) }
        }
        // The memory comes second here: another instance may have ended the incident, or begun the next.
        if let found { return found }
        return (try? await memoryThreads.document(key, until: now())).flatMap { IncidentThread($0) }
    }

    /// Keeps the message that an incident began with; `nil` forgets it.
    func keep(_ thread: IncidentThread?, for key: String) async {
        let text = thread?.json.description
        try? await Self.keep(text, key, in: memoryThreads, expires: nil, until: now())
        await withTable { table in
            try await Self.keep(
                text, key, in: table, expires: now() + Self.retention, until: deadline(before: nil))
        }
    }

    private static func keep(
        _ text: String?, _ key: String, in store: StateStore, expires: Timestamp?, until deadline: Timestamp
    ) async throws {
        if let text {
            _ = try await store.write(text, to: key, expires: expires, until: deadline)
        } else {
            _ = try await store.remove(key, until: deadline)
        }
    }

    /// The table's lease of a claim; a new one if the table did not answer when the claim was made.
    /// - Returns: `nil` when another process is sending, or has sent, the notification.
    private func lease(
        of claim: DeliveryClaim, in leases: Leases, _ deadline: Timestamp
    ) async throws -> Lease? {
        if let lease = claim.inTable { return lease }
        let attempt = try await leases.acquire(claim.key, until: deadline, deadline: deadline)
        guard case .acquired(let lease) = attempt else { return nil }
        return lease
    }

    /// Uses the table; `nil` without one, and when it fails or has failed a moment ago.
    @discardableResult
    private func withTable<Answer>(_ body: (StateStore) async throws -> Answer) async -> Answer? {
        guard let table else { return nil }
        return await breaker.attempt { try await body(table.value()) }
    }

    private func leases(in table: StateStore) -> Leases {
        Leases(in: table, holder: holder, retention: Self.retention, now: now)
    }

    private func deadline(before end: Timestamp?) -> Timestamp {
        let timeout = now() + Self.callTimeout
        return min(timeout, end ?? timeout)
    }
}

/// What came of asking for a notification.
enum ClaimResult: Sendable, Hashable {
    /// Send it.
    case claimed(DeliveryClaim)
    case alreadySent
    case heldByOther
}

/// The right to send a notification.
struct DeliveryClaim: Sendable, Hashable {
    let key: String
    fileprivate let inMemory: Lease
    /// `nil` when the table did not answer, or there is none.
    fileprivate let inTable: Lease?

    /// How many of its first messages have arrived already.
    var sentParts: Int { max(inMemory.sentParts, inTable?.sentParts ?? 0) }
}

extension Lease {
    fileprivate var sentParts: Int { value.intValue.flatMap { Int(exactly: $0) } ?? 0 }
}

extension IncidentThread {
    fileprivate init?(_ document: StateStore.Document) {
        guard let json = document.json else { return nil }
        self.init(json)
    }
}

extension DeliveryLedger {
    private static let layout = TableLayout(
        key: "id", document: "entry", expires: "expires", earlierLayout: { earlierItem($0).description })

    /// Reads an item of earlier versions: a claim by `until` (seconds; the year 9999 once it was sent), `holder` and
    /// `sent`, or an incident's message in `thread`.
    private static func earlierItem(_ item: JSONValue) -> JSONValue {
        if let thread = item["thread"]?["S"]?.stringValue { return (try? JSONValue(parsing: thread)) ?? .null }
        let until = item["until"]?["N"]?.stringValue.flatMap { Int64($0) } ?? 0
        guard until < 253_402_300_799 else { return ["completed": true] }
        let sent = item["sent"]?["N"]?.stringValue.flatMap { Int64($0) } ?? 0
        return [
            "holder": item["holder"]?["S"] ?? "", "until": .integer(until * 1_000_000), "value": .integer(sent),
        ]
    }
}
