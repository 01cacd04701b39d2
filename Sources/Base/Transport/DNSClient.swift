import Basics

/// Asks one name server one question, as `dig @server name type` does; `NameResolver` does ordinary look-ups.
public struct DNSClient: Sendable {
    /// The transport protocol of a question.
    public enum Network: Sendable, Hashable {
        /// By UDP, and again by TCP when the answer is truncated.
        case udp
        /// By TCP.
        case tcp
    }

    private let loop: EventLoop
    private let policy: AddressPolicy

    /// A client on this loop.
    /// - Parameter policy: refuses name servers by their address.
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
                let connection = try await TCPConnection.connect(
                    to: server, on: loop, timeout: deadline.left, policy: policy)
                return try query.answer(in: try await ask(query, server, over: connection, deadline))
            }
        } catch let error as TransportError {
            throw error.naming(server, timeout)
        }
    }

    /// Asks one question as it is told to, and returns all sections of the answer.
    ///
    /// - Parameters:
    ///   - tls: asks over TLS (RFC 7858).
    ///   - repeatsTruncated: whether the question is asked again by TCP when the answer by UDP is truncated.
    /// - Throws: as ``query(_:_:server:network:timeout:)``, and what a TLS handshake throws.
    public func exchange(
        _ question: DNSExchange, server: SocketAddress, from source: SocketAddress? = nil, network: Network = .udp,
        tls: DNSOverTLS? = nil, repeatsTruncated: Bool = true, timeout: Duration = .seconds(5)
    ) async throws -> DNSMessage {
        let query = try DNSQuery(question, id: .random(in: 0...UInt16.max))
        let deadline = Deadline(after: timeout)
        do {
            return try await loop.hop {
                if tls == nil, network == .udp {
                    let answer = try await askByUDP(query, server, from: source, deadline)
                    if !repeatsTruncated || !DNSQuery.isTruncated(answer) { return try query.message(in: answer) }
                }
                let connection = try await TCPConnection.connect(
                    to: server, from: source, on: loop, timeout: deadline.left, policy: policy)
                guard let tls else {
                    return try query.message(in: try await ask(query, server, over: connection, deadline))
                }
                let secured = try await TLSConnection.handshake(
                    over: connection, serverName: tls.serverName, options: tls.options, authorities: tls.authorities,
                    timeout: deadline.left)
                return try query.message(in: try await ask(query, server, over: secured, deadline))
            }
        } catch let error as TransportError {
            throw error.naming(server, timeout)
        }
    }

    private func askByUDP(
        _ query: DNSQuery, _ server: SocketAddress, from source: SocketAddress? = nil, _ deadline: Deadline
    ) async throws -> [UInt8] {
        let socket = try await UDPSocket.connect(to: server, from: source, on: loop, policy: policy)
        defer { socket.close() }
        // The wait doubles from try to try; the three fill the time limit.
        for part in [7, 3, 1] {
            let attempt = Deadline(after: deadline.left / part)
            do {
                try await socket.send(query.message, timeout: attempt.left)
                while true {
                    let answer = try await socket.receive(timeout: attempt.left)
                    if query.isAnswered(by: answer) { return answer }
                    guard attempt.left > .zero else { break }
                }
            } catch let error as TransportError where error.code == .timedOut {
                continue
            }
        }
        throw TransportError(.timedOut, "", phase: .firstByte)
    }

    /// Sends the message with its length before it (RFC 7766).
    private func ask(
        _ query: DNSQuery, _ server: SocketAddress, over connection: some ByteConnection, _ deadline: Deadline
    ) async throws -> [UInt8] {
        defer { connection.close() }
        let length = [UInt16(query.message.count)].bigEndianBytes
        try await connection.write(length + query.message, timeout: deadline.left)
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

/// One question to a name server, as it goes over the wire (RFC 1035 section 4).
struct DNSQuery {
    /// Header and question, without TCP's length before it.
    let message: [UInt8]
    private static let headerSize = 12

    /// A question that asks for recursion.
    /// - Throws: `TransportError` with `.invalidRequest` when the text is not a domain name.
    init(_ name: String, _ type: DNSRecordType, id: UInt16) throws(TransportError) {
        try self.init(DNSExchange(name, type), id: id)
    }

    init(_ question: DNSExchange, id: UInt16) throws(TransportError) {
        // Number, recursion desired, one question and nothing else.
        let header: [UInt16] = [id, question.wantsRecursion ? 0x0100 : 0, 1, 0, 0, 0]
        message =
            header.bigEndianBytes + (try Self.wireForm(of: question.name))
            + [question.type.rawValue, question.recordClass].bigEndianBytes
    }

    private static func wireForm(of name: String) throws(TransportError) -> [UInt8] {
        let labels = name == "." ? [] : name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A dot at the end makes the last part empty: it stands for the root.
        let given = labels.last?.isEmpty == true ? labels.dropLast() : labels[...]
        let bytes: [UInt8] = given.reduce(into: []) { $0 += [UInt8(truncatingIfNeeded: $1.count)] + $1 } + [0]
        let isGood = given.allSatisfy { 1...63 ~= $0.count && $0.allSatisfy { 0x21...0x7E ~= $0 } }
        guard isGood, bytes.count <= 255, !name.isEmpty else {
            throw TransportError(
                .invalidRequest, "\(name.debugDescription) is not a domain name of ASCII letters (RFC 1035)",
                phase: .preparing
            )
        }
        return bytes
    }

    /// Whether a message is an answer to this very question.
    func isAnswered(by answer: [UInt8]) -> Bool {
        guard answer.count >= Self.headerSize, answer[..<2] == message[..<2], answer[2] & 0x80 != 0 else {
            return false
        }
        // A server that could not read the question may leave it out of its answer.
        if Self.hasNoQuestion(answer) { return answer[3] & 0x0F != 0 }
        // Servers may answer a name in another case.
        return answer.count >= message.count && answer[4..<6] == message[4..<6]
            && answer[Self.headerSize..<message.count].map(\.asciiLowercased)
                == message[Self.headerSize...].map(\.asciiLowercased)
    }

    /// Reads the answer section of a message that `isAnswered` took.
    func answer(in bytes: [UInt8]) throws(TransportError) -> DNSAnswer {
        var reader = DNSReader(bytes, at: 2)
        let flags = try reader.uint16()
        _ = try reader.uint16()
        let count = try reader.uint16()
        reader.position = Self.hasNoQuestion(bytes) ? Self.headerSize : message.count
        var records: [DNSAnswer.Record] = []
        for _ in 0..<count { records.append(try reader.record()) }
        return DNSAnswer(
            code: Self.name(ofCode: Int(flags & 0x000F)), records: records, isAuthoritative: flags & 0x0400 != 0
        )
    }

    /// Reads all sections of a message that `isAnswered` took.
    func message(in bytes: [UInt8]) throws(TransportError) -> DNSMessage {
        var reader = DNSReader(bytes, at: 2)
        let flags = try reader.uint16()
        _ = try reader.uint16()
        let counts = [try reader.uint16(), try reader.uint16(), try reader.uint16()]
        reader.position = Self.hasNoQuestion(bytes) ? Self.headerSize : message.count
        var sections: [[DNSMessage.Record]] = []
        for count in counts {
            var records: [DNSMessage.Record] = []
            for _ in 0..<count { records.append(try reader.zoneFileRecord()) }
            sections.append(records)
        }
        return DNSMessage(
            code: Self.name(ofCode: Int(flags & 0x000F)), answer: sections[0], authority: sections[1],
            additional: sections[2], isTruncated: Self.isTruncated(bytes), plain: try answer(in: bytes))
    }

    private static func hasNoQuestion(_ answer: [UInt8]) -> Bool { answer[4] == 0 && answer[5] == 0 }

    /// Whether the answer was cut to fit a datagram.
    static func isTruncated(_ answer: [UInt8]) -> Bool { answer[2] & 0x02 != 0 }

    private static func name(ofCode code: Int) -> String {
        let names = [
            "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
            "NOTAUTH", "NOTZONE",
        ]
        return code < names.count ? names[code] : "RCODE\(code)"
    }
}

extension TransportError {
    /// The error of a question to a name server.
    fileprivate func naming(_ server: SocketAddress, _ timeout: Duration) -> TransportError {
        var error = self
        if code == .timedOut {
            error.message = "the name server \(server) did not answer within \(timeout.text)"
            error.timeLimit = timeout
        }
        error.host = server.description
        return error
    }
}

extension [UInt16] {
    /// Each number as two bytes, in network byte order.
    var bigEndianBytes: [UInt8] { flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } }
}
