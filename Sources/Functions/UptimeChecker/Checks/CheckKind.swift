import Basics
import Transport

/// A kind of check: the schemes of its URLs, how such a URL becomes a target, and how the check runs.
///
/// To add one, write its value in a file of its own and add it to ``all``. Kinds are values and not types that conform
/// to a protocol, because the linker keeps unused conforming types.
struct CheckKind: Sendable {
    /// The kinds that the scheme of a URL selects, in the order in which messages list them.
    ///
    /// ``dns`` is not among them: an endpoint's `dns` section selects it.
    static let all: [CheckKind] = [.http, .webSocket, .tcp, .udp, .tls, .startTLS, .icmp, .ssh, .grpc]

    /// Makes the target of a URL with one of the kind's schemes.
    typealias TargetParser = @Sendable (_ kind: CheckKind, _ url: TargetURL) throws(TargetError) -> CheckTarget
    /// Runs one check and fills in what it observed.
    ///
    /// What was filled in before an error is kept.
    typealias Run = @Sendable (Checker, Check, inout Observation) async throws -> Void

    /// In lower case; no other kind has one of them.
    ///
    /// Also the identity of the kind.
    let schemes: [String]
    let target: TargetParser
    let run: Run

    init(schemes: [String], target: @escaping TargetParser, run: @escaping Run) {
        self.schemes = schemes
        self.target = target
        self.run = run
    }

    /// A kind whose URLs are `scheme://host:port`.
    /// - Parameter defaultPort: used where a URL has no port; nil where it must have one.
    init(scheme: String, defaultPort: UInt16? = nil, run: @escaping Run) {
        self.init(
            schemes: [scheme],
            target: { kind, url throws(TargetError) in
                let (host, port) = try TargetURL.hostAndPort(url.rest, defaultPort: defaultPort)
                return CheckTarget(kind, host: host, port: port)
            },
            run: run)
    }
}

extension CheckKind: Hashable {
    /// No two kinds have the same schemes.
    static func == (left: CheckKind, right: CheckKind) -> Bool { left.schemes == right.schemes }

    func hash(into hasher: inout Hasher) { hasher.combine(schemes) }
}

/// The server that a check connects to, and the kind of the check.
struct CheckTarget: Sendable, Hashable {
    let kind: CheckKind
    /// A name or an address without brackets, in lower case.
    let host: String
    /// nil for a kind without ports: ICMP.
    let port: UInt16?
    /// The whole URL, for kinds that send its path; otherwise nil.
    let url: String?
    /// What to ask a name server.
    let question: DNSQuestion?

    init(_ kind: CheckKind, host: String, port: UInt16?, url: String? = nil, question: DNSQuestion? = nil) {
        self.kind = kind
        self.host = host.lowercased()
        self.port = port
        self.url = url
        self.question = question
    }

    /// The target of an endpoint's `url`: a name server when the endpoint has `dns`, otherwise by the scheme, as in
    /// Gatus.
    init(url: String, question: DNSQuestion?) throws(TargetError) {
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw TargetError(.invalid, "has a space or control character")
        }
        if let question {
            let (host, port) = try TargetURL.hostAndPort(url, defaultPort: 53)
            self.init(.dns, host: host, port: port, question: question)
            return
        }
        guard let parts = TargetURL(url) else {
            throw TargetError(.invalid, "begins with no scheme, such as https:// or tcp://")
        }
        guard let url = InternationalName.ascii(url: url).flatMap({ TargetURL($0) }) else {
            throw TargetError(
                .invalid, "has a host after \(parts.scheme):// whose letters have no fixed form: write it as xn--…")
        }
        if let kind = CheckKind.all.first(where: { $0.schemes.contains(url.scheme) }) {
            self = try kind.target(kind, url)
        } else if Self.unsupportedSchemes.contains(url.scheme) {
            throw TargetError(.unsupported, "\(url.scheme):// is not supported")
        } else {
            let schemes = CheckKind.all.flatMap(\.schemes)
            let list = schemes.dropLast().joined(separator: ", ") + " or " + (schemes.last ?? "")
            throw TargetError(.invalid, "begins with an unknown scheme, expected \(list)")
        }
    }

    /// `host:port`, with brackets around an IPv6 address; the host alone for a kind without ports.
    var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port.map { "\(host):\($0)" } ?? host
    }

    /// Schemes of checks that Gatus has and Tocsin has not.
    private static let unsupportedSchemes: Set<String> = ["sctp"]
}

/// A URL split at its scheme.
struct TargetURL: Sendable {
    /// As it was written; schemes are in lower case as in Gatus, so `HTTP` is an unknown one.
    let scheme: String
    /// The text after `scheme://`.
    let rest: String
    /// The whole URL.
    let text: String

    /// nil when the text has no `scheme://`.
    init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        scheme = String(text[..<colon])
        rest = String(text[colon...].dropFirst(3))
        self.text = text
    }

    /// The host of a URL that has nothing else: `scheme://host`.
    func hostOnly() throws(TargetError) -> String {
        guard !rest.isEmpty, !Self.hasUserOrPath(rest) else {
            throw TargetError(.invalid, "expected only a host after \(scheme)://")
        }
        return Self.withoutBrackets(rest[...])
    }

    /// Parses `host:port` or `[address]:port`.
    ///
    /// An IPv6 address needs brackets only where a port follows.
    static func hostAndPort(_ text: String, defaultPort: UInt16?) throws(TargetError) -> (
        host: String, port: UInt16
    ) {
        guard !hasUserOrPath(text) else {
            throw TargetError(.invalid, "has a user or path in it: expected only host:port")
        }
        let colons = text.count { $0 == ":" }
        let isBracketed = text.hasPrefix("[")
        let hasPort = isBracketed ? !text.hasSuffix("]") : colons == 1
        guard hasPort else {
            guard let defaultPort, !text.isEmpty else {
                throw TargetError(.invalid, "has no port: expected host:port")
            }
            return (withoutBrackets(text[...]), defaultPort)
        }
        guard let colon = text.lastIndex(of: ":"), case let digits = text[text.index(after: colon)...],
            digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(digits), port > 0,
            case let host = withoutBrackets(text[..<colon]), !host.isEmpty
        else { throw TargetError(.invalid, "expected host:port, with a port from 1 to 65535") }
        return (host, port)
    }

    private static func hasUserOrPath(_ text: String) -> Bool { text.contains { "@/?#".contains($0) } }

    private static func withoutBrackets(_ text: Substring) -> String {
        String(text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text)
    }
}

/// Why a URL is no target.
enum TargetErrorCode: String, ErrorCode {
    /// The URL is malformed, or its scheme unknown.
    case invalid
    /// Gatus has this kind of check, Tocsin has not.
    case unsupported
}

/// Why a URL is no target; the message completes "the URL …" and shows no part of it but the scheme.
typealias TargetError = CodedError<TargetErrorCode>

extension CodedError<TargetErrorCode> {
    var isUnsupported: Bool { code == .unsupported }
}
