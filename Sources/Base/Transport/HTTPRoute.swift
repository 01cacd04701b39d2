import Basics
import CCurl

/// How a request reaches its target: through which proxy if any, and at which addresses.
struct HTTPRoute {
    /// The proxy's URL.
    let proxy: String?
    /// `host:port` of the proxy, for messages.
    var proxyAuthority: String? { proxy.flatMap { try? RequestTarget(proxy: $0) }?.authority }
    /// Hosts and their addresses in libcurl's form (`CURLOPT_RESOLVE`): libcurl's own look-up would block the loop.
    let addresses: [String]
    /// How long the name look-up took.
    let lookup: Duration
}

/// Finds the routes of a client's requests, and remembers the addresses for connections that are kept.
final class HTTPRouter {
    private struct Name: Hashable {
        let host: String
        let family: AddressFamily
        let servers: [SocketAddress]
    }

    // Longer than libcurl keeps an idle connection (118 s): whatever can be reused needs no look-up.
    private static let lifetime = Duration.seconds(120)

    private let loop: EventLoop
    private let configuration: HTTPClientConfiguration
    private var known: [Name: (addresses: [SocketAddress], since: Deadline)] = [:]

    init(loop: EventLoop, configuration: HTTPClientConfiguration) {
        self.loop = loop
        self.configuration = configuration
    }

    /// The route of a request, if no name server has to be asked for it.
    /// - Throws: `TransportError` with `.proxyFailed`.
    func routeAtHand(_ hop: HTTPHop) throws(TransportError) -> HTTPRoute? {
        let proxy = proxy(for: hop)
        var addresses: [String] = []
        for host in try hosts(hop, proxy) where !host.isLiteral(of: hop.request.addressFamily) {
            if let given = given(host, hop) {
                addresses.append(host.resolved(to: given))
                continue
            }
            let name = name(of: host, hop)
            guard !hop.request.usesFreshConnection, let kept = known[name], kept.since.left > .zero else { return nil }
            addresses.append(host.resolved(to: kept.addresses))
        }
        return HTTPRoute(proxy: proxy, addresses: addresses, lookup: .zero)
    }

    /// The route of a request; asks name servers.
    /// - Throws: `TransportError` with `.nameNotResolved`, `.timedOut` or `.proxyFailed`; `CancellationError`.
    func route(_ hop: HTTPHop) async throws -> HTTPRoute {
        let begin = hop.start.elapsed
        let proxy = proxy(for: hop)
        do {
            var addresses: [String] = []
            for host in try hosts(hop, proxy) where !host.isLiteral(of: hop.request.addressFamily) {
                let found = if let given = given(host, hop) { given } else { try await look(up: host, hop) }
                addresses.append(host.resolved(to: found))
            }
            return HTTPRoute(proxy: proxy, addresses: addresses, lookup: hop.start.elapsed - begin)
        } catch var error as TransportError {
            if error.code == .timedOut {
                error.message = "looking up \(error.host ?? "") timed out after \(hop.lookupTimeout.text)"
                error.timeLimit = hop.lookupTimeout
            }
            if proxy != nil {
                error = error.about("", "the proxy for \(hop.target.authority) cannot be found")
                error.code = .proxyFailed
            }
            error.host = hop.target.authority
            error.timings = HTTPTimings(nameLookup: hop.start.elapsed - begin, total: hop.start.elapsed)
            throw error
        }
    }

    private func proxy(for hop: HTTPHop) -> String? {
        (hop.request.proxy ?? configuration.proxy).proxy(for: hop.target)
    }

    /// The addresses of a host that the request itself has.
    private func given(_ host: RequestTarget, _ hop: HTTPHop) -> [SocketAddress]? {
        host.authority == hop.target.authority ? hop.request.serverAddresses : nil
    }

    /// The hosts whose addresses libcurl needs.
    private func hosts(_ hop: HTTPHop, _ proxy: String?) throws(TransportError) -> [RequestTarget] {
        guard let proxy else { return [hop.target] }
        let server = try RequestTarget(proxy: proxy)
        // These protocols want an address from us; by all others, the proxy finds it itself.
        return ["socks4", "socks5"].contains(server.scheme) ? [server, hop.target] : [server]
    }

