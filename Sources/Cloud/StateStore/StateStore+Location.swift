public import AWS
public import Basics
internal import Glibc

extension StateStore {
    /// What a location may look like, for faults.
    public static let expectedLocation = "s3://bucket/prefix or dynamodb:table"

    /// The store at a location; nil for a text that is none.
    ///
    /// - `s3://bucket/prefix`: an object for each document; a slash is put behind a prefix that has none.
    /// - `dynamodb:table`: an item for each document, with the partition key `id` and the document in `entry`.
    /// - Parameter aws: asked only for a text that is a location.
    public static func at(_ location: String, aws: () throws -> AWSConfiguration) throws -> StateStore? {
        if let (bucket, prefix) = bucketAndPrefix(location) { return try .bucket(bucket, prefix: prefix, aws: aws()) }
        guard location.utf8.starts(with: "dynamodb:".utf8), location.utf8.count > 9 else { return nil }
        return try .table(String(location.dropFirst(9)), layout, aws: aws())
    }

    /// A table forgets documents that have an end when `expires` is its time to live.
    private static let layout = TableLayout(key: "id", document: "entry", expires: "expires")

    /// The store at a place: a folder, which is made, or a location as ``at(_:aws:)`` has it.
    /// - Throws: `StateStoreError`: `malformed` for a text that names no place or where AWS's settings do not suffice,
    ///   another code for a folder that cannot be used.
    public static func atPlace(
        _ place: String, aws: () throws -> AWSConfiguration
    ) throws(StateStoreError) -> StateStore {
        do {
            if let store = try StateStore.at(place, aws: aws) { return store }
        } catch { throw StateStoreError(.malformed, "\(place): \(error)", underlying: error) }
        guard !place.isEmpty, !place.containsBytes("://"), place != "dynamodb:" else {
            throw StateStoreError(.malformed, "\(place): expected a folder, \(expectedLocation)")
        }
        do throws(SystemError) {
            try makeFolder(place)
            guard access(place, R_OK | W_OK | X_OK) == 0 else { throw SystemError.last }
        } catch { throw error.described(place) }
        return .folder(place)
    }

    /// The parts of `s3://bucket/prefix`, with a slash behind a prefix that has none; nil for another text.
    public static func bucketAndPrefix(_ location: String) -> (bucket: String, prefix: String)? {
        guard location.utf8.starts(with: "s3://".utf8) else { return nil }
        let parts = location.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bucket = parts.first, !bucket.isEmpty else { return nil }
        let prefix = parts.count == 2 ? String(parts[1]) : ""
        return (String(bucket), prefix.isEmpty || prefix.hasSuffix("/") ? prefix : prefix + "/")
    }
}
