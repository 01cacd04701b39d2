import JSON
import Transport

extension Checker {
    /// Opens a WebSocket, sends the body as one text message and reads one message (RFC 6455); as Gatus does, also with an
    /// empty body.
    func checkWebSocket(_ url: String, _ check: Check, _ observation: inout Observation) async throws {
        guard let target = WebURL(url) else { throw CheckFailure("the URL is no ws:// or wss:// one") }
        let connection = try await connect(target.host, target.port, check, &observation)
        defer { connection.close() }
        var stream: any ByteConnection = connection
        if target.isSecure { stream = try await secure(connection, for: target.host, check, &observation) }
        var conversation = Conversation(stream, check.budget)
        observation.headers = try await openWebSocket(target, check.endpoint.headers, &conversation)
        try await send(.text, sentBody(check, from: connection.localAddress), conversation)
        let message = try await message(&conversation)
        observation.isConnected = true
        observation.body = message.body
        if !message.isWhole {
            observation.notes.append("only the first \(message.body.count) bytes of the message were read")
        }
        // Politeness: whether the farewell arrives no longer matters.
        try? await send(.close, [0x03, 0xE8], conversation)
    }

    /// The handshake of section 4.
    /// - Returns: the header fields of the server's answer.
    private func openWebSocket(
        _ target: WebURL, _ headers: HTTPHeaders, _ conversation: inout Conversation
    ) async throws -> HTTPHeaders {
        let key = Base64.encode(randomBytes(16))
        try await conversation.send(WebSocketHandshake.request(target, headers, key: key))
        let statusLine = try await conversation.line()
        var answer = HTTPHeaders()
        while case let line = try await conversation.line(), !line.isEmpty {
            guard answer.count < 200, let colon = line.firstIndex(of: ":") else {
                throw CheckFailure("the server's answer is not HTTP")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            answer.add(String(line[..<colon]), String(value))
        }
        try WebSocketHandshake.check(statusLine, answer, key: key)
        return answer
    }

    private func send(
        _ kind: WebSocketFrame.Kind, _ payload: [UInt8], _ conversation: Conversation
    ) async throws {
        try await conversation.send(WebSocketFrame(kind: kind, payload: payload).bytes(mask: randomBytes(4)))
    }

    /// The first message, put together from its frames; pings in between are answered.
    private func message(_ conversation: inout Conversation) async throws -> (body: [UInt8], isWhole: Bool) {
        var body: [UInt8] = []
        var hasBegun = false
        while true {
            let start = try await conversation.bytes(2)
            let head = try WebSocketFrame.Head(start[0], start[1])
            let length =
                switch head.length {
                case .known(let length): UInt64(length)
                case .follows(let count): try await conversation.bytes(count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                }
            let room = head.kind.isControl ? 125 : settings.maximumBodyBytes - body.count
            let payload = try await conversation.bytes(Int(min(length, UInt64(room))))
            switch head.kind {
            case .ping: try await send(.pong, payload, conversation)
            case .pong: continue
            case .close: throw WebSocketHandshake.farewell(payload)
            case .text, .binary, .continuation:
                guard hasBegun == (head.kind == .continuation) else {
                    throw CheckFailure("the server mixed the frames of two WebSocket messages")
                }
                hasBegun = true
                body += payload
                if length > UInt64(room) { return (body, false) }
                if head.isFinal { return (body, true) }
            }
        }
    }

    private func randomBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(time.random() * 256) }
    }
}
