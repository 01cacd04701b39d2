/// Asks one name server one question, as `dig @server name type` does; see `NameResolver` for ordinary look-ups.
public struct DNSClient: Sendable {
    /// How the question travels.
    public enum Network: Sendable, Hashable {
        /// By UDP, and again by TCP when the answer is truncated.
        case udp
        /// By TCP.
        case tcp
    }

    private let loop: EventLoop
    private let policy: AddressPolicy

    /// A client on this loop.
    /// - Parameter policy: which name servers may not be asked.
    public init(loop: EventLoop, policy: AddressPolicy = .unrestricted) {
        self.loop = loop
        self.policy = policy
    }

    /// Asks for the records of a name; any response code is an answer, not an error.
    ///
    /// By UDP the question is sent up to three times within the time limit.
    /// - Throws: `TransportError` with `.invalidRequest` (not a domain name), `.malformedResponse`, `.timedOut`,
    ///   `.connectionClosed` (nobody listens there), `.connectFailed`, `.addressRefused`; `CancellationError`.
    public func query(
        _ name: String, _ type: DNSRecordType, server: SocketAddress, network: Network = .udp,
        timeout: Duration = .seconds(5)
    ) async throws -> DNSAnswer {
        let query = try DNSQuery(name, type, id: .random(in: 0...UInt16.max))
        let deadline = Deadline(after: timeout)
        do {
            return try await loop.hop {
                if network == .udp {
                    let answer = try await askByUDP(query, server, deadline)
                    if !DNSQuery.isTruncated(answer) { return try query.answer(in: answer) }
                }
                return try query.answer(in: try await askByTCP(query, server, deadline))
            }
        } catch var error as TransportError {
            if error.code == .timedOut {
                error.message = "the name server \(server) did not answer within \(timeout.text)"
            }
            error.host = server.description
            throw error
        }
    }

    private func askByUDP(_ query: DNSQuery, _ server: SocketAddress, _ deadline: Deadline) async throws -> [UInt8] {
        let socket = try await UDPSocket.connect(to: server, on: loop, policy: policy)
        defer { socket.close() }
        // The wait doubles from try to try and fills the time in all.
        for part in [7, 3, 1] {
            let patience = Deadline(after: deadline.left / part)
            do {
                try await socket.send(query.message, timeout: patience.left)
                while true {
                    let answer = try await socket.receive(timeout: patience.left)
                    if query.isAnswered(by: answer) { return answer }
                    guard patience.left > .zero else { break }
                }
            } catch let error as TransportError where error.code == .timedOut {
                continue
            }
        }
        throw TransportError(.timedOut, "", phase: .firstByte)
    }

    /// RFC 7766: the message with its length before it.
    private func askByTCP(_ query: DNSQuery, _ server: SocketAddress, _ deadline: Deadline) async throws -> [UInt8] {
        let connection = try await TCPConnection.connect(to: server, on: loop, timeout: deadline.left, policy: policy)
        defer { connection.close() }
        try await connection.write([UInt16(query.message.count)].bigEndianBytes, query.message, timeout: deadline.left)
        var bytes: [UInt8] = []
        var wanted = 2
        while bytes.count < wanted {
            let more = try await connection.read(atMost: wanted - bytes.count, timeout: deadline.left)
            guard !more.isEmpty else {
                throw TransportError(
                    .connectionClosed, "the name server \(server) closed the connection before it had answered",
                    phase: .firstByte
                )
            }
            bytes += more
            if wanted == 2, bytes.count == 2 { wanted += Int(bytes[0]) << 8 | Int(bytes[1]) }
        }
        bytes.removeFirst(2)
        guard query.isAnswered(by: bytes) else {
            throw TransportError(
                .malformedResponse, "the name server \(server) answered another question than the one asked",
                phase: .body
            )
        }
        return bytes
    }
}
