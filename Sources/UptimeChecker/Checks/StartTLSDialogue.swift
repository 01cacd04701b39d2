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
