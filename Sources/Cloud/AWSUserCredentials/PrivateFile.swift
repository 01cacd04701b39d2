import AWS
import Basics
import Glibc
import JSON

/// A file of the AWS CLI with secrets in it, as JSON.
struct PrivateFile {
    let path: String

    /// The object in the file; nil when there is no such file or it holds something else.
    func read() -> JSONObject? {
        guard let bytes = try? contents(ofFile: path, limit: 1 << 20) else { return nil }
        return (try? JSONValue(parsing: bytes))?.objectValue
    }

    /// Replaces the file in one step, readable by its owner alone; makes its folder when that is missing.
    /// - Throws: why the disk does not take it.
    func write(_ object: JSONObject) throws(SystemError) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try makeFolder(folder)
        let draft = "\(folder)/.tocsin-" + randomUUID { .random(in: 0...255) }
        try replaceFile(path, with: JSONValue.object(object).serialized(), draft: draft)
    }
}

extension AWSCredentials {
    /// Reads an expiry in the AWS CLI's files, which is also written as `2026-01-01T00:00:00UTC`.
    static func cliExpiration(_ text: String) throws(AWSError) -> Timestamp {
        try expiration(text.hasSuffix("UTC") ? text.dropLast(3) + "Z" : text)
    }
}
