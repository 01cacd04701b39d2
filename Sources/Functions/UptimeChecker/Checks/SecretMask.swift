import Basics
import JSON
import Transport

/// Replaces an endpoint's secrets by `***` in texts about it.
///
/// A second safeguard: messages are built without secrets, but a server may send back what it was sent.
struct SecretMask: Sendable {
    private var finder = SecretFinder()

    /// Masks nothing.
    static let none = SecretMask()

    private init() {}

    /// - Parameters:
    ///   - token: the OAuth 2 token that was sent.
    ///   - cookies: the values of cookies that were sent or received.
    ///   - sent: what the steps of a conversation have sent.
    init(of endpoint: Endpoint, token: String? = nil, cookies: [String] = [], sent: [String] = []) {
        let fields = Array(endpoint.headers) + endpoint.client.proxy.headers + endpoint.probe.grpc.metadata
        for field in fields where !Self.openHeaders.contains(field.name.lowercased()) { add(field) }
        // Most have no user: a mask is made for every attempt.
        for url in [endpoint.url, endpoint.client.proxyURL ?? "", endpoint.client.oauth2?.tokenURL ?? ""]
        where url.utf8.contains(UInt8(ascii: "@")) {
            let authority = url.drop { $0 != "/" }.drop { $0 == "/" }.prefix { $0 != "/" }
            if let at = authority.lastIndex(of: "@") { addUser(String(authority[..<at])) }
        }
        for secret in PublicURL.secrets(in: endpoint.url) { addEncoded(secret) }
        for secret in [endpoint.client.oauth2?.clientSecret, token].compactMap(\.self) { addEncoded(secret) }
        // Shorter ones are flags and numbers, and a message is worth nothing without its words `true` and `500`.
        for cookie in cookies where cookie.utf8.count >= Self.shortestCookie { addEncoded(cookie) }
        for line in sent { add(sent: line) }
        for (name, value) in endpoint.client.oauth2?.parameters ?? [:] where PublicURL.isSecret(name.lowercased()) {
            addEncoded(value)
        }
        if !endpoint.body.isEmpty { addSecrets(inBody: endpoint.body) }
        for secret in endpoint.step?.context.secrets ?? [] { addEncoded(secret) }
        if let body = endpoint.rawBody { addSecrets(inBody: String(decoding: body, as: UTF8.self)) }
    }

    /// The secrets of an endpoint and of a check of it.
    init(of endpoint: Endpoint, _ observation: Observation) {
        self.init(of: endpoint, token: observation.token, cookies: observation.cookies, sent: observation.sent)
    }

    /// Adds a secret that the response has.
    mutating func add(secret: String) { addEncoded(secret) }

    /// Whether there is nothing to mask.
    var isEmpty: Bool { finder.isEmpty }

    /// A text of a server, or about it, with `***` for every secret and every part of one.
    func masked(_ text: String) -> String { finder.masked(text) }

    /// A text of the configuration with `***` for every secret.
    func masked(ours text: String) -> String { finder.masked(text, isOurs: true) }
}

extension SecretMask {
    /// Header fields that never carry a secret; all others may carry a token.
    private static let openHeaders: Set<String> = [
        "accept", "accept-encoding", "accept-language", "cache-control", "content-type", "host", "origin", "referer",
        "user-agent",
    ]
    private static let credentialHeaders: Set<String> = [
        "authorization", "cookie", "proxy-authorization", "set-cookie",
    ]
    /// Words of an `Authorization` header that are no secrets.
    private static let schemes: Set<String> = ["bearer", "basic", "digest", "token", "apikey", "negotiate", "username"]

    /// The shortest value of a cookie that is taken for a secret, in bytes.
    private static let shortestCookie = 6
    /// The shortest word of a line that is taken for a secret, in bytes: `a` and `1` are in every message.
    private static let shortestWord = 3
    /// Words of mail and chat protocols that begin a line and are no secrets.
    private static let commands: Set<String> = [
        "apop", "auth", "authenticate", "capa", "capability", "cram-md5", "data", "ehlo", "from", "helo", "hello",
        "info", "join", "list", "login", "logout", "mail", "nick", "noop", "pass", "ping", "plain", "pong", "quit",
        "rcpt", "rset", "select", "starttls", "stat", "stls", "user", "xoauth2",
    ]

    /// Whether a header carries a credential.
    /// - Parameter name: in lower case.
    static func isCredential(header name: String) -> Bool {
        credentialHeaders.contains(name) || PublicURL.isSecretHeader(name)
    }

    private mutating func add(_ field: HTTPHeaders.Field) {
        guard Self.isCredential(header: field.name.lowercased()) else { return finder.add(field.value, .other) }
        // The scheme of `Authorization: Bearer …` is no secret, what follows is.
        let words = field.value.split(separator: " ", maxSplits: 1)
        let hasScheme = words.count == 2 && Self.schemes.contains(words[0].lowercased())
        if hasScheme { finder.add(field.value, .other) }
        let value = hasScheme ? words[1] : field.value[...]
        addEncoded(value)
        // Servers repeat the value of a cookie, or of a parameter of `Authorization`, alone.
        for part in value.split(whereSeparator: { "; ,".contains($0) }) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { addEncoded(pair[1].filter { $0 != "\"" }) } else if part != value { addEncoded(part) }
        }
        // What `Basic` carries is a user and a password.
        if hasScheme, words[0].lowercased() == "basic" || value.hasSuffix("="), let bytes = Base64.decode(String(value))
        {
            addUser(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Adds a line of a conversation but for the names of commands: together, and each word.
    private mutating func add(sent line: String) {
        let words = line.split(whereSeparator: \.isWhitespace)
        for run in words.split(whereSeparator: { Self.commands.contains($0.lowercased()) }) {
            if let first = run.first, let last = run.last, run.count > 1 {
                addEncoded(line[first.startIndex..<last.endIndex])
            }
            for word in run where word.utf8.count >= Self.shortestWord { addEncoded(word) }
        }
    }

    /// Adds `user:password`, and the password alone; without a password the user is the secret.
    private mutating func addUser(_ user: String) {
        addEncoded(user)
        let parts = user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[1].isEmpty { addEncoded(parts[1]) } else { addEncoded(parts[0]) }
    }

    /// Adds a value that may be percent-encoded, in both forms.
    private mutating func addEncoded(_ text: some StringProtocol) {
        guard !text.isEmpty else { return }
        finder.add(text, .credential)
        let decoded = percentDecoded(text, plusAsSpace: false)
        if decoded != text { finder.add(decoded, .credential) }
    }

    /// Adds the values of a JSON or form body whose names sound like secrets.
    private mutating func addSecrets(inBody body: String) {
        if let value = try? JSONValue(parsing: body) { return addSecrets(in: value) }
        for (name, value) in formFields(Array(body.utf8)) where PublicURL.isSecret(name.lowercased()) {
            addEncoded(value)
        }
    }

    private mutating func addSecrets(in value: JSONValue) {
        for element in value.arrayValue ?? [] { addSecrets(in: element) }
        for member in value.objectValue ?? JSONObject() {
            if PublicURL.isSecret(member.key.lowercased()), let text = member.value.stringValue {
                addEncoded(text)
            } else {
                addSecrets(in: member.value)
            }
        }
    }
}
