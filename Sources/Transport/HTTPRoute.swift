/// How a hop reaches its target: by which proxy if any, and at which addresses.
struct HTTPRoute {
    /// The proxy's URL.
    let proxy: String?
    /// Hosts and their addresses as libcurl wants to be told, so that it never looks a name up itself: it would block.
    let addresses: [String]
    /// How long finding them took.
    let lookup: Duration
}

/// Finds the routes of a client's requests, and remembers the addresses for connections that are kept.
///
/// Loop's thread only (@unchecked).
final class HTTPRouter: @unchecked Sendable {
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

    /// The route of a hop, if no name server has to be asked for it.
    /// - Throws: `TransportError` with `.proxyFailed`.
    func routeAtHand(_ hop: HTTPHop) throws(TransportError) -> HTTPRoute? {
        let proxy = proxy(for: hop)
        var addresses: [String] = []
        for host in try hosts(hop, proxy) where !host.isLiteral(of: hop.request.addressFamily) {
            let name = name(of: host, hop)
            guard !hop.request.usesFreshConnection, let kept = known[name], kept.since.left > .zero else { return nil }
            addresses.append(host.resolved(to: kept.addresses))
        }
        return HTTPRoute(proxy: proxy, addresses: addresses, lookup: .zero)
    }

    /// The route of a hop; asks name servers.
    /// - Throws: `TransportError` with `.nameNotResolved`, `.timedOut` or `.proxyFailed`; `CancellationError`.
    func route(_ hop: HTTPHop) async throws -> HTTPRoute {
        let begin = hop.start.elapsed
        let proxy = proxy(for: hop)
        do {
            var addresses: [String] = []
            for host in try hosts(hop, proxy) where !host.isLiteral(of: hop.request.addressFamily) {
                addresses.append(host.resolved(to: try await look(up: host, hop)))
            }
            return HTTPRoute(proxy: proxy, addresses: addresses, lookup: hop.start.elapsed - begin)
        } catch var error as TransportError {
            if error.code == .timedOut {
                error.message = "looking up \(error.host ?? "") timed out after \(hop.lookupTimeout.text)"
            }
            if proxy != nil {
                error = error.about("", "the proxy for \(hop.target.authority) failed")
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

    /// The hosts that libcurl has to know the addresses of.
    private func hosts(_ hop: HTTPHop, _ proxy: String?) throws(TransportError) -> [RequestTarget] {
        guard let proxy else { return [hop.target] }
        let server = try RequestTarget(proxy: proxy)
        // These protocols want an address from us; by all others, the proxy finds it itself.
        return ["socks4", "socks5"].contains(server.scheme) ? [server, hop.target] : [server]
    }

    /// Forgets what is known about a hop's target, after a connection to it failed.
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
    /// Whether it needs no look-up: it is an address, and of the right kind.
    fileprivate func isLiteral(of family: AddressFamily) -> Bool {
        SocketAddress(ip: bareHost, port: port).map(family.includes) ?? false
    }

    /// `host:port:address,address`, as libcurl takes it; the plus sign lets libcurl forget it after a minute.
    fileprivate func resolved(to addresses: [SocketAddress]) -> String {
        "+\(host):\(port):" + addresses.map { $0.isIPv6 ? "[\($0.ip)]" : $0.ip }.joined(separator: ",")
    }
}
