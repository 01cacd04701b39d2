/// The parts of an `http`, `https`, `ws` or `wss` URL that a check needs.
struct WebURL: Sendable, Hashable {
    /// `https` or `wss`.
    var isSecure: Bool
    /// `user:password` as it is written, still percent-encoded.
    var userInfo: String?
    /// Without brackets.
    var host: String
    var port: UInt16
    /// Path and query as they are sent: at least `/`.
    var target: String

    init?(_ url: String) {
        guard let schemeEnd = url.firstIndex(of: ":"), url[schemeEnd...].hasPrefix("://") else { return nil }
        switch url[..<schemeEnd].lowercased() {
        case "http", "ws": isSecure = false
        case "https", "wss": isSecure = true
        default: return nil
        }
        let rest = url[url.index(schemeEnd, offsetBy: 3)...].prefix { $0 != "#" }
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var authority = rest[..<authorityEnd]
        if let at = authority.lastIndex(of: "@") {
            userInfo = String(authority[..<at])
            authority = authority[authority.index(after: at)...]
        }
        let portStart = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
        let digits = portStart.map { authority[authority.index(after: $0)...] } ?? ""
        guard let port = digits.isEmpty ? (isSecure ? 443 : 80) : UInt16(digits), port > 0 else { return nil }
        self.port = port
        let name = authority[..<(portStart ?? authority.endIndex)]
        host = String(name.hasPrefix("[") && name.hasSuffix("]") ? name.dropFirst().dropLast() : name)
        guard !host.isEmpty else { return nil }
        let target = rest[authorityEnd...]
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// `host:port`, with brackets round an IPv6 address.
    var authority: String { "\(bracketedHost):\(port)" }

    /// What a `Host` header says: the port only where it is not the usual one.
    var hostHeader: String { port == (isSecure ? 443 : 80) ? bracketedHost : authority }

    private var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }
}
