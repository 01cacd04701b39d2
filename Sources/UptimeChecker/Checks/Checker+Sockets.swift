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
