import AWS
import Basics
import JSON
import Synchronization

/// Remembers what has been sent, so that an event that comes again is not sent again, and which messages later ones
/// belong to.
///
/// It never fails: what cannot be looked up counts as not sent, because an alert twice is better than none.
protocol Ledger: Sendable {
    /// Takes a notification for sending; a claim that is not settled ends by itself.
    func claim(_ key: String, until end: Timestamp) async -> Claim

    /// Gives a claim back.
    /// - Parameter end: when the work has to end; little more time than that is taken.
    func settle(_ key: String, _ settlement: Settlement, until end: Timestamp) async

    /// The message that an incident began with.
    func thread(_ key: String) async -> IncidentThread?

    /// Keeps the message that an incident began with; `nil` forgets it.
    func keep(_ thread: IncidentThread?, for key: String) async
}

/// What came of asking for a notification.
enum Claim: Sendable, Hashable {
    /// Send it, without as many of its first messages as have been sent before.
    case mine(sent: Int)
    /// It has been sent.
    case done
    /// Somebody else is sending it just now.
    case taken
}

/// How far the sending of a notification came.
enum Settlement: Sendable, Hashable {
    case done
    case partly(sent: Int)
}

/// A ledger that ends with the process and that other instances of the function do not see.
final class MemoryLedger: Ledger {
    private enum Entry {
        case claimed(until: Timestamp, sent: Int)
        case open(sent: Int)
        case done
    }

    private struct State {
        var entries = RecentValues<Entry>(capacity: 4_096)
        var threads = RecentValues<IncidentThread>(capacity: 1_024)
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    func claim(_ key: String, until end: Timestamp) -> Claim {
        state.withLock { state in
            let sent: Int
            switch state.entries[key] {
            case .done: return .done
            case .claimed(let until, _) where now() < until: return .taken
            case .claimed(_, let known), .open(let known): sent = known
            case nil: sent = 0
            }
            state.entries[key] = .claimed(until: end, sent: sent)
            return .mine(sent: sent)
        }
    }

    func settle(_ key: String, _ settlement: Settlement, until end: Timestamp) {
        state.withLock { state in
            switch settlement {
            case .done: state.entries[key] = .done
            case .partly(let sent): state.entries[key] = .open(sent: sent)
            }
        }
    }

    func thread(_ key: String) -> IncidentThread? { state.withLock { $0.threads[key] } }

    func keep(_ thread: IncidentThread?, for key: String) { state.withLock { $0.threads[key] = thread } }
}

/// A ledger in a DynamoDB table, which all instances of the function share; the memory before it saves calls.
///
/// The table's partition key is `id`, a string; its time to live is `expires`. When the table cannot be reached, the
/// memory alone decides for a while: a table that does not answer must not use up the time for sending.
final class TableLedger: Ledger {
    /// How long what was sent, and the messages that incidents began with, are remembered.
    static let age = Duration.seconds(14 * 86_400)
    /// What `until` holds when a notification has been sent: the year 9999.
    private static let forever: Int64 = 253_402_300_799

    /// How long one call may take.
    private static let patience = Duration.seconds(2)
    /// How long noting what was sent may take after the end of the work.
    private static let grace = Duration.milliseconds(250)

    private let memory: MemoryLedger
    private let table: String
    private let aws: @Sendable () throws -> AWSConfiguration
    private let now: @Sendable () -> Timestamp
    private let breaker: CircuitBreaker
    /// This instance's name in the table.
    private let holder: String

    init(
        table: String, holder: String, aws: @escaping @Sendable () throws -> AWSConfiguration,
        now: @escaping @Sendable () -> Timestamp
    ) {
        memory = MemoryLedger(now: now)
        breaker = CircuitBreaker("delivery table", now: now)
        (self.table, self.holder, self.aws, self.now) = (table, holder, aws, now)
    }

