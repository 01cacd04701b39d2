import Basics
import Transport
import WebSocket

/// A client's end of a WebSocket (RFC 6455), for protocols in which both sides talk.
///
/// One task reads by ``receive(timeout:)`` while another writes by ``sendQueued()``; any task may queue messages.
final class WebSocketConnection: Sendable {
    /// How a WebSocket is opened.
    struct Settings: Sendable {
        /// Further header fields, such as `Authorization`.
        var headers: HTTPHeaders = [:]
        /// The subprotocols that this side speaks, the best first; the server must choose one of them.
        var subprotocols: [String] = []
        /// Verification of the server's certificate, and the certificate that is sent to it.
        var tls = TLSOptions()
        /// The name that the certificate must have, instead of the URL's host.
        var tlsServerName: String?
        /// What the server is verified against.
        var authorities: CertificateAuthorities
        /// The proxies on the way, of which HTTP ones can be used.
        var proxy = ProxySettings()

        /// Verification against these authorities, and nothing else.
        init(authorities: CertificateAuthorities) { self.authorities = authorities }
    }

    /// What a server answered to the handshake.
    enum Opening: Sendable {
        /// The WebSocket.
        case open(WebSocketConnection)
        /// Another response, with at most the first 64 KiB of its body. The connection is closed.
        case refused(HTTPResponse)
    }

    /// What a server sends.
    enum Message: Sendable, Hashable {
        /// UTF-8 text, not checked.
        case text([UInt8])
        /// Bytes.
        case binary([UInt8])
        /// The end, with the code and reason that the server gives.
        case closed(reason: String?)
    }

    /// The subprotocol that the server chose; empty when none was offered.
    let subprotocol: String
    private let connection: any ByteConnection
    /// Bytes that were received but not yet asked for.
    private let unread: Locked<[UInt8]>
    private let queue: AsyncStream<[UInt8]>
    private let queued: AsyncStream<[UInt8]>.Continuation

    /// The largest message that is taken, in bytes.
    private static let largestMessage = 4 << 20
    private static let largestHead = 65_536
    private static let largestRefusal = 65_536

    private init(_ connection: any ByteConnection, unread: [UInt8], subprotocol: String) {
        self.connection = connection
        self.unread = Locked(unread)
        self.subprotocol = subprotocol
        (queue, queued) = AsyncStream.makeStream()
    }

    deinit { connection.close() }
}

// MARK: - Opening

extension WebSocketConnection {
    /// Connects and performs the handshake.
    /// - Parameters:
    ///   - url: an absolute `https://` or `http://` URL, percent-encoded.
    ///   - timeout: for everything until the server has answered.
    /// - Throws: `TransportError`, `CancellationError`. An answer that refuses the WebSocket is no error.
    static func open(
        _ url: String, _ settings: Settings, on loop: EventLoop, timeout: Duration
    ) async throws -> Opening {
        let deadline = Deadline(after: timeout)
        let target = try RequestTarget(url)
        let tcp = try await TCPConnection.connect(
            to: target, through: settings.proxy, on: loop, timeout: deadline.left)
        var connection: any ByteConnection = tcp
        if target.isSecure {
            connection = try await TLSConnection.handshake(
                over: tcp, serverName: settings.tlsServerName ?? target.bareHost, options: settings.tls,
                authorities: settings.authorities, applicationProtocols: ["http/1.1"], timeout: deadline.left)
        }
        do {
            return try await handshake(over: connection, target, url, settings, deadline)
        } catch {
            connection.close()
            throw error
        }
    }

    private static func handshake(
        over connection: any ByteConnection, _ target: RequestTarget, _ url: String, _ settings: Settings,
        _ deadline: Deadline
    ) async throws -> Opening {
        let key = Base64.encode(randomBytes(16))
        var headers = settings.headers
        if !settings.subprotocols.isEmpty {
            headers.set("Sec-WebSocket-Protocol", settings.subprotocols.joined(separator: ", "))
        }
        let request = try WebSocketHandshake.request(
            target: target.pathAndQuery(of: url), host: target.hostHeader, headers: headers, key: key)
        try await connection.write(Array(request.utf8), timeout: deadline.left)
        var bytes: [UInt8] = []
        var length: Int?
        while length == nil {
            guard bytes.count < largestHead else {
                throw TransportError(.tooLarge, "the head of \(target.authority)'s answer is too large", phase: .body)
            }
            let more = try await connection.read(atMost: 16_384, timeout: deadline.left)
            guard !more.isEmpty else { throw closedEarly(target.authority) }
            bytes += more
            length = bytes.withUnsafeBytes { HTTPResponseHead.length(in: $0) }
        }
        let end = length ?? bytes.count
        let head = try HTTPResponseHead(Array(bytes[..<(end - 2)]))  // without the empty line
        let rest = Array(bytes[end...])
        guard head.status == 101 else {
            let body = await refusal(head, rest, connection, deadline)
            connection.close()
            return .refused(HTTPResponse(status: head.status, headers: head.headers, body: body, url: url))
        }
        try WebSocketHandshake.check(head.status, head.headers, key: key)
        let chosen = head["sec-websocket-protocol"] ?? ""
        guard chosen.isEmpty ? settings.subprotocols.isEmpty : settings.subprotocols.contains(chosen) else {
            throw TransportError(
                .malformedResponse,
                "\(target.authority) chose the subprotocol \(chosen.debugDescription), which was not offered",
                host: target.authority, phase: .firstByte)
        }
        return .open(WebSocketConnection(connection, unread: rest, subprotocol: chosen))
    }

