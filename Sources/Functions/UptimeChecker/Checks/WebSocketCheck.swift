import Basics
import Transport

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
        try await connection.send(WebSocketHandshake.request(target, headers, key: key))
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
            case .close: throw WebSocketHandshake.closeError(try await connection.read(Int(length)))
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

/// The HTTP exchange that opens a WebSocket (RFC 6455, section 4).
private enum WebSocketHandshake {
    /// Header fields that the handshake sets itself; an endpoint's fields of these names are not sent.
    private static let ownHeaders: Set<String> = [
        "connection", "upgrade", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions",
        "content-length", "transfer-encoding",
    ]

    /// The request.
    ///
    /// `Origin` is Gatus's and `Host` the URL's, unless the endpoint has its own.
    static func request(_ target: WebURL, _ headers: HTTPHeaders, key: String) throws(CheckError) -> String {
        var fields: HTTPHeaders = [
            "Host": target.hostHeader, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13", "Origin": "http://localhost/",
        ]
        for field in headers where !ownHeaders.contains(field.name.lowercased()) { fields[field.name] = field.value }
        let lines = ["GET \(target.target) HTTP/1.1"] + fields.map { "\($0.name): \($0.value)" }
        guard lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 || $0 == 9 } }) else {
            throw CheckError("the URL or a header has a control character in it")
        }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Checks that the server switches to WebSocket, and that the response belongs to this request.
    static func check(_ status: Int, _ headers: HTTPHeaders, key: String) throws(CheckError) {
        guard status == 101 else { throw CheckError("the server answered \(status) instead of opening a WebSocket") }
        guard headers["Upgrade"]?.lowercased() == "websocket",
            headers.values(named: "Connection").contains(where: { value in
                value.lowercased().split(separator: ",").contains { $0.drop { $0 == " " }.hasPrefix("upgrade") }
            })
        else { throw CheckError("the server answered 101 without the header fields that switch to WebSocket") }
        guard headers["Sec-WebSocket-Accept"] == WebSocketKey.answer(to: key) else {
            throw CheckError("the server's Sec-WebSocket-Accept does not match the key: it is no WebSocket server")
        }
        guard headers["Sec-WebSocket-Extensions"] == nil else {
            throw CheckError("the server uses a WebSocket extension that was not offered")
        }
    }

    /// The error for a close frame that comes before any message, with its code and reason (section 5.5.1).
    static func closeError(_ payload: [UInt8]) -> CheckError {
        let text = "the server closed the WebSocket before it sent a message"
        guard payload.count >= 2 else { return CheckError(text) }
        let reason = String(decoding: payload.dropFirst(2), as: UTF8.self)
        let code = Int(payload[0]) << 8 | Int(payload[1])
        return CheckError("\(text): \(code)" + (reason.isEmpty ? "" : " \(reason.debugDescription)"))
    }
}

/// One frame of a WebSocket connection (RFC 6455, section 5.2).
private struct WebSocketFrame: Sendable, Hashable {
    enum Kind: UInt8, Sendable {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        var isControl: Bool { rawValue >= 8 }
    }

    var kind: Kind
    var isFinal = true
    var payload: [UInt8]

    /// The frame as a client sends it.
    /// - Parameter mask: four random bytes.
    func bytes(mask: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | kind.rawValue]
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65_536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [0x80 | 127] + withUnsafeBytes(of: UInt64(payload.count).bigEndian) { Array($0) }
        }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    /// The first two bytes of a server's frame.
    struct Head: Sendable, Hashable {
        var kind: Kind
        var isFinal: Bool
        /// The payload's length in bytes, or the number of bytes in which it follows: 2 or 8.
        var length: Length

        enum Length: Sendable, Hashable {
            case known(Int)
            case follows(bytes: Int)
        }

        init(_ first: UInt8, _ second: UInt8) throws(CheckError) {
            guard first & 0x70 == 0, let kind = Kind(rawValue: first & 0x0F), second & 0x80 == 0 else {
                throw CheckError("the server sent a WebSocket frame that RFC 6455 does not allow")
            }
            self.kind = kind
            isFinal = first & 0x80 != 0
            switch second {
            case 126: length = .follows(bytes: 2)
            case 127: length = .follows(bytes: 8)
            default: length = .known(Int(second))
            }
            guard !kind.isControl || isFinal && second < 126 else {
                throw CheckError("the server sent a WebSocket control frame that is too large or in pieces")
            }
        }
    }
}

/// The proof of a server that it speaks WebSocket (RFC 6455, section 4.2.2).
enum WebSocketKey {
    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// The `Sec-WebSocket-Accept` that a `Sec-WebSocket-Key` requires.
    static func answer(to key: String) -> String {
        Base64.encode(Digest.sha1(Array((key + suffix).utf8)))
    }
}
