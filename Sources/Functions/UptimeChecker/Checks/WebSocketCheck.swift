import Basics
import Transport
import WebSocket

extension CheckKind {
    /// `ws://…` or `wss://…`: opens a WebSocket, sends the body as one text message and reads one message (RFC 6455).
    ///
    /// As in Gatus, an empty body is sent as well.
    static let webSocket = CheckKind(
        schemes: ["ws", "wss"],
        target: { kind, url throws(TargetError) in
            guard let parts = WebURL(url.text) else { throw WebURL.invalid }
            guard parts.userInfo == nil else {
                throw TargetError(.invalid, "has a user in it: use an Authorization header")
            }
            return CheckTarget(kind, webURL: url.text)
        },
        run: { checker, check, observation in try await checker.checkWebSocket(check, &observation) })
}

extension Checker {
    fileprivate func checkWebSocket(_ check: Check, _ observation: inout Observation) async throws {
        guard let target = WebURL(check.target.url ?? "") else {
            throw CheckError("the URL is not a ws:// or wss:// URL")
        }
        let connection = try await connect(check, &observation)
        defer { connection.close() }
        var stream: any ByteConnection = connection
        if target.isSecure { stream = try await startTLS(on: connection, check, &observation) }
        var reader = BufferedConnection(stream, check.budget)
        observation.headers = try await openWebSocket(target, check.endpoint.headers, &reader)
        try await send(.text, sentBody(check, from: connection.localAddress), reader)
        let message = try await message(check, &reader)
        observation.isConnected = true
        observation.take(message, of: "message")
        // The check is done; a failure to send the close frame (1000, normal closure) changes nothing.
        try? await send(.close, [0x03, 0xE8], reader)
    }

    /// Performs the handshake of section 4.
    /// - Returns: the header fields of the server's response.
    private func openWebSocket(
        _ target: WebURL, _ headers: HTTPHeaders, _ connection: inout BufferedConnection
    ) async throws -> HTTPHeaders {
        let key = Base64.encode(randomBytes(16))
        var headers = headers
        if headers["Origin"] == nil { headers.set("Origin", "http://localhost/") }  // Gatus's
        try await connection.send(
            WebSocketHandshake.request(target: target.target, host: target.hostHeader, headers: headers, key: key))
        var lines = ""
        while case let line = try await connection.readLine(), !line.isEmpty {
            lines += line + "\n"
            guard lines.utf8.count < 65_536 else { throw CheckError("the server's answer is not HTTP") }
        }
        guard let head = try? HTTPResponseHead(Array(lines.utf8)) else {
            throw CheckError("the server's answer is not HTTP")
        }
        try WebSocketHandshake.check(head.status, head.headers, key: key)
        return head.headers
    }

    private func send(
        _ kind: WebSocketFrame.Kind, _ payload: [UInt8], _ connection: BufferedConnection
    ) async throws {
        try await connection.send(WebSocketFrame(kind: kind, payload: payload).bytes(mask: randomBytes(4)))
    }

    /// The first message, assembled from its frames and cut at the limit for bodies; pings in between are answered.
    private func message(_ check: Check, _ connection: inout BufferedConnection) async throws -> ArrivingBody {
        var body = ArrivingBody(of: check, self)
        var hasBegun = false
        while true {
            let start = try await connection.read(2)
            let head = try WebSocketFrame.Head(start[0], start[1])
            let length =
                switch head.length {
                case .known(let length): UInt64(length)
                case .follows(let count): try await connection.read(count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                }
            switch head.kind {
            case .ping: try await send(.pong, connection.read(Int(length)), connection)
            case .pong: _ = try await connection.read(Int(length))
            case .close:
                let reason = WebSocketFrame.closeReason(try await connection.read(Int(length)))
                throw CheckError(
                    "the server closed the WebSocket before it sent a message" + (reason.map { ": \($0)" } ?? ""))
            case .text, .binary, .continuation:
                guard hasBegun == (head.kind == .continuation) else {
                    throw CheckError("the server mixed the frames of two WebSocket messages")
                }
                hasBegun = true
                var left = length
                while left > 0 {
                    guard body.room > 0 else { return body.cut() }
                    let piece = try await connection.read(Int(min(left, UInt64(min(body.room, 16_384)))))
                    left -= UInt64(piece.count)
                    _ = try await body.add(piece)
                }
                if head.isFinal { return body }
            }
        }
    }

    private func randomBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(time.random() * 256) }
    }
}
