/// What a check speaks to, and in which protocol.
///
/// Hosts are names or addresses without brackets.
enum CheckTarget: Sendable, Hashable {
    /// `http://` or `https://`.
    case http(url: String)
    /// `tcp://host:port`.
    case tcp(host: String, port: UInt16)
    /// `udp://host:port`.
    case udp(host: String, port: UInt16)
    /// `tls://host:port`.
    case tls(host: String, port: UInt16)
    /// `starttls://host:port`: SMTP, then TLS.
    case startTLS(host: String, port: UInt16)
    /// A name server, when the endpoint has `dns`; port 53 unless the URL says otherwise.
    case dns(host: String, port: UInt16, question: DNSQuestion)
    /// `icmp://host`.
    case icmp(host: String)
    /// `ws://` or `wss://`.
    case webSocket(url: String)
    /// `ssh://host[:port]`: the server's banner; port 22 unless the URL says otherwise.
    case ssh(host: String, port: UInt16)
}

/// Why a URL gives no check; its text holds no part of the URL but the scheme.
struct TargetError: Error {
    var message: String
    /// Gatus knows this kind of check, Tocsin does not.
    var isUnsupported = false

    init(_ message: String, isUnsupported: Bool = false) {
        self.message = message
        self.isUnsupported = isUnsupported
    }
}

extension CheckTarget {
    /// What Gatus checks for a URL: by its scheme, in lower case, unless there is a question for a name server.
    init(url: String, question: DNSQuestion?) throws(TargetError) {
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw TargetError("has a space or control character")
        }
        if let question {
            let (host, port) = try Self.hostAndPort(url, default: 53)
            self = .dns(host: host, port: port, question: question)
            return
        }
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else {
            throw TargetError("begins with no scheme, such as https:// or tcp://")
        }
        let scheme = url[..<colon]
        let rest = String(url[colon...].dropFirst(3))
        switch scheme {
        case "http", "https", "ws", "wss":
            guard let parts = WebURL(url) else { throw TargetError("has no host, or a wrong port") }
            self = scheme.hasPrefix("h") ? .http(url: url) : .webSocket(url: url)
            if case .webSocket = self, parts.userInfo != nil {
                throw TargetError("has a user in it: use an Authorization header")
            }
        case "tcp", "udp", "tls", "starttls":
            let (host, port) = try Self.hostAndPort(rest, default: nil)
            self =
                switch scheme {
                case "tcp": .tcp(host: host, port: port)
                case "udp": .udp(host: host, port: port)
                case "tls": .tls(host: host, port: port)
                default: .startTLS(host: host, port: port)
                }
        case "ssh":
            let (host, port) = try Self.hostAndPort(rest, default: 22)
            self = .ssh(host: host, port: port)
        case "icmp":
            guard !rest.isEmpty, !Self.hasMore(rest) else { throw TargetError("expected only a host after icmp://") }
            self = .icmp(host: Self.withoutBrackets(rest[...]))
        case "sctp", "grpc", "grpcs": throw TargetError("\(scheme):// is not supported", isUnsupported: true)
        default:
            throw TargetError(
                "begins with an unknown scheme, expected http, https, ws, wss, tcp, udp, tls, starttls, icmp or ssh"
            )
        }
    }

    /// `host:port` or `[address]:port`; an IPv6 address needs brackets only where a port follows.
    private static func hostAndPort(
        _ text: String, default standard: UInt16?
    ) throws(TargetError) -> (String, UInt16) {
        guard !hasMore(text) else { throw TargetError("has a user or path in it: expected only host:port") }
        let colons = text.count { $0 == ":" }
        let isBracketed = text.hasPrefix("[")
        let hasPort = isBracketed ? !text.hasSuffix("]") : colons == 1
        guard hasPort else {
            guard let standard, !text.isEmpty else { throw TargetError("has no port: expected host:port") }
            return (withoutBrackets(text[...]), standard)
        }
        guard let colon = text.lastIndex(of: ":"), case let digits = text[text.index(after: colon)...],
            digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(digits), port > 0,
            case let host = withoutBrackets(text[..<colon]), !host.isEmpty
        else { throw TargetError("expected host:port, with a port from 1 to 65535") }
        return (host, port)
    }

    /// Whether a text has what an HTTP URL may have beside host and port.
    private static func hasMore(_ text: String) -> Bool { text.contains { "@/?#".contains($0) } }

    private static func withoutBrackets(_ text: Substring) -> String {
        String(text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text)
    }
}

extension CheckTarget {
    /// The host that the check speaks to, in lower case.
    var host: String {
        switch self {
        case .http(let url), .webSocket(let url): (WebURL(url)?.host ?? url).lowercased()
        case .tcp(let host, _), .udp(let host, _), .tls(let host, _), .startTLS(let host, _), .ssh(let host, _),
            .icmp(let host), .dns(let host, _, _):
            host.lowercased()
        }
    }

    /// The port that the check speaks to; `nil` where there are no ports.
    var port: UInt16? {
        switch self {
        case .http(let url), .webSocket(let url): WebURL(url)?.port
        case .tcp(_, let port), .udp(_, let port), .tls(_, let port), .startTLS(_, let port), .ssh(_, let port),
            .dns(_, let port, _):
            port
        case .icmp: nil
        }
    }
}

/// What a DNS check asks: an endpoint's `dns`.
struct DNSQuestion: Sendable, Hashable {
    /// `query-name` with a dot at the end; for PTR, an address became its name under `in-addr.arpa` or `ip6.arpa`.
    var name: String
    /// `query-type` as Transport's `DNSRecordType` reads it: `A`, `MX`, or a number such as `TYPE65` for HTTPS.
    var type: String
}
