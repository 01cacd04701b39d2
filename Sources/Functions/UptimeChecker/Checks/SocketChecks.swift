import Basics
import Transport

/// Checks that only need a socket: tcp, udp, tls and icmp.
extension Checker {
    /// How much of an answer is read, as in Gatus.
    private static let answerBytes = 1024

    func checkTCP(_ host: String, _ port: UInt16, _ check: Check, _ observation: inout Observation) async throws {
        let connection = try await connect(host, port, check, &observation)
        defer { connection.close() }
        observation.body = try await answer(on: connection, connection.localAddress, check)
        observation.isConnected = true
    }

    /// Without a body nothing is sent, so that every address that exists counts as connected, as in Gatus.
    func checkUDP(_ host: String, _ port: UInt16, _ check: Check, _ observation: inout Observation) async throws {
        observation.body = try await withAddress(of: host, port: port, check, &observation) { [loop] address, limit in
            let socket = try await UDPSocket.connect(to: address, on: loop, policy: check.policy)
            defer { socket.close() }
            let body = sentBody(check, from: socket.localAddress)
            guard !body.isEmpty else { return [] }
            try await socket.send(body, timeout: limit)
            return try await socket.receive(atMost: Self.answerBytes, timeout: limit)
        }
        observation.isConnected = true
    }

    func checkTLS(_ host: String, _ port: UInt16, _ check: Check, _ observation: inout Observation) async throws {
        let connection = try await connect(host, port, check, &observation)
        defer { connection.close() }
        let secured = try await secure(connection, for: host, check, &observation)
        defer { secured.close() }
        observation.isConnected = true
        observation.body = try await answer(on: secured, connection.localAddress, check)
    }

    func checkICMP(_ host: String, _ check: Check, _ observation: inout Observation) async throws {
        let family = AddressFamily(check.endpoint.client.family)
        observation.responseTime = try await withAddress(of: host, port: 0, family: family, check, &observation) {
            [loop] address, limit in
            try await ICMPEcho.roundTrip(to: address, on: loop, timeout: limit, policy: check.policy)
        }
        observation.isConnected = true
    }

    /// Sends the endpoint's body and reads the first piece of the answer; neither without a body.
    private func answer(
        on connection: some ByteConnection, _ localAddress: SocketAddress?, _ check: Check
    ) async throws -> [UInt8] {
        let body = sentBody(check, from: localAddress)
        guard !body.isEmpty else { return [] }
        try await connection.write(body, timeout: check.budget.remaining)
        let answer = try await connection.read(atMost: Self.answerBytes, timeout: check.budget.remaining)
        guard !answer.isEmpty else { throw CheckFailure("the server closed the connection without an answer") }
        return answer
    }

    /// The endpoint's body with its placeholders filled in.
    func sentBody(_ check: Check, from localAddress: SocketAddress?) -> [UInt8] {
        check.endpoint.sentBody(localAddress: localAddress?.description, random: time.random)
    }
}

extension AddressFamily {
    init(_ family: ClientSettings.AddressFamily) {
        switch family {
        case .any: self = .any
        case .ipv4: self = .ipv4
        case .ipv6: self = .ipv6
        }
    }
}

extension Checker {
    func checkDNS(
        _ host: String, _ port: UInt16, _ question: DNSQuestion, _ check: Check, _ observation: inout Observation
    ) async throws {
        guard let type = DNSRecordType(question.type) else {
            throw CheckFailure("there is no type of DNS record called \(question.type)")
        }
        let answer = try await withAddress(of: host, port: port, check, &observation) { [loop] address, limit in
            try await DNSClient(loop: loop, policy: check.policy)
                .query(question.name, type, server: address, timeout: limit)
        }
        observation.isConnected = true
        observation.dnsResponseCode = answer.code
        observation.body = Array(Self.body(of: answer).utf8)
    }

    /// What `[BODY]` is, as in Gatus: the last record; all of them, one a line, when they are text.
    static func body(of answer: DNSAnswer) -> String {
        answer.records.reduce("") { body, record in
            record.type == .txt && !body.isEmpty ? body + "\n" + record.text : record.text
        }
    }
}

extension Checker {
    /// Does something with the first address of a host with which it succeeds, and notes that address and how long the
    /// look-up took.
    /// - Throws: what the body threw for the last address; the time left is shared among the addresses.
    func withAddress<R: Sendable>(
        of host: String, port: UInt16, family: AddressFamily = .any, _ check: Check, _ observation: inout Observation,
        _ body: (_ address: SocketAddress, _ limit: Duration) async throws -> R
    ) async throws -> R {
        let start = check.budget.elapsed
        let addresses = try await lookup.addresses(
            of: host, port: port, family: family, for: check.endpoint.client, check.budget)
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

    /// Connects to a host by TCP.
    func connect(
        _ host: String, _ port: UInt16, _ check: Check, _ observation: inout Observation
    ) async throws -> TCPConnection {
        let (connection, duration) = try await withAddress(of: host, port: port, check, &observation) {
            [loop] address, limit in
            let start = check.budget.elapsed
            let connection = try await TCPConnection.connect(
                to: address, on: loop, timeout: limit, policy: check.policy)
            return (connection, check.budget.elapsed - start)
        }
        observation.timings.connect = duration
        return connection
    }

    /// Begins TLS on a connection.
    func secure(
        _ connection: TCPConnection, for host: String, _ check: Check, _ observation: inout Observation
    ) async throws -> TLSConnection {
        let start = check.budget.elapsed
        let secured = try await TLSConnection.handshake(
            over: connection, serverName: host, options: check.tls, authorities: authorities,
            timeout: check.budget.remaining
        )
        observation.timings.tls = check.budget.elapsed - start
        observation.certificate = secured.facts.certificate
        return secured
    }
}

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