    /// Forgets the addresses of a request's target, after a connection to it failed.
    func forget(_ hop: HTTPHop) { known[name(of: hop.target, hop)] = nil }

    private func name(of target: RequestTarget, _ hop: HTTPHop) -> Name {
        Name(
            host: target.bareHost.lowercased(), family: hop.request.addressFamily,
            servers: hop.request.nameServers ?? configuration.nameServers
        )
    }

    private func look(up target: RequestTarget, _ hop: HTTPHop) async throws -> [SocketAddress] {
        let name = name(of: target, hop)
        let addresses = try await NameResolver(loop: loop, servers: name.servers).addresses(
            of: name.host, port: target.port, family: name.family, timeout: hop.lookupTimeout
        )
        if !hop.request.usesFreshConnection { known[name] = (addresses, Deadline(after: Self.lifetime)) }
        return addresses
    }
}

extension RequestTarget {
    /// Whether the host is an address of this family already and needs no look-up.
    fileprivate func isLiteral(of family: AddressFamily) -> Bool {
        SocketAddress(ip: bareHost, port: port).map(family.includes) ?? false
    }

    /// `host:port:address,address`, as libcurl takes it; the plus sign lets libcurl forget it after a minute.
    fileprivate func resolved(to addresses: [SocketAddress]) -> String {
        "+\(host):\(port):" + addresses.map { $0.isIPv6 ? "[\($0.ip)]" : $0.ip }.joined(separator: ",")
    }
}

/// The parts of a URL that decide where a request goes, as libcurl itself reads them.
package struct RequestTarget {
    package let scheme: String
    /// The host alone, as it is in the URL; an IPv6 address has its brackets.
    package let host: String
    package let port: UInt16

    package var isSecure: Bool { scheme == "https" }
    /// `host:port`, for messages.
    package var authority: String { "\(host):\(port)" }
    /// The value of the header `Host`: with the port only where it is not the scheme's own.
    package var hostHeader: String { port == (isSecure ? 443 : 80) ? host : authority }

    /// The URL that this target was made from, with another host in the place of its own.
    func url(_ url: String, withHost host: String) -> String {
        "\(scheme)://\(host):\(port)" + pathAndQuery(of: url)
    }

    /// Path and query of the URL that this target was made from, from its slash.
    package func pathAndQuery(of url: String) -> String {
        let rest = url.utf8.drop { $0 != UInt8(ascii: ":") }.dropFirst(3)
        let start = rest.drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        let path = String(Substring(start.prefix { $0 != UInt8(ascii: "#") }))
        return path.hasPrefix("/") ? path : "/" + path
    }

    /// The host alone, without the brackets of an IPv6 address.
    package var bareHost: String { host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host }

    /// Whether a redirect from there stays with the same server: same host, port and scheme, or from HTTP to HTTPS.
    func isReached(from target: RequestTarget) -> Bool {
        guard HTTPHeaders.areEqual(host, target.host) else { return false }
        let isUpgrade = (target.scheme, target.port, scheme, port) == ("http", 80, "https", 443)
        return isUpgrade || (scheme, port) == (target.scheme, target.port)
    }

    /// An absolute `http://` or `https://` URL.
    /// - Throws: `TransportError` with `.invalidRequest`.
    package init(_ url: String) throws(TransportError) {
        // The URL itself stays out of the message: it may carry a secret.
        let refusal = TransportError(
            .invalidRequest, "the request's URL is not an absolute, percent-encoded http:// or https:// URL"
        )
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
            let parts = Self.parts(of: url, CURLU_PATH_AS_IS, CURLU_DEFAULT_PORT),
            parts.scheme == "http" || parts.scheme == "https", let port = parts.port
        else { throw refusal }
        (scheme, host, self.port) = (parts.scheme, parts.host, port)
    }

    /// The address of a proxy, which may be without a scheme.
    /// - Throws: `TransportError` with `.proxyFailed`.
    package init(proxy: String) throws(TransportError) {
        let flags = CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME
        guard let parts = Self.parts(of: proxy, flags, 0) else {
            throw TransportError(.proxyFailed, "the proxy's address is not host:port or a URL")
        }
        (scheme, host) = (parts.scheme, parts.host)
        port = parts.port ?? (parts.scheme == "https" ? 443 : 1080)  // libcurl's defaults
    }

    private static func parts(
        of url: String, _ flags: Int32, _ portFlags: Int32
    ) -> (scheme: String, host: String, port: UInt16?)? {
        guard let parser = curl_url() else { return nil }
        defer { curl_url_cleanup(parser) }
        func part(_ part: CURLUPart) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(parser, part, &text, UInt32(portFlags)) == CURLUE_OK, let text else { return nil }
            defer { curl_free(text) }
            return String(cString: text)
        }
        guard curl_url_set(parser, CURLUPART_URL, url, UInt32(flags)) == CURLUE_OK,
            let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST)
        else { return nil }
        return (scheme, host, part(CURLUPART_PORT).flatMap { UInt16($0) })
    }
}