    func claim(_ key: String, until end: Timestamp) async -> Claim {
        let known = memory.claim(key, until: end)
        guard case .mine(let sentByUs) = known else { return known }
        let found = await breaker.attempt { () -> Claim in
            do {
                let output = try await update(
                    key, "SET #until = :until, holder = :holder, expires = :expires", before: end,
                    // Held by us: the answer to our own claim was lost, or a settlement did not get through.
                    condition: "attribute_not_exists(id) OR #until < :now OR (holder = :holder AND #until < :forever)",
                    [
                        ":until": .seconds(end), ":now": .seconds(now()), ":holder": ["S": .string(holder)],
                        ":forever": .number(Self.forever),
                    ]
                )
                let sent = output["Attributes"]?["sent"]?["N"]?.stringValue.flatMap { Int($0) } ?? 0
                return .mine(sent: max(sent, sentByUs))
            } catch let error as AWSError where error.code == "ConditionalCheckFailedException" {
                return error.details?["Item"]?["until"]?["N"]?.stringValue == "\(Self.forever)" ? .done : .taken
            }
        }
        if found == .done { memory.settle(key, .done, until: end) }
        if found == .taken { memory.settle(key, .partly(sent: sentByUs), until: end) }
        return found ?? known
    }

    func settle(_ key: String, _ settlement: Settlement, until end: Timestamp) async {
        memory.settle(key, settlement, until: end)
        let (until, sent) =
            switch settlement {
            case .done: (Self.forever, 0)
            case .partly(let sent): (0, sent)
            }
        await breaker.attempt {
            _ = try await update(
                key, "SET #until = :until, sent = :sent, expires = :expires", before: end + Self.grace,
                [":until": .number(until), ":sent": .number(Int64(sent))]
            )
        }
    }

    func thread(_ key: String) async -> IncidentThread? {
        let found = await breaker.attempt { () -> IncidentThread? in
            let output = try await call("GetItem", ["Key": ["id": ["S": .string(key)]], "ConsistentRead": true])
            let text = output["Item"]?["thread"]?["S"]?.stringValue
            return text.flatMap { try? JSONValue(parsing: $0) }.flatMap { IncidentThread($0) }
        }
        // The memory comes second: another instance may have ended the incident, or begun the next.
        return found ?? memory.thread(key)
    }

    func keep(_ thread: IncidentThread?, for key: String) async {
        memory.keep(thread, for: key)
        await breaker.attempt {
            guard let thread else {
                _ = try await call("DeleteItem", ["Key": ["id": ["S": .string(key)]]])
                return
            }
            let item: JSONValue = [
                "id": ["S": .string(key)], "thread": ["S": .string(thread.json.description)],
                "expires": .seconds(now() + Self.age),
            ]
            _ = try await call("PutItem", ["Item": item])
        }
    }

    private func update(
        _ key: String, _ expression: String, before end: Timestamp, condition: String? = nil, _ values: JSONObject
    ) async throws -> JSONValue {
        var values = values
        values[":expires"] = .seconds(now() + Self.age)
        var input: JSONObject = [
            "Key": ["id": ["S": .string(key)]], "UpdateExpression": .string(expression),
            "ExpressionAttributeNames": ["#until": "until"], "ExpressionAttributeValues": .object(values),
            "ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        ]
        if let condition { input["ConditionExpression"] = .string(condition) }
        return try await call("UpdateItem", input, before: end)
    }

    private func call(
        _ operation: String, _ input: JSONObject, before end: Timestamp? = nil
    ) async throws -> JSONValue {
        var input = input
        input["TableName"] = .string(table)
        let client = try AWSClient(.dynamoDB, configuration: aws())
        let patience = now() + Self.patience
        return try await client.call(operation, .object(input), deadline: min(patience, end ?? patience))
    }
}

extension JSONValue {
    /// DynamoDB's number.
    fileprivate static func number(_ value: Int64) -> JSONValue { ["N": .string("\(value)")] }

    /// A time in seconds, rounded up, as DynamoDB's number.
    fileprivate static func seconds(_ time: Timestamp) -> JSONValue {
        .number(Int64(time.secondsSinceEpoch.rounded(.up)))
    }
}

/// A dictionary that forgets the oldest keys when it is full.
struct RecentValues<Value> {
    private let capacity: Int
    private var values: [String: Value?] = [:]
    private var ring: [String] = []
    private var next = 0

    init(capacity: Int) { self.capacity = capacity }

    /// The value of a key.
    subscript(key: String) -> Value? {
        get { values[key] ?? nil }
        set {
            // A removed value leaves its key behind, so that no key is in the ring twice.
            guard values.updateValue(newValue, forKey: key) == nil else { return }
            if ring.count < capacity {
                ring.append(key)
            } else {
                values.removeValue(forKey: ring[next])
                ring[next] = key
                next = (next + 1) % capacity
            }
        }
    }
}
