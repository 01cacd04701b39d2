import Basics
import Glibc

/// A DNS server on 127.0.0.1 for tests: UDP, and TCP on the same port for what is truncated.
///
/// It records the questions. Its threads end with `stop()` or the last reference.
///
///     let server = try NameServer(["www.test": .addresses(["127.0.0.1", "::1"]), "silent.test": .silence])
///     let server = try NameServer { question in asked.open(); return .silence }
public final class NameServer: Sendable {
    /// What somebody wants to know.
    public struct Question: Sendable, Hashable {
        /// The host name as it was asked for, without a dot at the end.
        public var name: String
        /// 1 asks for IPv4 addresses (A), 28 for IPv6 ones (AAAA).
        public var type: UInt16
        /// Whether it came over TCP.
        public var isTCP: Bool
    }

    /// How a question is answered.
    public enum Answer: Sendable {
        /// Those of the addresses that are of the question's type; when none is, a good answer without records.
        case addresses([String])
        /// An answer with a failure code: 2 is SERVFAIL, 3 is NXDOMAIN, 5 is REFUSED.
        case failure(UInt8)
        /// Nothing at all.
        case silence
        /// Over UDP an empty answer that says it is truncated, over TCP the addresses.
        case truncated([String])
        /// Whatever the closure makes of the query's bytes.
        case bytes(@Sendable (_ query: [UInt8]) -> [UInt8])
    }

    /// The port it listens on, over UDP and TCP.
    public var port: UInt16 { tcp.port }
    private let tcp: ScriptedServer
    private let udp: Int32
    private let state: Locked<State>
    private let closed = Gate()

    private struct State: Sendable {
        var questions: [Question] = []
        var stopped = false
    }

    /// Answers every question by a closure, which runs on the server's threads.
    public init(_ answer: @escaping @Sendable (Question) -> Answer) throws {
        let (state, closed) = (Locked(State()), closed)
        let reply: @Sendable ([UInt8], Bool) -> [UInt8]? = { query, isTCP in
            guard let question = Question(query: query, isTCP: isTCP) else { return nil }
            state.withLock { $0.questions.append(question) }
            return answer(question).bytes(for: question, query)
        }
        let (tcp, udp) = try Self.listen { connection in
            while let query = try connection.readMessage() {
                if let bytes = reply(query, true) {
                    try connection.send([UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes)
                }
            }
        }
        startThread {
            while !state.withLock({ $0.stopped }) { Self.answerOne(on: udp, reply) }
            close(udp)  // here, so that nobody reads from a number that has been given out again
            closed.open()
        }
        (self.tcp, self.udp, self.state) = (tcp, udp, state)
    }

    /// Answers by a table; other names do not exist.
    public convenience init(_ table: [String: Answer]) throws {
        try self.init { table[$0.name] ?? .failure(3) }
    }

    deinit { end() }

    /// The questions so far, in the order they came.
    public var questions: [Question] { state.withLock { $0.questions } }

    /// Closes the port: whoever asks afterwards is refused.
    public func stop() {
        end()
        closed.wait()
    }

    private func end() {
        tcp.stop()
        state.withLock { state in
            // Wakes the thread although the socket is not connected; it cannot close the socket before this is over.
            if !state.stopped { shutdown(udp, Int32(SHUT_RDWR)) }
            state.stopped = true
        }
    }

    /// Opens the same port for both; somebody may have the one for UDP that was free for TCP, so it tries some.
    private static func listen(
        _ script: @escaping @Sendable (ServerConnection) throws -> Void
    ) throws -> (ScriptedServer, Int32) {
        for _ in 0..<20 {
            let tcp = try ScriptedServer(connection: script)
            if let udp = bind(port: tcp.port) { return (tcp, udp) }
        }
        throw ServerError("there is no port on 127.0.0.1 that is free for both UDP and TCP")
    }

    private static func bind(port: UInt16) -> Int32? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    /// Waits for one datagram and answers it.
    private static func answerOne(on descriptor: Int32, _ reply: ([UInt8], Bool) -> [UInt8]?) {
        var sender = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &sender) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { sender in
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = recvfrom(descriptor, &buffer, buffer.count, 0, sender, &length)
                guard count > 0, let bytes = reply(Array(buffer.prefix(count)), false) else { return }
                sendto(descriptor, bytes, bytes.count, 0, sender, length)
            }
        }
    }
}

extension ServerConnection {
    /// A DNS message, which has its length before it over TCP; `nil` at the end of the stream.
    fileprivate func readMessage() throws -> [UInt8]? {
        guard let head = try read(exactly: 2) else { return nil }
        return try read(exactly: Int(head[0]) << 8 | Int(head[1]))
    }

    private func read(exactly count: Int) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try read(atMost: count - bytes.count)
            if more.isEmpty { return nil }
            bytes += more
        }
        return bytes
    }
}

extension NameServer.Question {
    /// The question of a query in wire format (RFC 1035 section 4); `nil` when there is none.
    init?(query: [UInt8], isTCP: Bool) {
        var labels: [String] = []
        var position = 12
        while position < query.count, query[position] > 0 {
            let end = position + 1 + Int(query[position])
            guard end < query.count else { return nil }
            labels.append(String(decoding: query[position + 1..<end], as: UTF8.self))
            position = end
        }
        guard position + 4 < query.count else { return nil }
        self.init(
            name: labels.joined(separator: "."),
            type: UInt16(query[position + 1]) << 8 | UInt16(query[position + 2]), isTCP: isTCP
        )
    }

    /// The length of the header and the question on the wire: a length byte per label, an empty label, type and class.
    fileprivate var wireLength: Int { 12 + name.utf8.count + 2 + 4 }
}

extension NameServer.Answer {
    fileprivate func bytes(for question: NameServer.Question, _ query: [UInt8]) -> [UInt8]? {
        switch self {
        case .addresses(let addresses): message(question, query, addresses: addresses)
        case .failure(let code): message(question, query, code: code)
        case .silence: nil
        case .truncated(let addresses) where question.isTCP: message(question, query, addresses: addresses)
        case .truncated: message(question, query, isTruncated: true)
        case .bytes(let make): make(query)
        }
    }

    private func message(
        _ question: NameServer.Question, _ query: [UInt8], addresses: [String] = [], code: UInt8 = 0,
        isTruncated: Bool = false
    ) -> [UInt8] {
        let records = addresses.compactMap { address -> [UInt8]? in
            var bytes = [UInt8](repeating: 0, count: question.type == 1 ? 4 : 16)
            guard inet_pton(question.type == 1 ? AF_INET : AF_INET6, address, &bytes) == 1 else { return nil }
            // The question's name, its type, class IN, a minute to live, the data's length.
            return [0xC0, 12, 0, UInt8(question.type), 0, 1, 0, 0, 0, 60, 0, UInt8(bytes.count)] + bytes
        }
        let flags: [UInt8] = [isTruncated ? 0x87 : 0x85, 0x80 | code]  // an authoritative answer, recursion available
        let counts: [UInt8] = [0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
        return query.prefix(2) + flags + counts + query[12..<question.wireLength] + records.joined()
    }
}