    /// The body of a refusal, as far as it comes; it only explains.
    private static func refusal(
        _ head: HTTPResponseHead, _ start: [UInt8], _ connection: any ByteConnection, _ deadline: Deadline
    ) async -> [UInt8] {
        var body = start
        let length = min(head.contentLength ?? largestRefusal, largestRefusal)
        while body.count < length, !head.isChunked {
            guard let more = try? await connection.read(atMost: 16_384, timeout: deadline.left), !more.isEmpty else {
                break
            }
            body += more
        }
        return Array(body.prefix(length))
    }

    private static func closedEarly(_ place: String) -> TransportError {
        TransportError(
            .connectionClosed, "\(place) closed the connection before it had answered", host: place, phase: .firstByte)
    }

    private static func randomBytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: 0...255) } }
}

// MARK: - Sending and receiving

extension WebSocketConnection {
    /// Queues a message, which ``sendQueued()`` sends.
    func send(_ kind: WebSocketFrame.Kind, _ payload: [UInt8]) {
        queued.yield(WebSocketFrame(kind: kind, payload: payload).bytes(mask: Self.randomBytes(4)))
    }

    /// Sends what is queued, as it comes, until ``close()``.
    /// - Throws: `TransportError`, `CancellationError`.
    func sendQueued() async throws {
        for await frame in queue { try await connection.write(frame, timeout: nil) }
        try Task.checkCancellation()
    }

    /// The next message, assembled from its frames; pings in between are answered.
    /// - Throws: `TransportError` with `.timedOut`, `.connectionClosed` (without a close frame), `.malformedResponse`
    ///   or `.tooLarge`; `CancellationError`.
    func receive(timeout: Duration) async throws -> Message {
        let deadline = Deadline(after: timeout)
        var kind: WebSocketFrame.Kind?
        var message: [UInt8] = []
        while true {
            // What has arrived already would be read without a look at the clock, and a fast server never lets us wait.
            guard deadline.left > .zero else {
                throw TransportError(.timedOut, "no whole message came within \(timeout.text)", phase: .body)
            }
            let start = try await read(2, deadline)
            let head = try WebSocketFrame.Head(start[0], start[1])
            let length =
                switch head.length {
                case .known(let length): UInt64(length)
                case .follows(let count): try await read(count, deadline).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                }
            guard length <= UInt64(Self.largestMessage - message.count) else {
                throw TransportError(
                    .tooLarge, "the server sent a WebSocket message of more than \(Self.largestMessage) bytes",
                    phase: .body)
            }
            let payload = try await read(Int(length), deadline)
            switch head.kind {
            case .ping: send(.pong, payload)
            case .pong: break
            case .close: return .closed(reason: WebSocketFrame.closeReason(payload))
            case .text, .binary, .continuation:
                guard (kind == nil) == (head.kind != .continuation) else {
                    throw TransportError(
                        .malformedResponse, "the server mixed the frames of two WebSocket messages", phase: .body)
                }
                kind = kind ?? head.kind
                message += payload
                if head.isFinal { return kind == .text ? .text(message) : .binary(message) }
            }
        }
    }

    /// Ends the connection; whoever waits on it gets `.connectionClosed`.
    func close() {
        queued.finish()
        connection.close()
    }

    /// The next bytes, exactly so many.
    private func read(_ count: Int, _ deadline: Deadline) async throws -> [UInt8] {
        while unread.withLock({ $0.count }) < count {
            let more = try await connection.read(atMost: 16_384, timeout: deadline.left)
            guard !more.isEmpty else {
                throw TransportError(
                    .connectionClosed, "the server closed the WebSocket's connection without a close frame",
                    phase: .body)
            }
            unread.withLock { $0 += more }
        }
        return unread.withLock { unread in
            let bytes = Array(unread[..<count])
            unread.removeSubrange(..<count)
            return bytes
        }
    }
}
