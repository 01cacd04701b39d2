public import Basics
internal import Glibc
import JSON

/// Where the configuration file of a function is.
public enum TextSource: Sendable, Hashable {
    /// The text itself.
    case text(String)
    /// A file: in the zip when the path is relative and `LAMBDA_TASK_ROOT` or `FC_FUNC_CODE_PATH` is set.
    case file(String)
    /// An object of S3: `s3://bucket/key`.
    case object(bucket: String, key: String)
    /// A parameter of Systems Manager, decrypted if it is a SecureString: `ssm:/name`, or the ARN of one.
    case parameter(String)

    /// Reads a location; anything that is neither in S3 nor a parameter is a path.
    ///
    /// `nil` when a part is missing.
    public init?(_ location: String) {
        if location.hasPrefix("s3://") {
            let parts = location.dropFirst(5).split(separator: "/", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            self = .object(bucket: String(parts[0]), key: String(parts[1]))
        } else if location.hasPrefix("ssm:") {
            guard location.utf8.count > 4 else { return nil }
            self = .parameter(String(location.dropFirst(4)))
        } else if location.hasPrefix("arn:"), location.split(separator: ":").dropFirst(2).first == "ssm" {
            self = .parameter(location)
        } else {
            guard !location.isEmpty else { return nil }
            self = .file(location)
        }
    }

    /// Reads the text.
    /// - Parameters:
    ///   - environment: tells where a relative path begins.
    ///   - aws: asked only when the source is in AWS.
    /// - Throws: `AWSError`, which names the operation or the file.
    public func load(
        environment: [String: String], deadline: Timestamp? = nil, aws: @Sendable () throws -> AWSConfiguration
    ) async throws -> [UInt8] {
        switch self {
        case .text(let text): return Array(text.utf8)
        case .file(let path):
            let root = environment["LAMBDA_TASK_ROOT"] ?? environment["FC_FUNC_CODE_PATH"]
            let path = path.hasPrefix("/") ? path : (root.map { $0 + "/" } ?? "") + path
            return try Self.bytes(ofFile: path)
        case .object(let bucket, let key):
            let input: JSONValue = ["Bucket": .string(bucket), "Key": .string(key)]
            return try await AWSClient(.s3, configuration: aws()).send("GetObject", input, deadline: deadline).body
        case .parameter(let name):
            let input: JSONValue = ["Name": .string(name), "WithDecryption": true]
            let output = try await AWSClient(.ssm, configuration: aws()).call("GetParameter", input, deadline: deadline)
            guard let text = output["Parameter"]?["Value"]?.stringValue else {
                throw AWSError(.invalidResponse, "the parameter \(name) has no value")
            }
            return Array(text.utf8)
        }
    }

    /// The largest file taken, as large as the largest answer of S3.
    private static let maximumBytes = 16 << 20

    private static func bytes(ofFile path: String) throws(AWSError) -> [UInt8] {
        func fault(_ reason: String) -> AWSError {
            AWSError(.invalidConfiguration, "the file \(path) cannot be read: \(reason)")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fault(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count <= maximumBytes {
            var failure: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                let result = read(descriptor, buffer.baseAddress, buffer.count)
                if result < 0 { failure = errno }
                count = max(0, result)
            }
            guard failure == 0 else { throw fault(String(cString: strerror(failure))) }
            if piece.isEmpty { return bytes }
            bytes += piece
        }
        throw fault("it is larger than 16 MiB")
    }
}
