import Basics
public import Transport

/// The HTTP exchange that opens a WebSocket (RFC 6455, section 4).
public enum WebSocketHandshake {
    /// Header fields that the handshake sets itself; a caller's fields of these names are not sent.
    private static let ownHeaders: Set<String> = [
        "connection", "upgrade", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions",
        "content-length", "transfer-encoding",
    ]

    /// The request.
    /// - Parameters:
    ///   - target: path and query, from its slash.
    ///   - host: the value of the header `Host`, unless the caller's fields have one.
    ///   - key: 16 random bytes in Base64.
    /// - Throws: `TransportError` with `.invalidRequest` for a control character in the target or a field.
    public static func request(
        target: String, host: String, headers: HTTPHeaders, key: String
    ) throws(TransportError) -> String {
        var fields: HTTPHeaders = [
            "Host": headers["Host"] ?? host, "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13",
        ]
        for field in headers {
            let name = field.name.lowercased()
            if name != "host", !ownHeaders.contains(name) { fields.add(field.name, field.value) }
        }
        let lines = ["GET \(target) HTTP/1.1"] + fields.map { "\($0.name): \($0.value)" }
        guard lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 || $0 == 9 } }) else {
            throw TransportError(.invalidRequest, "the URL or a header has a control character in it")
        }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Checks that the server switches to WebSocket, and that the response belongs to this request.
    /// - Throws: `TransportError` with `.malformedResponse`.
    public static func check(_ status: Int, _ headers: HTTPHeaders, key: String) throws(TransportError) {
        guard status == 101 else { throw refusal("the server answered \(status) instead of opening a WebSocket") }
        guard headers["Upgrade"]?.lowercased() == "websocket",
            headers.values(named: "Connection").contains(where: { value in
                value.lowercased().split(separator: ",").contains { $0.drop { $0 == " " }.hasPrefix("upgrade") }
            })
        else { throw refusal("the server answered 101 without the header fields that switch to WebSocket") }
        guard headers["Sec-WebSocket-Accept"] == answer(to: key) else {
            throw refusal("the server's Sec-WebSocket-Accept does not match the key: it is no WebSocket server")
        }
        guard headers["Sec-WebSocket-Extensions"] == nil else {
            throw refusal("the server uses a WebSocket extension that was not offered")
        }
    }

    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// The `Sec-WebSocket-Accept` that a `Sec-WebSocket-Key` requires: the proof of a server that it speaks WebSocket
    /// (RFC 6455, section 4.2.2).
    public static func answer(to key: String) -> String {
        Base64.encode(Digest.sha1(Array((key + suffix).utf8)))
    }

    private static func refusal(_ message: String) -> TransportError {
        TransportError(.malformedResponse, message, phase: .firstByte)
    }
}

/// One frame of a WebSocket connection (RFC 6455, section 5.2).
public struct WebSocketFrame: Sendable, Hashable {
    /// What a frame is for.
    public enum Kind: UInt8, Sendable {
        /// A further part of a message.
        case continuation = 0
        /// A message of UTF-8 text, or its first part.
        case text = 1
        /// A message of bytes, or its first part.
        case binary = 2
        /// The end of the connection.
        case close = 8
        /// A question whether the peer is there.
        case ping = 9
        /// The answer to a ping.
        case pong = 10

        var isControl: Bool { rawValue >= 8 }
    }

    /// What it is for.
    public var kind: Kind
    /// Whether it ends its message.
    public var isFinal: Bool
    /// Its content.
    public var payload: [UInt8]

    /// A frame, by default of a whole message.
    public init(kind: Kind, isFinal: Bool = true, payload: [UInt8]) {
        self.kind = kind
        self.isFinal = isFinal
        self.payload = payload
    }

    /// The frame as a client sends it.
    /// - Parameter mask: four random bytes.
    public func bytes(mask: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | kind.rawValue]
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65_536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [0x80 | 127] + withUnsafeBytes(of: UInt64(payload.count).bigEndian) { Array($0) }
        }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    /// The first two bytes of a server's frame.
    public struct Head: Sendable, Hashable {
        /// What the frame is for.
        public var kind: Kind
        /// Whether the frame ends its message.
        public var isFinal: Bool
        /// The payload's length in bytes, or the number of bytes in which it follows: 2 or 8.
        public var length: Length

        /// The length in the head, or where it is.
        public enum Length: Sendable, Hashable {
            /// So many bytes of payload.
            case known(Int)
            /// The length follows in so many bytes, the highest first.
            case follows(bytes: Int)
        }

        /// - Throws: `TransportError` with `.malformedResponse` for a frame that a server must not send.
        public init(_ first: UInt8, _ second: UInt8) throws(TransportError) {
            guard first & 0x70 == 0, let kind = Kind(rawValue: first & 0x0F), second & 0x80 == 0 else {
                throw TransportError(
                    .malformedResponse, "the server sent a WebSocket frame that RFC 6455 does not allow", phase: .body)
            }
            self.kind = kind
            isFinal = first & 0x80 != 0
            switch second {
            case 126: length = .follows(bytes: 2)
            case 127: length = .follows(bytes: 8)
            default: length = .known(Int(second))
            }
            guard !kind.isControl || isFinal && second < 126 else {
                throw TransportError(
                    .malformedResponse, "the server sent a WebSocket control frame that is too large or in pieces",
                    phase: .body)
            }
        }
    }

    /// The code and reason of a close frame's payload, such as `1008 "busy"`; nil when it has none (section 5.5.1).
    public static func closeReason(_ payload: [UInt8]) -> String? {
        guard payload.count >= 2 else { return nil }
        let reason = String(decoding: payload.dropFirst(2), as: UTF8.self)
        let code = Int(payload[0]) << 8 | Int(payload[1])
        return reason.isEmpty ? "\(code)" : "\(code) \(reason.debugDescription)"
    }
}
