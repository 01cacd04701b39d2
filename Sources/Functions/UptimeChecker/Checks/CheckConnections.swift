import Basics
import Transport

/// How checks reach their targets: name look-up, connections, TLS, requests.
extension Checker {
    /// Runs a body with the addresses of the target, one after the other, until it succeeds with one.
    ///
    /// The observation gets that address and the duration of the look-up. The addresses share the time that is left.
    /// - Throws: what the body threw for the last address.
    func withAddress<R: Sendable>(
        _ check: Check, _ observation: inout Observation,
        _ body: (_ address: SocketAddress, _ limit: Duration) async throws -> R
    ) async throws -> R {
        let start = check.budget.elapsed
        let addresses = try await lookup.addresses(
            of: check.target.host, port: check.target.port ?? 0, for: check.endpoint, check.budget)
        observation.timings.nameLookup = check.budget.elapsed - start
        for (index, address) in addresses.dropLast().enumerated() {
            observation.ip = address.ip
            do {
                return try await body(address, check.budget.remaining / (addresses.count - index))
            } catch is TransportError {
                continue
            }
        }
        let last = addresses[addresses.count - 1]
        observation.ip = last.ip
        return try await body(last, check.budget.remaining)
    }

    /// Opens a TCP connection to the target.
    func connect(_ check: Check, _ observation: inout Observation) async throws -> TCPConnection {
        let (connection, duration) = try await withAddress(check, &observation) { [loop] address, limit in
            let start = check.budget.elapsed
            let connection = try await TCPConnection.connect(
                to: address, from: check.endpoint.client.sourceAddress, on: loop, timeout: limit,
                policy: check.addressPolicy)
            return (connection, check.budget.elapsed - start)
        }
        observation.timings.connect = duration
        return connection
    }

    /// Performs the TLS handshake on a connection to the target.
    func startTLS(
        on connection: TCPConnection, _ check: Check, _ observation: inout Observation
    ) async throws -> TLSConnection {
        let start = check.budget.elapsed
        let secured = try await TLSConnection.handshake(
            over: connection, serverName: check.serverName, options: check.tls, authorities: authorities(for: check),
            timeout: check.budget.remaining
        )
        observation.timings.tls = check.budget.elapsed - start
        observation.certificate = secured.facts.certificate
        observation.tlsVersion = secured.facts.version
        return secured
    }

    /// What the target's certificate is verified against.
    func authorities(for check: Check) -> CertificateAuthorities {
        check.endpoint.client.tls.authorities ?? authorities
    }

    /// The endpoint's body with its placeholders filled in.
    func sentBody(_ check: Check, from localAddress: SocketAddress?) -> [UInt8] {
        check.endpoint.sentBody(localAddress: localAddress?.description, random: time.random)
    }
}

/// Finds addresses with the endpoint's own name server, or with the function's.
struct HostLookup: Sendable {
    let loop: EventLoop
    /// The name servers for endpoints that name none; empty for the system's.
    let servers: [SocketAddress]

    /// The addresses of a host in the order to try them; never empty.
    func addresses(
        of host: String, port: UInt16, for endpoint: Endpoint, _ budget: TimeBudget
    ) async throws -> [SocketAddress] {
        let own = try await ownServers(of: endpoint.client, AddressPolicy(allowing: endpoint.allowedAddresses), budget)
        let family = endpoint.client.family
        let addresses = try await NameResolver(loop: loop, servers: own ?? servers)
            .addresses(of: host, port: port, family: AddressFamily(family), timeout: budget.remaining)
        return Array(family.ordered(addresses).prefix(endpoint.client.triesOneAddress ? 1 : addresses.count))
    }

