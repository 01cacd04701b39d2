public import Basics
public import Configuration

/// Where a secret is kept, or the secret itself, as a configuration gives it.
///
/// Its description never holds a secret.
public enum SecretReference: Sendable, Hashable {
    /// The secret itself.
    case plain(String)
    /// `kms:<base64>`, with an encryption context `kms:<base64>#name=value,name=value`: encrypted by KMS.
    ///
    /// Without a context the text is decrypted without one, and when KMS refuses that, with the context that Lambda's
    /// console uses: `LambdaFunctionName=<function>`.
    case encrypted(base64: String, context: [String: String])
    /// `ssm:<name>`, or the parameter's ARN: a parameter of Systems Manager.
    case parameter(String)
    /// `secretsmanager:<name>`, or the secret's ARN; `#<key>` picks one member of a secret that is a JSON object.
    case managed(id: String, key: String?)

    /// Reads a reference; what has none of the forms above is the secret itself.
    public init(_ text: String) {
        let parts = text.split(separator: "#", maxSplits: 1).map(String.init)
        let place = parts.first ?? ""
        let service = place.arnFields?.dropFirst(2).first
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
    /// `the parameter /slack`; never a secret.
    public var description: String {
        switch self {
        case .plain: "a plain text"
        case .encrypted: "a text encrypted by KMS"
        case .parameter(let name): "the parameter \(name)"
        case .managed(let id, let key): "the secret \(id)" + (key.map { ", key \($0)" } ?? "")
        }
    }
}

extension ConfigurationSection {
    /// A secret or where it is kept; `env:NAME` stands for the value of that variable.
    /// - Returns: nil when the key is absent, or a fault was noted.
    public func secretReference(_ key: String, environment: [String: String]) -> SecretReference? {
        guard let value = value(key) else { return nil }
        guard let text = value.text, !text.isEmpty else {
            fault(key, "expected a text")
            return nil
        }
        guard text.hasPrefix("env:") else { return SecretReference(text) }
        guard let variable = environment[String(text.dropFirst(4))], !variable.isEmpty else {
            fault(key, "\(text) is not set")
            return nil
        }
        return SecretReference(variable)
    }
}

/// Secrets that are fetched when they are first needed, and kept for 15 minutes.
///
/// When a secret cannot be fetched again, the old one stays in use.
public final class SecretCache: Sendable {
    private let cache: Cache<SecretReference, String>

    /// Nothing is fetched yet.
    public init(remote: RemoteValues, time: TimeSource, executor: (any TaskExecutor)? = nil) {
        cache = Cache(time: time, executor: executor) { reference, deadline in
            let end = time.now() + .seconds(10)
            let secret = try await remote.secret(reference, deadline.map { min($0, end) } ?? end)
            return .init(secret, freshUntil: time.now() + .seconds(15 * 60), usableUntil: nil)
        }
    }

    /// The secrets by their names.
    /// - Throws: what fetching throws, when there is no old secret; `CacheError` at the deadline.
    public func values(
        of references: [String: SecretReference], deadline: Timestamp? = nil
    ) async throws -> [String: String] {
        var values: [String: String] = [:]
        for (name, reference) in references {
            if case .plain(let text) = reference {
                values[name] = text
            } else {
                values[name] = try await cache.value(reference, deadline: deadline)
            }
        }
        return values
    }

    /// Makes the next caller fetch these again, because a service has refused one.
    public func expire(_ references: some Sequence<SecretReference>) {
        for reference in references { cache.expire(reference) }
    }
}

/// Why there is no value for a secret.
public enum SecretErrorCode: String, ErrorCode {
    /// It could not be fetched or decrypted.
    case unavailable
    /// It was fetched, and is empty or lacks the key.
    case empty
}

/// Why there is no value for a secret; the message names where it is kept, never the value.
public typealias SecretError = CodedError<SecretErrorCode>
