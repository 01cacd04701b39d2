public import Basics
internal import Glibc

/// Where the text of a configuration is.
public enum ConfigurationSource: Sendable, Hashable, CustomStringConvertible {
    /// The text itself.
    case text(String)
    /// A file: in the zip when the path is relative and `LAMBDA_TASK_ROOT` or `FC_FUNC_CODE_PATH` is set.
    case file(String)
    /// An object of S3: `s3://bucket/key`.
    case object(bucket: String, key: String)
    /// A parameter of Systems Manager, decrypted if it is a SecureString: `ssm:/name`, or the ARN of one.
    case parameter(String)

    /// What a location may look like, for faults.
    public static let expected = "a path, s3://bucket/key or ssm:/name"

    /// Reads a location; anything that is neither in S3 nor a parameter is a path.
    ///
    /// Nil when a part is missing.
    public init?(_ location: String) {
        if location.hasPrefix("s3://") {
            let parts = location.dropFirst(5).split(separator: "/", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            self = .object(bucket: String(parts[0]), key: String(parts[1]))
        } else if location.hasPrefix("ssm:") {
            guard location.utf8.count > 4 else { return nil }
            self = .parameter(String(location.dropFirst(4)))
        } else if location.arnFields?.dropFirst(2).first == "ssm" {
            self = .parameter(location)
        } else {
            guard !location.isEmpty else { return nil }
            self = .file(location)
        }
    }

    /// The location as it is written; "the text" for a text.
    public var description: String {
        switch self {
        case .text: "the text"
        case .file(let path): path
        case .object(let bucket, let key): "s3://\(bucket)/\(key)"
        case .parameter(let name): name.hasPrefix("arn:") ? name : "ssm:\(name)"
        }
    }

    /// Reads the text.
    /// - Parameters:
    ///   - environment: tells where a relative path begins.
    ///   - remote: asked for an object or a parameter only.
    /// - Throws: ``ConfigurationSourceError`` for a file; otherwise what `remote` throws.
    public func load(
        environment: [String: String], remote: RemoteValues, deadline: Timestamp? = nil
    ) async throws -> [UInt8] {
        switch self {
        case .text(let text): return Array(text.utf8)
        case .file(let path): return try Self.bytes(ofFile: path, environment)
        case .object(let bucket, let key): return try await remote.object(bucket, key, deadline)
        case .parameter(let name): return Array(try await remote.parameter(name, deadline).utf8)
        }
    }

    /// Reads a file; a relative path begins at the function's folder where there is one.
    /// - Throws: ``ConfigurationSourceError`` with `unreadableFile`; also for a file of more than 16 MiB, which is S3's
    ///   largest answer too.
    public static func bytes(
        ofFile path: String, _ environment: [String: String] = [:]
    ) throws(ConfigurationSourceError) -> [UInt8] {
        let root = environment["LAMBDA_TASK_ROOT"] ?? environment["FC_FUNC_CODE_PATH"]
        let path = path.hasPrefix("/") ? path : (root.map { $0 + "/" } ?? "") + path
        do throws(SystemError) { return try contents(ofFile: path, limit: 16 << 20) } catch {
            let reason = error.number == EFBIG ? "it is larger than 16 MiB" : "\(error)"
            throw ConfigurationSourceError(
                .unreadableFile, "the file \(path) cannot be read: \(reason)", underlying: error)
        }
    }
}

/// Fetches values that are stored in a cloud; `RemoteValues.aws` makes them for AWS.
///
/// Closures, not a protocol: the linker keeps every method of a conforming type, but drops a closure that the program
/// does not make.
public struct RemoteValues: Sendable {
    /// An object of S3.
    public var object: @Sendable (_ bucket: String, _ key: String, _ deadline: Timestamp?) async throws -> [UInt8]
    /// A parameter by its name or ARN.
    public var parameter: @Sendable (_ name: String, _ deadline: Timestamp?) async throws -> String
    /// A secret; ``SecretReference/plain(_:)`` is never asked for.
    public var secret: @Sendable (_ reference: SecretReference, _ deadline: Timestamp?) async throws -> String

    /// Values from these three.
    public init(
        object: @escaping @Sendable (_ bucket: String, _ key: String, _ deadline: Timestamp?) async throws -> [UInt8],
        parameter: @escaping @Sendable (_ name: String, _ deadline: Timestamp?) async throws -> String,
        secret: @escaping @Sendable (_ reference: SecretReference, _ deadline: Timestamp?) async throws -> String
    ) {
        (self.object, self.parameter, self.secret) = (object, parameter, secret)
    }
}

/// Why the text of a configuration could not be read.
public enum ConfigurationSourceErrorCode: String, ErrorCode {
    /// The file is not there, may not be read, or is too large.
    case unreadableFile
}

/// Why the text of a configuration could not be read.
public typealias ConfigurationSourceError = CodedError<ConfigurationSourceErrorCode>
