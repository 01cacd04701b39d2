import Transport

/// Looks hosts up as a check wants it: by the endpoint's own name server, or by the checker's.
struct HostLookup: Sendable {
    let loop: EventLoop
    /// The name servers to ask where an endpoint names none; empty for the system's.
    let servers: [SocketAddress]

    /// The addresses of a host; never empty.
    func addresses(
        of host: String, port: UInt16, family: AddressFamily = .any, for client: ClientSettings, _ budget: TimeBudget
    ) async throws -> [SocketAddress] {
        let own = try await ownServers(of: client, budget)
        return try await NameResolver(loop: loop, servers: own ?? servers)
            .addresses(of: host, port: port, family: family, timeout: budget.remaining)
    }

    /// The name servers of an endpoint's `dns-resolver`; `nil` without one.
    func ownServers(of client: ClientSettings, _ budget: TimeBudget) async throws -> [SocketAddress]? {
        guard let server = client.nameServer else { return nil }
        return try await NameResolver(loop: loop, servers: servers)
            .addresses(of: server.host, port: server.port, timeout: budget.remaining)
    }

    /// A request that goes the way the endpoint's settings say: its name servers, proxy and certificates, its time left.
    func request(
        _ method: String, _ url: String, for client: ClientSettings, allowing allowed: Set<AddressClass>,
        _ budget: TimeBudget
    ) async throws -> HTTPRequest {
        var request = HTTPRequest(method, url, acceptsGzip: true)
        request.tls = TLSOptions(client)
        request.addressPolicy = AddressPolicy(allowing: allowed)
        request.nameServers = try await ownServers(of: client, budget)
        if let proxy = client.proxyURL { request.proxy = ProxySettings(http: proxy, https: proxy) }
        request.totalTimeout = try budget.remaining
        request.connectTimeout = try budget.remaining
        return request
    }
}
