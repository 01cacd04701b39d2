import Basics
import JSON
import TimeZones
import Transport

/// An entry of `endpoints:` in Gatus's format (github.com/TwiN/gatus, v5), with all defaults filled in.
struct Endpoint: Sendable {
    /// `name`; never empty.
    var name: String
    /// `group`.
    var group: String?
    /// `url` as it was written.
    var url: String
    /// The kind of check and the server, from `url` and `dns`.
    var target: CheckTarget
    /// `conditions`; at least one.
    var conditions: [Condition]
    /// `method`.
    var method = "GET"
    /// `body` as it was written; ``sentBody(localAddress:random:)`` fills in its placeholders and wraps a GraphQL
    /// query.
    var body = ""
    /// A body that is sent as it is, in the place of ``body``: a module of blackbox_exporter has it.
    var rawBody: [UInt8]?
    /// `headers`, with User-Agent and for GraphQL Content-Type added; the values may be secrets.
    var headers: HTTPHeaders = ["User-Agent": Endpoint.userAgent]
    /// `graphql`: whether the body is sent as `{"query": body}`.
    var isGraphQL = false
    /// `interval`: the time between two checks.
    var interval = Duration.seconds(60)
    /// `client`.
    var client = ClientSettings()
    /// `ui`: which parts of results are shown.
    var ui = UISettings()
    /// `maintenance-windows`; the file's `maintenance` applies as well.
    var maintenance: [WeeklyWindow] = []
    /// `enabled`.
    var isEnabled = true
    /// `extra-labels`, sorted by name: additional dimensions of metrics.
    var labels: [(name: String, value: String)] = []
    /// `retry`, an addition to Gatus: how a failure is confirmed before it counts.
    var confirmation = Confirmation()
    /// `allow`, an addition to Gatus: classes of addresses that are refused unless named here.
    var allowedAddresses: Set<AddressClass> = []
    /// What it is in a suite; nil for an endpoint of `endpoints`.
    var step: SuiteStep?
    /// `expect`, `steps`, `icmp` and `grpc`, additions to Gatus: what is asked and expected beside the conditions.
    var probe = ProbeSettings()

    /// The User-Agent of endpoints without their own.
    static let userAgent = "Tocsin/" + TocsinVersion.current
}

extension Endpoint {
    /// Gatus's key, `<group>_<name>` in lower case with `-` for special characters; unique in a file.
    var key: String { Self.key(group: group, name: name) }

    /// `group/name`, or the name alone.
    var displayName: String { group.map { "\($0)/\(name)" } ?? name }
}

extension Endpoint: CustomStringConvertible {
    /// Only the name, because headers, body and URL may contain secrets.
    var description: String { displayName }
}

extension Endpoint {
    /// The key for a group and a name.
    static func key(group: String?, name: String) -> String {
        "\(sanitized(group ?? ""))_\(sanitized(name))"
    }

