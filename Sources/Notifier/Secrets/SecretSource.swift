import AWS
import JSON

/// Fetches secrets from where they are kept.
struct SecretSource: Sendable {
    let aws: @Sendable () throws -> AWSConfiguration
    /// `AWS_LAMBDA_FUNCTION_NAME`: Lambda's console encrypts variables with it as their context.
    let functionName: String?

    /// - Throws: `NotifierError` with `noSecret`; it names the place, never the value.
    func fetch(_ reference: SecretReference, until end: Timestamp) async throws -> String {
        do {
            switch reference {
            case .plain(let text): return text
            case .encrypted(let base64, let context): return try await decrypt(base64, context, end)
            case .parameter(let name):
                let input: JSONValue = ["Name": .string(name), "WithDecryption": true]
                let output = try await call(.ssm, "GetParameter", input, end)
                return try Self.text(output["Parameter"]?["Value"])
            case .managed(let id, let key):
                let output = try await call(.secretsManager, "GetSecretValue", ["SecretId": .string(id)], end)
                let text = try Self.text(output["SecretString"])
                guard let key else { return text }
                return try Self.text((try? JSONValue(parsing: text))?[key])
            }
        } catch let error as AWSError {
            throw NotifierError(.noSecret, "\(reference) cannot be had: \(error)", underlying: error)
        } catch is Missing {
            throw NotifierError(.noSecret, "\(reference) is not there: expected a text that is not empty")
        }
    }

    private struct Missing: Error {}

    private static func text(_ value: JSONValue?) throws -> String {
        guard let text = value?.stringValue, !text.isEmpty else { throw Missing() }
        return text
    }

    private func decrypt(_ base64: String, _ context: [String: String], _ end: Timestamp) async throws -> String {
        do {
            return try await decryptOnce(base64, context, end)
        } catch let error as AWSError where error.code == "InvalidCiphertextException" && context.isEmpty {
            guard let functionName else { throw error }
            return try await decryptOnce(base64, ["LambdaFunctionName": functionName], end)
        }
    }

    private func decryptOnce(_ base64: String, _ context: [String: String], _ end: Timestamp) async throws -> String {
        var input: JSONValue = ["CiphertextBlob": .string(base64)]
        if !context.isEmpty {
            let pairs = context.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
            input = ["CiphertextBlob": .string(base64), "EncryptionContext": .object(JSONObject(pairs))]
        }
        let output = try await call(.kms, "Decrypt", input, end)
        let bytes = output["Plaintext"]?.stringValue.flatMap(Base64.decode)
        return try Self.text(bytes.map { .string(String(decoding: $0, as: UTF8.self)) })
    }

    private func call(
        _ service: AWSService, _ operation: String, _ input: JSONValue, _ end: Timestamp
    ) async throws -> JSONValue {
        try await AWSClient(service, configuration: aws()).call(operation, input, deadline: end)
    }
}
