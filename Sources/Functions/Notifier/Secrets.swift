import AWS
import Basics
import JSON
import Synchronization

/// The secrets that outputs need, fetched when they are first needed and kept for a while.
final class Secrets: Sendable {
    /// How long a fetched secret is used before it is fetched again.
    static let age = Duration.seconds(15 * 60)

    private let kept = Mutex<[SecretReference: Refreshed<String>]>([:])
    private let source: SecretSource
    private let now: @Sendable () -> Timestamp
    private let executor: (any TaskExecutor)?

    init(source: SecretSource, now: @escaping @Sendable () -> Timestamp, executor: (any TaskExecutor)? = nil) {
        (self.source, self.now, self.executor) = (source, now, executor)
    }

    /// The secrets by their names.
    /// - Throws: `NotifierError` with `noSecret`.
    func values(of references: [String: SecretReference], until end: Timestamp) async throws -> [String: String] {
        var values: [String: String] = [:]
        for (name, reference) in references { values[name] = try await value(of: reference, until: end) }
        return values
    }

    /// Fetches these anew when they are needed next: a service has refused one.
    func expire(_ references: some Sequence<SecretReference>) {
        for reference in references { entry(reference)?.expire() }
    }

    private func value(of reference: SecretReference, until end: Timestamp) async throws -> String {
        if case .plain(let text) = reference { return text }
        let entry = kept.withLock { kept in
            if let entry = kept[reference] { return entry }
            let entry = Refreshed(for: Self.age, now: now, executor: executor) { [source] end in
                try await source.fetch(reference, until: end)
            }
            kept[reference] = entry
            return entry
        }
        return try await entry.value(until: end)
    }

    private func entry(_ reference: SecretReference) -> Refreshed<String>? { kept.withLock { $0[reference] } }
}

/// Where a secret is, or the secret itself: what stands in the rules file or a variable.
///
/// Its description never holds a secret.
enum SecretReference: Sendable, Hashable {
    /// The secret itself.
    case plain(String)
    /// `kms:<base64>`, with an encryption context `kms:<base64>#name=value,name=value`: encrypted by KMS.
    ///
    /// Without a context both ways are tried that exist: none, and the one of Lambda's console,
    /// `LambdaFunctionName=<function>`.
    case encrypted(base64: String, context: [String: String])
    /// `ssm:<name>`, or the parameter's ARN: a parameter of Systems Manager.
    case parameter(String)
    /// `secretsmanager:<name>`, or the secret's ARN; `#<key>` picks one member of a secret that is a JSON object.
    case managed(id: String, key: String?)

    /// Reads a reference; what has none of the forms above is the secret itself.
    init(_ text: String) {
        let parts = text.split(separator: "#", maxSplits: 1).map(String.init)
        let place = parts.first ?? ""
        let service = place.hasPrefix("arn:") ? place.split(separator: ":").dropFirst(2).first : nil
        if place.hasPrefix("kms:") {
            let context = parts.dropFirst().first.map(Self.pairs) ?? [:]
            self = .encrypted(base64: String(place.dropFirst(4)), context: context)
        } else if text.hasPrefix("ssm:") {
            self = .parameter(String(text.dropFirst(4)))
        } else if service == "ssm" {
            self = .parameter(text)
        } else if place.hasPrefix("secretsmanager:") {
            self = .managed(id: String(place.dropFirst(15)), key: parts.dropFirst().first)
        } else if service == "secretsmanager" {
            self = .managed(id: place, key: parts.dropFirst().first)
        } else {
            self = .plain(text)
        }
    }

    private static func pairs(_ text: String) -> [String: String] {
        let pairs = text.split(separator: ",").compactMap { pair -> (String, String)? in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return sides.count == 2 ? (String(sides[0]), String(sides[1])) : nil
        }
        return Dictionary(pairs) { $1 }
    }
}

extension SecretReference: CustomStringConvertible {
    var description: String {
        switch self {
        case .plain: "a plain text"
        case .encrypted: "a text encrypted by KMS"
        case .parameter(let name): "the parameter \(name)"
        case .managed(let id, let key): "the secret \(id)" + (key.map { ", key \($0)" } ?? "")
        }
    }
}

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
