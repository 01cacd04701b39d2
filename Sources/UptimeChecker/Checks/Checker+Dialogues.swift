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