    /// Applies the settings of an endpoint to a request to its own server, which a server of tokens does not share.
    /// - Returns: how long a look-up took that the request does not need any more.
    func prepare(_ request: inout HTTPRequest, for check: Check) async throws -> Duration {
        let client = check.endpoint.client
        request.authorities = client.tls.authorities
        if request.url.hasPrefix("https:") { request.tlsServerName = client.tls.serverName }
        request.addressFamily = AddressFamily(client.family)
        request.acceptsGzip = client.acceptsGzip
        let proxy = client.proxy
        request.proxyHeaders = proxy.headers
        guard client.family.isPreference || client.triesOneAddress else { return .zero }
        if proxy.skipsLookup, client.proxyURL != nil || proxy.usesEnvironment { return .zero }
        let start = check.budget.elapsed
        request.serverAddresses = try await addresses(
            of: check.target.host, port: check.target.port ?? 0, for: check.endpoint, check.budget)
        return check.budget.elapsed - start
    }

    /// A request with the endpoint's name servers, proxy and certificates.
    ///
    /// Its timeouts are the time that is left.
    func request(
        _ method: String, _ url: String, for client: ClientSettings, allowing allowed: Set<AddressClass>,
        _ budget: TimeBudget
    ) async throws -> HTTPRequest {
        var request = HTTPRequest(method, url, acceptsGzip: true)
        request.tls = TLSOptions(client)
        request.addressPolicy = AddressPolicy(allowing: allowed)
        request.nameServers = try await ownServers(of: client, request.addressPolicy, budget)
        if let proxy = client.proxyURL {
            // As in Gatus: behind an SSH tunnel `localhost` is the other machine.
            let exceptions = client.proxy.exceptions
            request.proxy = ProxySettings(
                http: proxy, https: proxy, exceptions: exceptions, includesLocalhost: exceptions.isEmpty)
        } else if !client.proxy.usesEnvironment {
            request.proxy = ProxySettings()
        }
        request.totalTimeout = try budget.remaining
        request.connectTimeout = try budget.remaining
        return request
    }

    /// The addresses of the endpoint's `dns-resolver`; nil without one.
    /// - Throws: also when the policy refuses one of them: a query can carry data to a metadata service, and its answer
    ///   is part of results.
    private func ownServers(
        of client: ClientSettings, _ policy: AddressPolicy, _ budget: TimeBudget
    ) async throws -> [SocketAddress]? {
        guard let server = client.nameServer else { return nil }
        let addresses = try await NameResolver(loop: loop, servers: servers)
            .addresses(of: server.host, port: server.port, timeout: budget.remaining)
        do throws(TransportError) {
            for address in addresses { try policy.check(address) }
        } catch {
            throw CheckError("the name server of client.dns-resolver is not asked: ", of: error)
        }
        return addresses
    }
}

/// A connection that is read by lines or by numbers of bytes.
///
/// Every step may take the time that is left.
struct BufferedConnection {
    private let connection: any ByteConnection
    private let budget: TimeBudget
    /// Bytes that were received but not yet asked for.
    private(set) var unread: [UInt8] = []

    init(_ connection: any ByteConnection, _ budget: TimeBudget) {
        self.connection = connection
        self.budget = budget
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await connection.write(bytes, timeout: budget.remaining)
    }

    /// The next line, without its LF or CR LF.
    /// - Throws: `CheckError` for a line above the limit, in bytes.
    mutating func readLine(limit: Int = 8_192) async throws -> String {
        var searched = 0
        while true {
            if let end = unread[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = unread[..<end].last == UInt8(ascii: "\r") ? unread[..<(end - 1)] : unread[..<end]
                let text = String(decoding: line, as: UTF8.self)
                unread.removeSubrange(...end)
                return text
            }
            guard unread.count < limit else { throw CheckError("the server sent a line over \(limit) bytes") }
            searched = unread.count
            try await readMore()
        }
    }

    /// The next bytes, exactly so many.
    mutating func read(_ count: Int) async throws -> [UInt8] {
        while unread.count < count { try await readMore() }
        let bytes = Array(unread[..<count])
        unread.removeSubrange(..<count)
        return bytes
    }

    private mutating func readMore() async throws {
        let more = try await connection.read(atMost: 16_384, timeout: budget.remaining)
        guard !more.isEmpty else { throw CheckError("the server closed the connection in the middle of its answer") }
        unread += more
    }
}
