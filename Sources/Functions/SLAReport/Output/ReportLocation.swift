import AWS
import Basics
import Glibc
import JSON
import StateStore

/// Where a report is written.
public enum ReportLocation: Sendable, Hashable, CustomStringConvertible {
    /// A bucket of S3; keys begin with the prefix.
    case bucket(String, prefix: String)
    /// A folder, which is made.
    case folder(String)

    /// What a location may look like, for faults.
    public static let expected = "a folder or s3://bucket/prefix"

    /// Reads a location; nil when its bucket is missing, and for another kind of URL.
    public init?(_ text: String) {
        if let (bucket, prefix) = StateStore.bucketAndPrefix(text) {
            self = .bucket(bucket, prefix: prefix)
        } else {
            guard !text.isEmpty, !text.containsBytes("://") else { return nil }
            self = .folder(text.hasSuffix("/") && text != "/" ? String(text.dropLast()) : text)
        }
    }

    /// `s3://bucket/prefix`, or the folder's path.
    public var description: String {
        switch self {
        case .bucket(let name, let prefix): "s3://\(name)/\(prefix)"
        case .folder(let path): path
        }
    }
}
