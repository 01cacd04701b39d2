import Basics
import JSON
import Transport

/// Replaces an endpoint's secrets by `***` in texts about it.
///
/// A second safeguard: messages are built without secrets, but a server may send back what it was sent.
struct SecretMask: Sendable {
    private let values: [String]

    /// Header fields that never carry a secret; all others may carry a token.
    private static let openHeaders: Set<String> = [
        "accept", "accept-encoding", "accept-language", "cache-control", "content-type", "host", "origin", "referer",
        "user-agent",
    ]

    /// - Parameter token: the OAuth 2 token that was sent.
    init(of endpoint: Endpoint, token: String? = nil) {
        let headers = endpoint.headers.filter { !Self.openHeaders.contains($0.name.lowercased()) }
        // The scheme of `Authorization: Bearer …` is no secret, what follows is.
        var texts = headers.flatMap { [$0.value] + Self.parts($0.value, " ") }
        for url in [endpoint.url, endpoint.client.proxyURL ?? "", endpoint.client.oauth2?.tokenURL ?? ""] {
            let authority = url.drop { $0 != "/" }.drop { $0 == "/" }.prefix { $0 != "/" }
            guard let at = authority.lastIndex(of: "@") else { continue }
            let user = String(authority[..<at])
            texts += [user, Base64.encode(Array(user.utf8))] + Self.parts(user, ":")
        }
        texts += [endpoint.client.oauth2?.clientSecret, token].compactMap(\.self) + PublicURL.secrets(in: endpoint.url)
        // Masking very short values would make texts unreadable. Longer ones go first, because they may contain others.
        values = texts.filter { $0.utf8.count >= 6 }.sorted { $0.utf8.count > $1.utf8.count }
    }

    /// The text with `***` for every secret.
    func masked(_ text: String) -> String {
        values.reduce(text) { $0.replacingBytes($1, with: "***") }
    }

    /// The results with `***` for every secret in their texts.
    func masked(_ results: [ConditionResult]) -> [ConditionResult] {
        results.map { ConditionResult(text: masked($0.text), isMet: $0.isMet) }
    }

    /// The part after the first separator, as an array of one or no element.
    private static func parts(_ text: String, _ separator: Character) -> [String] {
        text.split(separator: separator, maxSplits: 1).dropFirst().map(String.init)
    }
}
