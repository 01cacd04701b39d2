import Basics
public import JSON

/// The values of an experiment's secrets, to hide them in journals, logs and messages.
///
/// Whole values are found, also in Base64 and hexadecimal, and with the escapes of JSON, URLs and HTML. Those of fewer
/// than four characters, and words such as `true`, are not: hiding them would make a journal useless.
public struct SecretValues: Sendable {
    /// What stands in place of a secret.
    public static let mask = "***"

    private var finder = SecretFinder()
    /// The secrets that are numbers of at least four digits, as they are written.
    private var numbers: Set<String> = []

    /// All texts and numbers in the secrets, and those keys of the configuration that open Vault.
    public init(secrets: JSONObject, configuration: JSONObject = [:]) {
        add(.object(secrets))
        for key in ExperimentVariables.secretKeys { add(configuration[key] ?? .null) }
    }

    /// Whether there is nothing to hide.
    public var isEmpty: Bool { finder.isEmpty && numbers.isEmpty }

    private static let harmless: Set<String> = ["true", "false", "none", "null", mask]

    private mutating func add(_ value: JSONValue) {
        switch value {
        case .string(let text):
            guard text.utf8.count >= 4, !Self.harmless.contains(text.lowercased()) else { return }
            finder.add(text, .credential)
        case .integer, .unsigned, .double:
            let text = value.description
            guard text.utf8.count >= 4 else { return }
            numbers.insert(text)
            finder.add(text, .credential)
        case .array(let elements): for element in elements { add(element) }
        case .object(let object): for element in object.values { add(element) }
        case .null, .bool: break
        }
    }

    /// The text with `***` for every secret.
    public func masked(_ text: String) -> String { finder.masked(text, isOurs: true) }

    /// The value with `***` for every secret, in keys too.
    public func masked(_ value: JSONValue) -> JSONValue {
        guard !isEmpty else { return value }
        switch value {
        case .string(let text): return .string(masked(text))
        case .integer, .unsigned, .double: return numbers.contains(value.description) ? .string(Self.mask) : value
        case .array(let elements): return .array(elements.map { masked($0) })
        case .object(let object): return .object(JSONObject(object.map { (masked($0.key), masked($0.value)) }))
        case .null, .bool: return value
        }
    }

    /// A copy of an experiment's document in which inline secrets are hidden, however short, and the values too
    /// wherever else they stand.
    public func masked(document: JSONObject) -> JSONObject {
        var document = masked(.object(document)).objectValue ?? [:]
        if let secrets = document["secrets"] { document["secrets"] = Self.withoutInlineValues(secrets) }
        if case .object(var configuration)? = document["configuration"] {
            for key in ExperimentVariables.secretKeys where configuration[key]?.stringValue != nil {
                configuration[key] = .string(Self.mask)
            }
            document["configuration"] = .object(configuration)
        }
        return document
    }

    private static let lookups: Set<String> = ["env", "file", "vault", "ssm", "secretsmanager", "kms"]

    private static func withoutInlineValues(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            if let type = object["type"]?.stringValue, lookups.contains(type) { return value }
            return .object(JSONObject(object.map { ($0.key, withoutInlineValues($0.value)) }))
        case .array(let elements): return .array(elements.map(withoutInlineValues))
        case .string, .integer, .unsigned, .double, .bool: return .string(mask)
        case .null: return value
        }
    }
}

extension ExperimentError {
    /// The error without the values of secrets.
    func masked(by secrets: SecretValues) -> ExperimentError {
        let text = secrets.masked(message)
        return text == message ? self : ExperimentError(code, text)
    }
}
