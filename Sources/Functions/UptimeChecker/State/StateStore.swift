import AWS
import Basics
import JSON
import Synchronization
import Transport

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

/// The state of all endpoints by their keys, as a store gave it.
struct StateSnapshot: Sendable, Hashable {
    var endpoints: [String: EndpointState] = [:]
    /// What a store of one object tells its versions apart by.
    var revision: String?
    /// The entries as they were read, where a store compares each by itself.
    var texts: [String: String] = [:]

    /// The state with entries replaced or removed.
    func applying(_ changes: [String: EndpointState?]) -> StateSnapshot {
        var next = self
        for (key, state) in changes { next.endpoints[key] = state }
        return next
    }
}

extension StateSnapshot {
    /// `{"version":1,"endpoints":{"<key>":{…}}}`, keys in order.
    var json: JSONValue {
        let members = endpoints.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
        return ["version": 1, "endpoints": .object(JSONObject(members))]
    }

    /// What cannot be understood is not remembered, and will be overwritten.
    init(parsing bytes: [UInt8], revision: String?) {
        let entries = (try? JSONValue(parsing: bytes))?["endpoints"]?.objectValue ?? JSONObject()
        for (key, value) in entries { endpoints[key] = EndpointState(value) }
        self.revision = revision
    }
}

/// Keeps the state in the process: as long as Lambda keeps it, and for this instance alone.
final class MemoryStateStore: StateStore {
    private let snapshot = Mutex(StateSnapshot())

    func load(until deadline: Timestamp) -> StateSnapshot { snapshot.withLock { $0 } }

    func save(
        _ changes: [String: EndpointState?], to snapshot: StateSnapshot, until deadline: Timestamp
    ) -> Bool {
        self.snapshot.withLock { $0 = $0.applying(changes) }
        return true
    }
}

/// Keeps the state in one object of S3, which is written only if nobody else has written it since it was read.
struct ObjectStateStore: StateStore {
    private let client: AWSClient
    private let bucket: String
    private let key: String

    init(bucket: String, key: String, aws: AWSConfiguration) throws(AWSError) {
        client = try AWSClient(.s3, configuration: aws)
        (self.bucket, self.key) = (bucket, key)
    }

    func load(until deadline: Timestamp) async throws -> StateSnapshot {
        do {
            let result = try await client.send(
                "GetObject", ["Bucket": .string(bucket), "Key": .string(key)], deadline: deadline
            )
            return StateSnapshot(parsing: result.body, revision: result.output["ETag"]?.stringValue)
        } catch let error as AWSError where error.code == "NoSuchKey" {
            return StateSnapshot()
        } catch var error as AWSError where error.status == 403 {
            error.message += " (an object that is not there yet is refused like this without s3:ListBucket)"
            throw error
        }
    }

    func save(
        _ changes: [String: EndpointState?], to snapshot: StateSnapshot, until deadline: Timestamp
    ) async throws -> Bool {
        var input: JSONObject = [
            "Bucket": .string(bucket), "Key": .string(key), "ContentType": "application/json",
        ]
        if let revision = snapshot.revision {
            input["IfMatch"] = .string(revision)
        } else {
            input["IfNoneMatch"] = "*"
        }
        do {
            let body = HTTPBody.bytes(snapshot.applying(changes).json.serialized())
            _ = try await client.send("PutObject", .object(input), body: body, deadline: deadline)
            return true
        } catch let error as AWSError where error.status == 412 || error.status == 409 {
            return false
        }
    }
}

/// Keeps the state in a DynamoDB table with the string keys `checker` (partition) and `endpoint` (sort), one item for
/// each endpoint that is, or was lately, not up.
///
/// In quiet times that is one query of nothing a run and no write. An item is written only if it still is what was read.
struct TableStateStore: StateStore {
    private let client: AWSClient
    private let table: String
    private let checker: String

    /// Writes at once, at most.
    private static let maximumWrites = 16

    init(table: String, checker: String, aws: AWSConfiguration) throws(AWSError) {
        client = try AWSClient(.dynamoDB, configuration: aws)
        (self.table, self.checker) = (table, checker)
    }

    func load(until deadline: Timestamp) async throws -> StateSnapshot {
        let query: JSONValue = [
            "TableName": .string(table), "KeyConditionExpression": "#c = :c", "ConsistentRead": true,
            "ExpressionAttributeNames": ["#c": "checker"],
            "ExpressionAttributeValues": [":c": ["S": .string(checker)]],
        ]
        var snapshot = StateSnapshot()
        for try await page in client.pages("Query", query, deadline: deadline) {
            for item in page["Items"]?.arrayValue ?? [] {
                guard let key = item["endpoint"]?["S"]?.stringValue, let text = item["entry"]?["S"]?.stringValue else {
                    continue
                }
                snapshot.texts[key] = text
                snapshot.endpoints[key] = (try? JSONValue(parsing: text)).flatMap(EndpointState.init)
            }
        }
        return snapshot
    }

    func save(
        _ changes: [String: EndpointState?], to snapshot: StateSnapshot, until deadline: Timestamp
    ) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var isSaved = true
            for (position, change) in changes.enumerated() {
                if position >= Self.maximumWrites, try await group.next() == false { isSaved = false }
                let known = snapshot.texts[change.key]
                group.addTask { try await write(change.value, for: change.key, over: known, until: deadline) }
            }
            for try await result in group where !result { isSaved = false }
            return isSaved
        }
    }

    /// - Returns: whether it was written; not when the item is not what was read any more.
    private func write(
        _ state: EndpointState?, for key: String, over known: String?, until deadline: Timestamp
    ) async throws -> Bool {
        let itemKey: JSONObject = ["checker": ["S": .string(checker)], "endpoint": ["S": .string(key)]]
        var input: JSONObject = [
            "TableName": .string(table), "ExpressionAttributeNames": ["#e": "entry"],
            "ConditionExpression": "attribute_not_exists(#e)",
        ]
        if let known {
            input["ConditionExpression"] = "#e = :e"
            input["ExpressionAttributeValues"] = [":e": ["S": .string(known)]]
        }
        do {
            if let state {
                var item = itemKey
                item["entry"] = ["S": .string(state.json.description)]
                input["Item"] = .object(item)
                _ = try await client.call("PutItem", .object(input), deadline: deadline)
            } else {
                input["Key"] = .object(itemKey)
                _ = try await client.call("DeleteItem", .object(input), deadline: deadline)
            }
            return true
        } catch let error as AWSError where error.code == "ConditionalCheckFailedException" {
            return false
        }
    }
}
