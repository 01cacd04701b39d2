import Transport

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
