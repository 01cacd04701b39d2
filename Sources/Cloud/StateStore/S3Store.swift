public import AWS
internal import Basics
internal import JSON
internal import Transport

extension StateStore {
    /// An object for each document, whose key is the prefix and the document's key.
    ///
    /// Needs `s3:GetObject`, `s3:PutObject` and `s3:DeleteObject`, and `s3:ListBucket`: without that one S3 refuses to
    /// read an object that is not there, instead of saying so.
    /// - Throws: `AWSError` when the settings give no endpoint.
    public static func bucket(_ name: String, prefix: String = "", aws: AWSConfiguration) throws(AWSError) -> StateStore
    {
        let store = S3Store(client: try AWSClient(.s3, configuration: aws), bucket: name, prefix: prefix)
        return StateStore(
            read: { try await store.document($0, $1) }, readPrefix: { try await store.documents($0, $1) },
            write: { text, key, condition, _, deadline in try await store.write(text, key, condition, deadline) },
            remove: { try await store.remove($0, $1, $2) })
    }
}

private struct S3Store {
    let client: AWSClient
    let bucket: String
    let prefix: String

    private static let readsAtOnce = 8

    func document(_ key: String, _ deadline: Timestamp) async throws -> StateStore.Document? {
        do {
            let result = try await client.send("GetObject", .object(object(key)), deadline: deadline)
            guard let tag = result.output["ETag"]?.stringValue else { return nil }
            return StateStore.Document(
                text: String(decoding: result.body, as: UTF8.self), version: StateStore.Version(tag))
        } catch let error as AWSError {
            if error.code == "NoSuchKey" { return nil }
            throw described(error, hint: "an object that is not there yet is refused like this without s3:ListBucket")
        }
    }

    func documents(_ keyPrefix: String, _ deadline: Timestamp) async throws -> [String: StateStore.Document] {
        var documents: [String: StateStore.Document] = [:]
        do {
            let input: JSONValue = ["Bucket": .string(bucket), "Prefix": .string(prefix + keyPrefix)]
            for try await page in client.pages("ListObjectsV2", input, deadline: deadline) {
                let names = page["Contents"]?.arrayValue?.compactMap { $0["Key"]?.stringValue } ?? []
                let keys = names.map { String(decoding: $0.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) }
                try await documents.merge(read(keys, deadline)) { $1 }
            }
        } catch let error as AWSError {
            throw described(error)
        }
        return documents
    }

    /// Reads documents, several at the same time; those that are removed meanwhile are left out.
    private func read(_ keys: [String], _ deadline: Timestamp) async throws -> [String: StateStore.Document] {
        let documents = try await keys.concurrentMap(atMost: Self.readsAtOnce) { key in
            try await document(key, deadline)
        }
        return Dictionary(zip(keys, documents)) { $1 }.compactMapValues { $0 }
    }

    func write(
        _ text: String, _ key: String, _ condition: StateStore.Condition, _ deadline: Timestamp
    ) async throws -> StateStore.WriteOutcome {
        var input = object(key)
        input["ContentType"] = "application/json"
        switch condition {
        case .always: break
        case .absent: input["IfNoneMatch"] = "*"
        case .unchanged(let version): input["IfMatch"] = .string(version.text ?? "")
        }
        do {
            let body = HTTPBody.bytes(Array(text.utf8))
            let result = try await client.send("PutObject", .object(input), body: body, deadline: deadline)
            return .written(StateStore.Version(result.output["ETag"]?.stringValue ?? ""))
        } catch let error as AWSError {
            if condition != .always, error.isConflict { return .conflict(current: nil) }
            throw described(error)
        }
    }

    func remove(_ key: String, _ condition: StateStore.Condition, _ deadline: Timestamp) async throws -> Bool {
        if condition == .absent { return try await document(key, deadline) == nil }
        var input = object(key)
        if case .unchanged(let version) = condition { input["IfMatch"] = .string(version.text ?? "") }
        do {
            _ = try await client.call("DeleteObject", .object(input), deadline: deadline)
            return true
        } catch let error as AWSError {
            if condition != .always, error.isConflict { return false }
            throw described(error)
        }
    }

    private func object(_ key: String) -> JSONObject { ["Bucket": .string(bucket), "Key": .string(prefix + key)] }

    private func described(_ error: AWSError, hint: String = "") -> StateStoreError {
        StateStoreError(error, "the bucket \(bucket)", deniedHint: hint)
    }
}

extension AWSError {
    /// The object was changed (412), is being changed (409), or has been removed (404).
    fileprivate var isConflict: Bool { status == 412 || status == 409 || code == "NoSuchKey" }
}
