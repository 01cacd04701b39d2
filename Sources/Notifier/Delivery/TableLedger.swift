import AWS
import FunctionRuntime
import JSON
import Logging
import Synchronization

/// A ledger in a DynamoDB table, which all instances of the function share; the memory before it saves calls.
///
/// The table's partition key is `id`, a string; its time to live is `expires`. When the table cannot be reached, the
/// memory alone decides for a while: a table that does not answer must not use up the time for sending.
final class TableLedger: Ledger {
    /// How long what was sent, and the messages that incidents began with, are remembered.
    static let age = Duration.seconds(14 * 86_400)
    /// What `until` holds when a notification has been sent: the year 9999.
    private static let forever: Int64 = 253_402_300_799

    /// For how long a table that has failed is left alone.
    private static let rest = Duration.seconds(30)
    /// How long one call may take.
    private static let patience = Duration.seconds(2)

    private let memory: MemoryLedger
    private let table: String
    private let aws: @Sendable () throws -> AWSConfiguration
    private let now: @Sendable () -> Timestamp
    private let restsUntil = Mutex(Timestamp(microseconds: .min))

    init(
        table: String, aws: @escaping @Sendable () throws -> AWSConfiguration, now: @escaping @Sendable () -> Timestamp
    ) {
        memory = MemoryLedger(now: now)
        (self.table, self.aws, self.now) = (table, aws, now)
    }

    func claim(_ key: String, until end: Timestamp) async -> Claim {
        let known = memory.claim(key, until: end)
        guard case .mine(let sentByUs) = known else { return known }
        let found = await asking { () -> Claim in
            do {
                let output = try await update(
                    key, "SET #until = :until, expires = :expires",
                    condition: "attribute_not_exists(id) OR #until < :now",
                    [":until": .seconds(end), ":now": .seconds(now())]
                )
                let sent = output["Attributes"]?["sent"]?["N"]?.stringValue.flatMap { Int($0) } ?? 0
                return .mine(sent: max(sent, sentByUs))
            } catch let error as AWSError where error.code == "ConditionalCheckFailedException" {
                return error.details?["Item"]?["until"]?["N"]?.stringValue == "\(Self.forever)" ? .done : .taken
            }
        }
        if found == .done { memory.settle(key, .done) }
        if found == .taken { memory.settle(key, .partly(sent: sentByUs)) }
        return found ?? known
    }

    func settle(_ key: String, _ settlement: Settlement) async {
        memory.settle(key, settlement)
        let (until, sent) =
            switch settlement {
            case .done: (Self.forever, 0)
            case .partly(let sent): (0, sent)
            }
        await asking {
            _ = try await update(
                key, "SET #until = :until, sent = :sent, expires = :expires",
                [":until": .number(until), ":sent": .number(Int64(sent))]
            )
        }
    }

    func thread(_ key: String) async -> IncidentThread? {
        if let thread = memory.thread(key) { return thread }
        return await asking {
            let output = try await call("GetItem", ["Key": ["id": ["S": .string(key)]], "ConsistentRead": true])
            let text = output["Item"]?["thread"]?["S"]?.stringValue
            return text.flatMap { try? JSONValue(parsing: $0) }.flatMap { IncidentThread($0) }
        } ?? nil
    }

    func keep(_ thread: IncidentThread?, for key: String) async {
        memory.keep(thread, for: key)
        await asking {
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
        _ key: String, _ expression: String, condition: String? = nil, _ values: JSONObject
    ) async throws -> JSONValue {
        var values = values
        values[":expires"] = .seconds(now() + Self.age)
        var input: JSONObject = [
            "Key": ["id": ["S": .string(key)]], "UpdateExpression": .string(expression),
            "ExpressionAttributeNames": ["#until": "until"], "ExpressionAttributeValues": .object(values),
            "ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        ]
        if let condition { input["ConditionExpression"] = .string(condition) }
        return try await call("UpdateItem", input)
    }

    private func call(_ operation: String, _ input: JSONObject) async throws -> JSONValue {
        var input = input
        input["TableName"] = .string(table)
        let client = try AWSClient(.dynamoDB, configuration: aws())
        return try await client.call(operation, .object(input), deadline: now() + Self.patience)
    }

    /// Asks the table, unless it rests; `nil` when it gives no answer.
    @discardableResult
    private func asking<R>(_ body: () async throws -> R) async -> R? {
        guard restsUntil.withLock({ $0 <= now() }) else { return nil }
        do { return try await body() } catch {
            restsUntil.withLock { $0 = now() + Self.rest }
            InvocationContext.current?.logger.warning("delivery table failed", metadata: ["error": "\(error)"])
            return nil
        }
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