    private static func sanitized(_ text: String) -> String {
        let bytes = text.lowercased().trimmingWhitespace.utf8.map { byte in
            "/_., #+&".utf8.contains(byte) ? UInt8(ascii: "-") : byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Endpoint {
    /// The body to send: with Gatus's placeholders filled in, and a GraphQL query wrapped as `{"query": …}`.
    ///
    /// The placeholders are `[ENDPOINT_NAME]`, `[ENDPOINT_GROUP]`, `[ENDPOINT_URL]`, `[LOCAL_ADDRESS]` and
    /// `[RANDOM_STRING_12]`, which is 12 random letters and digits (at most 8,192).
    /// - Parameters:
    ///   - localAddress: this side's address, for checks over sockets.
    ///   - random: returns a number in 0..<1.
    func sentBody(localAddress: String? = nil, random: () -> Double) -> [UInt8] {
        var text = body
        if text.contains("[") {
            text = text.replacingBytes("[ENDPOINT_NAME]", with: name)
            text = text.replacingBytes("[ENDPOINT_GROUP]", with: group ?? "")
            text = text.replacingBytes("[ENDPOINT_URL]", with: url)
            text = Self.fillingRandomStrings(text, random: random)
            if let localAddress { text = text.replacingBytes("[LOCAL_ADDRESS]", with: localAddress) }
        }
        return isGraphQL ? JSONValue.object(["query": .string(text)]).serialized() : Array(text.utf8)
    }

    private static func fillingRandomStrings(_ text: String, random: () -> Double) -> String {
        let start = Array("[RANDOM_STRING_".utf8)
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        var rest = Array(text.utf8)[...]
        var result: [UInt8] = []
        while let byte = rest.first {
            let digits = rest.dropFirst(start.count).prefix { 0x30...0x39 ~= $0 }
            if byte == start[0], rest.starts(with: start), !digits.isEmpty,
                rest.dropFirst(start.count + digits.count).first == UInt8(ascii: "]")
            {
                let count = min(Int(String(decoding: digits, as: UTF8.self)) ?? .max, 8_192)
                for _ in 0..<count { result.append(letters[Int(random() * Double(letters.count))]) }
                rest.removeFirst(start.count + digits.count + 1)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// How a check connects: an endpoint's `client`.
struct ClientSettings: Sendable, Hashable {
    /// `insecure`: certificates are not verified.
    var isInsecure = false
    /// `ignore-redirect`: a redirect is not followed; its status is the result.
    var ignoresRedirect = false
    /// `timeout` of one attempt.
    var timeout = Duration.seconds(10)
    /// `dns-resolver`: used instead of the system's name servers.
    var nameServer: NameServer?
    /// `network`: which addresses are used; in Gatus only of an ICMP check.
    var family = AddressFamily.any
    /// Whether only the first address is tried, as blackbox_exporter does it.
    var triesOneAddress = false
    /// `source-address`, an addition to Gatus: this end of checks over sockets.
    var sourceAddress: SocketAddress?
    /// `max-redirects`, an addition to Gatus.
    var maximumRedirects = 10
    /// `http-version`, an addition to Gatus.
    var httpVersion = HTTPVersion.http1
    /// Whether a compressed body is asked for, and uncompressed.
    var acceptsGzip = true
    /// `tls`: the certificate shown to the server.
    var certificate: ClientCertificate?
    /// `tls` as well: additions to Gatus.
    var tls = TLSSettings()
    /// `proxy-url`, used instead of the environment's proxy; may contain a password.
    var proxyURL: String?
    /// Other settings of proxies, which only modules of blackbox_exporter have.
    var proxy = ProxyDetails()
    /// `store-cookies`: cookies go along with the next requests, redirects and checks.
    var storesCookies = false
    /// `oauth2`: how to get a bearer token.
    var oauth2: OAuth2Settings?

    /// `udp://192.0.2.1:53`.
    struct NameServer: Sendable, Hashable {
        /// The transport protocol.
        enum Network: String, Sendable { case tcp, udp }

        var network: Network
        /// A name or an IPv4 address.
        var host: String
        var port: UInt16
    }

    /// The address family.
    enum AddressFamily: String, Sendable, CaseIterable {
        case any = "ip"
        case ipv4 = "ip4"
        case ipv6 = "ip6"
        /// An addition to Gatus: all, those of IPv4 first.
        case preferIPv4 = "prefer-ip4"
        /// An addition to Gatus: all, those of IPv6 first.
        case preferIPv6 = "prefer-ip6"
    }

    /// How TLS is spoken: additions to Gatus's `client.tls`.
    struct TLSSettings: Sendable, Hashable {
        /// `ca-file`: what the server is verified against, instead of the machine's authorities.
        var authorities: CertificateAuthorities?
        /// `server-name`: the name that the server is asked for and its certificate must have.
        var serverName: String?
        /// `min-version`.
        var minimumVersion: TLSVersion?
        /// `max-version`.
        var maximumVersion: TLSVersion?
    }

    /// How proxies are used.
    struct ProxyDetails: Sendable, Hashable {
        /// Whether the environment's proxies are used where no other is named.
        var usesEnvironment = true
        /// Hosts that are reached without `proxyURL`, in the form of `NO_PROXY`.
        var exceptions: [String] = []
        /// Sent to the proxy alone; may be secrets.
        var headers = HTTPHeaders()
        /// Whether the target's name is looked up by the proxy alone.
        var skipsLookup = false
    }

    /// Two files in PEM format.
    struct ClientCertificate: Sendable, Hashable {
        /// `certificate-file`.
        var certificateFile: String
        /// `private-key-file`.
        var privateKeyFile: String
    }
}

extension ClientSettings: CustomStringConvertible {
    /// Without the proxy and the OAuth 2 settings, which contain secrets.
    var description: String { "a client with \(timeout.text) for each attempt" }
}

/// The client credentials flow of OAuth 2 (RFC 6749, section 4.4): `client.oauth2`.
struct OAuth2Settings: Sendable, Hashable {
    /// `token-url`.
    var tokenURL: String
    /// `client-id`.
    var clientID: String
    /// `client-secret`: never shown.
    var clientSecret: String
    /// `scopes`; in Gatus at least one.
    var scopes: [String]
    /// Further parameters of the request, which only modules of blackbox_exporter have; may be secrets.
    var parameters: [String: String] = [:]
}

extension OAuth2Settings: CustomStringConvertible {
    /// Without the secret.
    var description: String { "\(clientID) at \(tokenURL)" }
}

/// Which parts of an endpoint's results are shown: `ui`.
struct UISettings: Sendable, Hashable {
    /// `hide-conditions`.
    var hidesConditions = false
    /// `hide-hostname`.
    var hidesHostname = false
    /// `hide-url`.
    var hidesURL = false
    /// `hide-port`.
    var hidesPort = false
    /// `hide-errors`.
    var hidesErrors = false
    /// `dont-resolve-failed-conditions` and `resolve-successful-conditions`.
    var conditionDisplay = ConditionDisplay()
}

/// How a failure is confirmed within one run before it counts: an endpoint's `retry`.
struct Confirmation: Sendable, Hashable {
    /// `attempts`: the number of failed checks in a row that make an endpoint down; 1 means the first one does.
    var attempts = 1
    /// `interval`: the time between two attempts.
    var interval = Duration.seconds(2)
}

/// Classes of addresses that checks connect to only when the configuration's `allow` names them.
enum AddressClass: String, Sendable, CaseIterable {
    /// 169.254.0.0/16 and fe80::/10.
    case linkLocal = "link-local"
    /// The metadata and credential services of clouds, such as 169.254.169.254, fd00:ec2::254 and 100.100.100.200.
    case metadata
}
