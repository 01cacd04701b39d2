import AWS
import JSON

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
