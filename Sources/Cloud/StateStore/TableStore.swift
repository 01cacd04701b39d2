public import AWS
internal import Basics
public import JSON

/// Which attributes of a DynamoDB table hold documents, all of them strings but `expires`.
public struct TableLayout: Sendable {
    /// The partition key and its value, in a table where the document's key is the sort key; `nil` in a table without
    /// a sort key.
    public var partition: (attribute: String, value: String)?
    /// The attribute of the document's key.
    public var key: String
    /// The attribute of the document.
    public var document: String
    /// The table's time to live, in seconds since 1970; `nil` for none.
    public var expires: String?
    /// Reads an item without the document's attribute, which an earlier layout has written: the document that the
    /// item amounts to.
    public var earlierLayout: (@Sendable (_ item: JSONValue) -> String)?
    /// Chooses the documents that are kept where all are read, for a program whose part of the table is small; nil for
    /// all of them.
    public var isWanted: (@Sendable (_ key: String) -> Bool)?

    /// A layout of these attributes.
    public init(
        partition: (attribute: String, value: String)? = nil, key: String, document: String, expires: String? = nil,
        earlierLayout: (@Sendable (_ item: JSONValue) -> String)? = nil
    ) {
        (self.partition, self.key, self.document) = (partition, key, document)
        (self.expires, self.earlierLayout) = (expires, earlierLayout)
    }
}

extension StateStore {
    /// An item of a DynamoDB table for each document, at most 400 KB with its key.
    ///
    /// Needs `dynamodb:PutItem`, `DeleteItem` and `GetItem`; `Query` (with a partition) or `Scan` to read all. What was
    /// written is read at once, by all.
    /// - Throws: `AWSError` when the settings give no endpoint.
    public static func table(
        _ name: String, _ layout: TableLayout, aws: AWSConfiguration
    ) throws(AWSError) -> StateStore {
        let store = TableStore(client: try AWSClient(.dynamoDB, configuration: aws), table: name, layout: layout)
        return StateStore(
            read: { try await store.document($0, $1) }, readPrefix: { try await store.documents($0, $1) },
            write: { try await store.write($0, $1, $2, $3, $4) }, remove: { try await store.remove($0, $1, $2) })
    }
}

private struct TableStore {
    let client: AWSClient
    let table: String
    let layout: TableLayout

    func document(_ key: String, _ deadline: Timestamp) async throws -> StateStore.Document? {
        let output = try await call("GetItem", ["Key": .object(itemKey(key)), "ConsistentRead": true], deadline)
        return output["Item"].flatMap(document)
    }

    func documents(_ prefix: String, _ deadline: Timestamp) async throws -> [String: StateStore.Document] {
        var input: JSONObject = ["TableName": .string(table), "ConsistentRead": true]
        var (names, values, conditions): (JSONObject, JSONObject, [String]) = ([:], [:], [])
        if let partition = layout.partition {
            conditions.append("#p = :p")
            names["#p"] = .string(partition.attribute)
            values[":p"] = ["S": .string(partition.value)]
        }
        if !prefix.isEmpty {
            conditions.append("begins_with(#k, :k)")
            names["#k"] = .string(layout.key)
            values[":k"] = ["S": .string(prefix)]
        }
        if !conditions.isEmpty {
            // A query has both as its keys; a scan has only a filter.
            let expression = layout.partition == nil ? "FilterExpression" : "KeyConditionExpression"
            input[expression] = .string(conditions.joined(separator: " AND "))
            input["ExpressionAttributeNames"] = .object(names)
            input["ExpressionAttributeValues"] = .object(values)
        }
        let operation = layout.partition == nil ? "Scan" : "Query"
        var documents: [String: StateStore.Document] = [:]
        do {
            for try await page in client.pages(operation, .object(input), deadline: deadline) {
                for item in page["Items"]?.arrayValue ?? [] {
                    guard let key = item[layout.key]?["S"]?.stringValue, layout.isWanted?(key) ?? true else { continue }
                    documents[key] = document(item)
                }
            }
        } catch let error as AWSError {
            throw StateStoreError(error, "the table \(table)")
        }
        return documents
    }

    func write(
        _ text: String, _ key: String, _ condition: StateStore.Condition, _ expires: Timestamp?, _ deadline: Timestamp
    ) async throws -> StateStore.WriteOutcome {
        var item = itemKey(key)
        item[layout.document] = ["S": .string(text)]
        if let expires, let attribute = layout.expires {
            item[attribute] = ["N": .string("\(Int64(expires.secondsSinceEpoch.rounded(.up)))")]
        }
        switch try await change("PutItem", ["Item": .object(item)], condition, deadline) {
        case .done: return .written(StateStore.Version(text))
        case .refused(let current): return .conflict(current: current)
        }
    }

    func remove(_ key: String, _ condition: StateStore.Condition, _ deadline: Timestamp) async throws -> Bool {
        switch try await change("DeleteItem", ["Key": .object(itemKey(key))], condition, deadline) {
        case .done: true
        case .refused: false
        }
    }

    private enum Change {
        case done
        /// The condition does not hold for the document that is there.
        case refused(current: StateStore.Document?)
    }

    private func change(
        _ operation: String, _ input: JSONObject, _ condition: StateStore.Condition, _ deadline: Timestamp
    ) async throws -> Change {
        do {
            _ = try await call(operation, input.with(condition, layout), deadline)
            return .done
        } catch let error as StateStoreError {
            guard let refusal = error.underlying as? AWSError, refusal.code == "ConditionalCheckFailedException" else {
                throw error
            }
            return .refused(current: refusal.details?["Item"].flatMap(document))
        }
    }

    private func call(_ operation: String, _ input: JSONObject, _ deadline: Timestamp) async throws -> JSONValue {
        var input = input
        input["TableName"] = .string(table)
        do { return try await client.call(operation, .object(input), deadline: deadline) } catch let error as AWSError {
            throw StateStoreError(error, "the table \(table)")
        }
    }

    private func itemKey(_ key: String) -> JSONObject {
        var object: JSONObject = [layout.key: ["S": .string(key)]]
        if let partition = layout.partition { object[partition.attribute] = ["S": .string(partition.value)] }
        return object
    }

    /// `nil` for an item that holds no document.
    private func document(_ item: JSONValue) -> StateStore.Document? {
        if let text = item[layout.document]?["S"]?.stringValue { return StateStore.Document(text: text) }
        return layout.earlierLayout.map { .init(text: $0(item), version: .init(ofEarlierLayout: ())) }
    }
}

extension JSONObject {
    /// The input of a write that takes place under a condition only.
    fileprivate func with(_ condition: StateStore.Condition, _ layout: TableLayout) -> JSONObject {
        var input = self
        switch condition {
        case .always: return input
        case .absent:
            // An item without a document is none, unless an earlier layout gives it a meaning.
            let attribute = layout.earlierLayout == nil ? layout.document : layout.key
            input["ConditionExpression"] = "attribute_not_exists(#a)"
            input["ExpressionAttributeNames"] = ["#a": .string(attribute)]
        case .unchanged(let version):
            input["ExpressionAttributeNames"] = ["#d": .string(layout.document)]
            if let text = version.text {
                input["ConditionExpression"] = "#d = :d"
                input["ExpressionAttributeValues"] = [":d": ["S": .string(text)]]
            } else {
                input["ConditionExpression"] = "attribute_exists(#k) AND attribute_not_exists(#d)"
                input["ExpressionAttributeNames"] = ["#k": .string(layout.key), "#d": .string(layout.document)]
            }
        }
        input["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return input
    }
}
