public import AWS
import Basics
import Configuration
import JSON

extension RemoteValues {
    /// Values in S3, Systems Manager, Secrets Manager and KMS.
    ///
    /// They throw `AWSError`, and for secrets `SecretError`.
    /// - Parameters:
    ///   - functionName: `AWS_LAMBDA_FUNCTION_NAME`. Lambda's console encrypts variables with it as their context.
    ///   - aws: asked only when something is fetched.
    public static func aws(
        functionName: String? = nil, _ aws: @escaping @Sendable () throws -> AWSConfiguration
    ) -> RemoteValues {
        let files = AWSFiles(aws: aws)
        let secrets = AWSSecrets(aws: aws, functionName: functionName, files: files)
        return RemoteValues(
            object: { try await files.object(bucket: $0, key: $1, deadline: $2) },
            parameter: { try await files.parameter($0, deadline: $1) },
            secret: { try await secrets.secret($0, deadline: $1) }
        )
    }
}

private struct AWSSecrets: Sendable {
    let aws: @Sendable () throws -> AWSConfiguration
    let functionName: String?
    let files: AWSFiles

    func secret(_ reference: SecretReference, deadline: Timestamp?) async throws -> String {
        let text: String?
        do {
            switch reference {
            case .plain(let secret): text = secret
            case .encrypted(let base64, let context): text = try await decrypt(base64, context, deadline)
            case .parameter(let name): text = try await files.parameter(name, deadline: deadline)
            case .managed(let id, let key):
                let output = try await call(.secretsManager, "GetSecretValue", ["SecretId": .string(id)], deadline)
                let whole = output["SecretString"]?.stringValue
                text = key == nil ? whole : whole.flatMap { try? JSONValue(parsing: $0) }?[key ?? ""]?.stringValue
            }
        } catch let error as AWSError {
            throw SecretError(.unavailable, "\(reference) cannot be fetched: \(error)", underlying: error)
        }
        guard let text, !text.isEmpty else {
            throw SecretError(.empty, "\(reference) is missing or empty")
        }
        return text
    }

    private func decrypt(
        _ base64: String, _ context: [String: String], _ deadline: Timestamp?
    ) async throws -> String? {
        do {
            return try await decryptOnce(base64, context, deadline)
        } catch let error as AWSError where error.code == "InvalidCiphertextException" && context.isEmpty {
            guard let functionName else { throw error }
            return try await decryptOnce(base64, ["LambdaFunctionName": functionName], deadline)
        }
    }

    private func decryptOnce(
        _ base64: String, _ context: [String: String], _ deadline: Timestamp?
    ) async throws -> String? {
        var input: JSONObject = ["CiphertextBlob": .string(base64)]
        if !context.isEmpty {
            let pairs = context.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
            input["EncryptionContext"] = .object(JSONObject(pairs))
        }
        let output = try await call(.kms, "Decrypt", .object(input), deadline)
        return output["Plaintext"]?.stringValue.flatMap(Base64.decode).map { String(decoding: $0, as: UTF8.self) }
    }

    private func call(
        _ service: AWSService, _ operation: String, _ input: JSONValue, _ deadline: Timestamp?
    ) async throws -> JSONValue {
        try await AWSClient(service, configuration: aws()).call(operation, input, deadline: deadline)
    }
}
