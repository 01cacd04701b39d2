import Transport

extension CheckKind {
    /// `starttls://host:port`: asks a mail server to change to TLS.
    ///
    /// The port tells which protocol it speaks.
    static let startTLS = CheckKind(scheme: "starttls") { checker, check, observation in
        try await checker.checkStartTLS(MailProtocol(port: check.target.port ?? 25), check, &observation)
    }
}

extension Checker {
    func checkStartTLS(
        _ mailProtocol: MailProtocol, _ check: Check, _ observation: inout Observation
    ) async throws {
        let connection = try await connect(check, &observation)
        defer { connection.close() }
        var reader = BufferedConnection(connection, check.budget)
        try await mailProtocol.requestTLS(&reader)
        try await startTLS(on: connection, check, &observation).close()
        observation.isConnected = true
    }
}

/// The mail protocols in which a client can ask for TLS.
enum MailProtocol: Sendable {
    /// RFC 3207.
    case smtp
    /// RFC 9051, section 6.2.1.
    case imap
    /// RFC 2595, section 4.
    case pop3

    /// The protocol of a port: IMAP on 143, POP3 on 110, otherwise SMTP, the only one that Gatus knows.
    init(port: UInt16) {
        switch port {
        case 110: self = .pop3
        case 143: self = .imap
        default: self = .smtp
        }
    }

    /// Asks for TLS; on return the server waits for the handshake.
    fileprivate func requestTLS(_ connection: inout BufferedConnection) async throws {
        switch self {
        case .smtp:
            try await Self.expectSMTP("220", "its greeting", &connection)
            try await connection.send("EHLO localhost\r\n")
            try await Self.expectSMTP("250", "EHLO", &connection)
            try await connection.send("STARTTLS\r\n")
            try await Self.expectSMTP("220", "STARTTLS", &connection)
        case .imap:
            try await Self.expect("* OK", "its greeting", &connection)
            try await connection.send("a STARTTLS\r\n")
            try await Self.expect("a OK", "STARTTLS", &connection, skipping: "* ")
        case .pop3:
            try await Self.expect("+OK", "its greeting", &connection)
            try await connection.send("STLS\r\n")
            try await Self.expect("+OK", "STLS", &connection)
        }
        // Bytes that came unencrypted after the reply may be an attacker's. They must not count as part of the TLS
        // session.
        guard connection.unread.isEmpty else {
            throw CheckError("the server sent more than its reply before TLS began")
        }
    }

    /// Expects a reply of one or several lines: `250-…` before `250 …`.
    private static func expectSMTP(
        _ code: String, _ step: String, _ connection: inout BufferedConnection
    ) async throws {
        for _ in 0..<100 {
            let line = try await connection.readLine()
            if line.hasPrefix(code + "-") { continue }
            guard line.hasPrefix(code) else { throw refusal(step, line) }
            return
        }
        throw CheckError("the mail server's reply to \(step) has more than 100 lines")
    }

    /// Expects a line with a prefix in either case, after any number of lines with the skipped prefix.
    private static func expect(
        _ prefix: String, _ step: String, _ connection: inout BufferedConnection, skipping skipped: String? = nil
    ) async throws {
        for _ in 0..<100 {
            let line = try await connection.readLine()
            if line.uppercased().hasPrefix(prefix.uppercased()) { return }
            guard let skipped, line.hasPrefix(skipped) else { throw refusal(step, line) }
        }
        throw CheckError("the mail server's reply to \(step) has more than 100 lines")
    }

    private static func refusal(_ step: String, _ line: String) -> CheckError {
        CheckError("the mail server refused at \(step): \(line.prefix(200).debugDescription)")
    }
}
