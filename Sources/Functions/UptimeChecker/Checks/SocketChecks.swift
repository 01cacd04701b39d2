import Basics
import Transport

/// The checks of one or two steps on a socket: tcp, tls, udp, icmp and ssh.
extension CheckKind {
    /// `tcp://host:port`: connects.
    ///
    /// With a `body`, also sends it and reads the first part of the answer.
    static let tcp = CheckKind(scheme: "tcp") { checker, check, observation in
        let connection = try await checker.connect(check, &observation)
        defer { connection.close() }
        guard check.endpoint.probe.steps.isEmpty else {
            return try await checker.converse(on: connection, nil, check, &observation)
        }
        observation.body = try await checker.answer(on: connection, connection.localAddress, check)
        observation.isConnected = true
    }

    /// `tls://host:port`: the same over TLS.
    ///
    /// The handshake alone counts as connected.
    static let tls = CheckKind(scheme: "tls") { checker, check, observation in
        let connection = try await checker.connect(check, &observation)
        defer { connection.close() }
        let secured = try await checker.startTLS(on: connection, check, &observation)
        defer { secured.close() }
        observation.isConnected = true
        guard check.endpoint.probe.steps.isEmpty else {
            return try await checker.converse(on: connection, secured, check, &observation)
        }
        observation.body = try await checker.answer(on: secured, connection.localAddress, check)
    }

    /// `udp://host:port`: sends the `body` and waits for an answer.
    ///
    /// Without a body nothing is sent, so every host that has an address counts as connected, as in Gatus.
    static let udp = CheckKind(scheme: "udp") { checker, check, observation in
        observation.body = try await checker.withAddress(check, &observation) { address, limit in
            let socket = try await UDPSocket.connect(
                to: address, from: check.endpoint.client.sourceAddress, on: checker.loop, policy: check.addressPolicy)
            defer { socket.close() }
            let body = checker.sentBody(check, from: socket.localAddress)
            guard !body.isEmpty else { return [] }
            try await socket.send(body, timeout: limit)
            return try await socket.receive(atMost: Checker.answerBytes, timeout: limit)
        }
        observation.isConnected = true
    }

    /// `icmp://host`: one echo request; `[RESPONSE_TIME]` is its round trip.
    static let icmp = CheckKind(
        schemes: ["icmp"],
        target: { kind, url throws(TargetError) in CheckTarget(kind, host: try url.hostOnly(), port: nil) }
    ) { checker, check, observation in
        observation.responseTime = try await checker.withAddress(check, &observation) { address, limit in
            try await ICMPEcho.roundTrip(
                to: address, from: check.endpoint.client.sourceAddress, check.endpoint.probe.icmp, on: checker.loop,
                timeout: limit, policy: check.addressPolicy)
        }
        observation.isConnected = true
    }

    /// `ssh://host[:port]`: reads the server's banner, `SSH-2.0-…` (RFC 4253, section 4.2).
    ///
    /// `[STATUS]` is 0 with a banner and 1 without, as in Gatus.
    static let ssh = CheckKind(scheme: "ssh", defaultPort: 22) { checker, check, observation in
        observation.status = 1
        let connection = try await checker.connect(check, &observation)
        defer { connection.close() }
        var reader = BufferedConnection(connection, check.budget)
        for _ in 0..<50 {  // The server may send other lines before its banner.
            let line = try await reader.readLine()
            guard line.hasPrefix("SSH-") else { continue }
            observation.body = Array(line.utf8)
            observation.isConnected = true
            observation.status = 0
            return
        }
        throw CheckError("\(check.target.authority) is no SSH server: it sent no line that begins with SSH-")
    }
}

extension Checker {
    /// The longest answer that is read, in bytes, as in Gatus.
    fileprivate static let answerBytes = 1024

    /// Sends the endpoint's body and reads the first part of the answer; without a body, neither.
    fileprivate func answer(
        on connection: some ByteConnection, _ localAddress: SocketAddress?, _ check: Check
    ) async throws -> [UInt8] {
        let body = sentBody(check, from: localAddress)
        guard !body.isEmpty else { return [] }
        try await connection.write(body, timeout: check.budget.remaining)
        let answer = try await connection.read(atMost: Self.answerBytes, timeout: check.budget.remaining)
        guard !answer.isEmpty else { throw CheckError("the server closed the connection without an answer") }
        return answer
    }
}

extension AddressFamily {
    init(_ family: ClientSettings.AddressFamily) {
        switch family {
        case .any, .preferIPv4, .preferIPv6: self = .any
        case .ipv4: self = .ipv4
        case .ipv6: self = .ipv6
        }
    }
}

extension ClientSettings.AddressFamily {
    /// Whether addresses of one family come before those of the other.
    var isPreference: Bool { self == .preferIPv4 || self == .preferIPv6 }

    /// Addresses in the order to try them.
    func ordered(_ addresses: [SocketAddress]) -> [SocketAddress] {
        guard isPreference else { return addresses }
        let prefersIPv6 = self == .preferIPv6
        return addresses.filter { $0.isIPv6 == prefersIPv6 } + addresses.filter { $0.isIPv6 != prefersIPv6 }
    }
}