/// Which proxy to use for which URL.
public struct ProxySettings: Sendable, Hashable {
    /// The proxy for `http://` URLs, such as `http://user:password@proxy.example.com:3128`.
    public var http: String?
    /// The proxy for `https://` URLs (reached by `CONNECT`).
    public var https: String?
    /// Hosts reached directly: names (with their subdomains), addresses, CIDR blocks; `*` for all.
    public var exceptions: [String]
    /// Whether `localhost` is reached through the proxy as well, and then is the proxy's machine.
    public var includesLocalhost: Bool

    /// Proxies by their URLs; none by default.
    public init(
        http: String? = nil, https: String? = nil, exceptions: [String] = [], includesLocalhost: Bool = false
    ) {
        self.http = http
        self.https = https
        self.exceptions = exceptions
        self.includesLocalhost = includesLocalhost
    }

    /// `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, the lower-case spelling before the upper-case one.
    ///
    /// As in curl and Go, `HTTP_PROXY` is ignored in a CGI program (`REQUEST_METHOD` is set), where a client's `Proxy:`
    /// header could have set it.
    public init(environment: [String: String]) {
        func value(_ name: String) -> String? {
            let isForged = name == "http_proxy" && environment["REQUEST_METHOD"] != nil
            let value = environment[name] ?? (isForged ? nil : environment[name.uppercased()])
            return value?.isEmpty == false ? value : nil
        }
        self.init(
            http: value("http_proxy") ?? value("all_proxy"), https: value("https_proxy") ?? value("all_proxy"),
            exceptions: (value("no_proxy") ?? "").split { $0 == "," || $0 == " " }.map(String.init)
        )
    }
}

extension ProxySettings {
    private static let localhost = ["localhost", "127.0.0.0/8", "::1"]
    // The metadata and credential services of a cloud are never reached through a proxy.
    private static let alwaysDirect = ["169.254.0.0/16", "fd00:ec2::/32"]

    /// The proxy for a target, or `nil` to connect directly.
    package func proxy(for target: RequestTarget) -> String? {
        guard let proxy = target.isSecure ? https : http, !isException(target.bareHost) else { return nil }
        return proxy
    }

    private func isException(_ host: String) -> Bool {
        let address = SocketAddress(ip: host, port: 0)?.octets
        let name = host.lowercased().trimmingDots()
        let local = includesLocalhost ? [] : Self.localhost
        return (Self.alwaysDirect + local + exceptions).contains { exception in
            if exception == "*" { return true }
            if let address { return AddressBlock(exception.trimmingBrackets())?.contains(address) == true }
            let suffix = exception.lowercased().trimmingDots()
            return !suffix.isEmpty && (name == suffix || name.hasSuffix("." + suffix))
        }
    }
}

extension String {
    fileprivate func trimmingDots() -> Substring {
        var text = self[...]
        while text.first == "." { text.removeFirst() }
        while text.last == "." { text.removeLast() }
        return text
    }

    fileprivate func trimmingBrackets() -> Substring { hasPrefix("[") ? dropFirst().prefix { $0 != "]" } : self[...] }
}
