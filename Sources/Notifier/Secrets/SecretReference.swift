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
