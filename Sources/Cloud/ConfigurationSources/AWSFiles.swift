public import AWS
import Basics
import Configuration
import JSON

extension RemoteValues {
    /// Values in S3 and Systems Manager, for functions without secrets: asking for one throws `SecretError`.
    ///
    /// Apart from ``aws(functionName:_:)`` and in a file of its own, so that the linker drops the models of KMS and
    /// Secrets Manager.
    /// - Parameter aws: asked only when something is fetched.
    public static func awsFiles(_ aws: @escaping @Sendable () throws -> AWSConfiguration) -> RemoteValues {
        let files = AWSFiles(aws: aws)
        return RemoteValues(
            object: { try await files.object(bucket: $0, key: $1, deadline: $2) },
            parameter: { try await files.parameter($0, deadline: $1) },
            secret: { reference, _ in
                throw SecretError(.unavailable, "\(reference) cannot be fetched: this function reads no secrets")
            }
        )
    }
}

/// Objects and parameters.
struct AWSFiles: Sendable {
    let aws: @Sendable () throws -> AWSConfiguration

    func object(bucket: String, key: String, deadline: Timestamp?) async throws -> [UInt8] {
        let input: JSONValue = ["Bucket": .string(bucket), "Key": .string(key)]
        return try await AWSClient(.s3, configuration: aws()).send("GetObject", input, deadline: deadline).body
    }

    func parameter(_ name: String, deadline: Timestamp?) async throws -> String {
        let input: JSONValue = ["Name": .string(name), "WithDecryption": true]
        let output = try await AWSClient(.ssm, configuration: aws()).call("GetParameter", input, deadline: deadline)
        guard let text = output["Parameter"]?["Value"]?.stringValue else {
            throw AWSError(.invalidResponse, "the parameter \(name) has no value")
        }
        return text
    }
}
