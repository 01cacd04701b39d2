import Transport

/// Checks that speak a few lines: starttls and ssh.
extension Checker {
    /// - Parameter dialogue: the protocol, by the port unless told otherwise.
    func checkStartTLS(
        _ host: String, _ port: UInt16, speaking dialogue: StartTLSDialogue? = nil, _ check: Check,
        _ observation: inout Observation
    ) async throws {
        let connection = try await connect(host, port, check, &observation)
        defer { connection.close() }
        var conversation = Conversation(connection, check.budget)
        try await (dialogue ?? StartTLSDialogue(port: port)).run(&conversation)
        try await secure(connection, for: host, check, &observation).close()
        observation.isConnected = true
    }

    /// Reads the server's banner, `SSH-2.0-…` (RFC 4253, section 4.2); `[STATUS]` is 0 then and 1 otherwise, as in Gatus.
    func checkSSH(_ host: String, _ port: UInt16, _ check: Check, _ observation: inout Observation) async throws {
        observation.status = 1
        let connection = try await connect(host, port, check, &observation)
        defer { connection.close() }
        var conversation = Conversation(connection, check.budget)
        for _ in 0..<50 {  // other lines may come before it
            let line = try await conversation.line()
            guard line.hasPrefix("SSH-") else { continue }
            observation.body = Array(line.utf8)
            observation.isConnected = true
            observation.status = 0
            return
        }
        throw CheckFailure("what answers at \(host):\(port) is no SSH server: it sent no line that begins with SSH-")
    }
}

/// How a client asks a mail server to go on in TLS.
enum StartTLSDialogue: Sendable {
    /// RFC 3207.
    case smtp
    /// RFC 9051, section 6.2.1.
    case imap
    /// RFC 2595, section 4.
    case pop3

    /// The protocol that a port is for; SMTP, Gatus's only one, unless it is that of IMAP or POP3.
    init(port: UInt16) {
        switch port {
        case 110: self = .pop3
        case 143: self = .imap
        default: self = .smtp
        }
    }

    /// Speaks until the server waits for TLS.
    func run(_ conversation: inout Conversation) async throws {
        switch self {
        case .smtp:
            try await Self.expectSMTP("220", "its greeting", &conversation)
            try await conversation.send("EHLO localhost\r\n")
            try await Self.expectSMTP("250", "EHLO", &conversation)
            try await conversation.send("STARTTLS\r\n")
            try await Self.expectSMTP("220", "STARTTLS", &conversation)
        case .imap:
            try await Self.expect("* OK", "its greeting", &conversation)
            try await conversation.send("a STARTTLS\r\n")
            try await Self.expect("a OK", "STARTTLS", &conversation, skipping: "* ")
        case .pop3:
            try await Self.expect("+OK", "its greeting", &conversation)
            try await conversation.send("STLS\r\n")
            try await Self.expect("+OK", "STLS", &conversation)
        }
        // What came along unencrypted could be somebody else's; a client must not take it for the server's.
        guard conversation.pending.isEmpty else {
            throw CheckFailure("the server sent more than its consent before TLS began")
        }
    }

    /// A reply of one or several lines, `250-…` before `250 …`.
    private static func expectSMTP(
        _ code: String, _ step: String, _ conversation: inout Conversation
    ) async throws {
        for _ in 0..<100 {
            let line = try await conversation.line()
            if line.hasPrefix(code + "-") { continue }
            guard line.hasPrefix(code) else { throw refusal(step, line) }
            return
        }
        throw CheckFailure("the mail server's reply to \(step) has no end")
    }

    private static func expect(
        _ prefix: String, _ step: String, _ conversation: inout Conversation, skipping skipped: String? = nil
    ) async throws {
        for _ in 0..<100 {
            let line = try await conversation.line()
            if line.uppercased().hasPrefix(prefix.uppercased()) { return }
            guard let skipped, line.hasPrefix(skipped) else { throw refusal(step, line) }
        }
        throw CheckFailure("the mail server's reply to \(step) has no end")
    }

    private static func refusal(_ step: String, _ line: String) -> CheckFailure {
        CheckFailure("the mail server refused at \(step): \(line.prefix(200).debugDescription)")
    }
}

/// A connection read by lines and by numbers of bytes, with the time left as the limit of every step.
struct Conversation {
    let connection: any ByteConnection
    let budget: TimeBudget
    /// What has come but was not asked for yet.
    private(set) var pending: [UInt8] = []

    init(_ connection: any ByteConnection, _ budget: TimeBudget) {
        self.connection = connection
        self.budget = budget
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await connection.write(bytes, timeout: budget.remaining)
    }

    /// The next line, without its line end.
    mutating func line(limit: Int = 8_192) async throws -> String {
        var searched = 0
        while true {
            if let end = pending[searched...].firstIndex(of: 10) {
                let line = pending[..<end].last == 13 ? pending[..<(end - 1)] : pending[..<end]
                let text = String(decoding: line, as: UTF8.self)
                pending.removeSubrange(...end)
                return text
            }
            guard pending.count < limit else { throw CheckFailure("the server sent a line over \(limit) bytes") }
            searched = pending.count
            try await readMore()
        }
    }

    /// Exactly so many bytes.
    mutating func bytes(_ count: Int) async throws -> [UInt8] {
        while pending.count < count { try await readMore() }
        let bytes = Array(pending[..<count])
        pending.removeSubrange(..<count)
        return bytes
    }

    private mutating func readMore() async throws {
        let more = try await connection.read(atMost: 16_384, timeout: budget.remaining)
        guard !more.isEmpty else { throw CheckFailure("the server closed the connection in the middle") }
        pending += more
    }
}
