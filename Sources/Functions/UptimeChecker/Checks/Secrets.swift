import Basics
import JSON
import Transport

/// What must not appear in any text about an endpoint: the last line of defence, behind messages that are made without it.
struct Secrets: Sendable {
    private let values: [String]

    /// Header fields whose values nobody keeps secret; all others may be tokens.
    private static let openHeaders: Set<String> = [
        "accept", "accept-encoding", "accept-language", "cache-control", "content-type", "host", "origin", "referer",
        "user-agent",
    ]

    /// - Parameter token: what OAuth 2 brought.
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
        // Very short ones would only make the text unreadable; longer ones first, for one may hold another.
        values = texts.filter { $0.utf8.count >= 6 }.sorted { $0.utf8.count > $1.utf8.count }
    }

    /// The text with `***` in the place of every secret.
    func masked(_ text: String) -> String {
        values.reduce(text) { $0.replacingBytes($1, with: "***") }
    }

    /// The results with `***` in the place of every secret: a server may send back what it was sent.
    func masked(_ results: [ConditionResult]) -> [ConditionResult] {
        results.map { ConditionResult(text: masked($0.text), isMet: $0.isMet) }
    }

    /// What follows the first separator, if anything.
    private static func parts(_ text: String, _ separator: Character) -> [String] {
        text.split(separator: separator, maxSplits: 1).dropFirst().map(String.init)
    }
}
