import Transport

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
