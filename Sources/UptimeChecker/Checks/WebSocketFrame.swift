/// One frame of a WebSocket connection (RFC 6455, section 5.2).
struct WebSocketFrame: Sendable, Hashable {
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

    /// As a client sends it: masked by four bytes of chance.
    func bytes(mask: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | kind.rawValue]
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65_536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [0x80 | 127] + withUnsafeBytes(of: UInt64(payload.count).bigEndian) { Array($0) }
        }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    /// What the first two bytes of a server's frame say.
    struct Head: Sendable, Hashable {
        var kind: Kind
        var isFinal: Bool
        /// The payload's length, or how many bytes that tell it follow: 2 or 8.
        var length: Length

        enum Length: Sendable, Hashable {
            case known(Int)
            case follows(bytes: Int)
        }

        init(_ first: UInt8, _ second: UInt8) throws(CheckFailure) {
            guard first & 0x70 == 0, let kind = Kind(rawValue: first & 0x0F), second & 0x80 == 0 else {
                throw CheckFailure("the server sent a WebSocket frame that RFC 6455 does not allow")
            }
            self.kind = kind
            isFinal = first & 0x80 != 0
            switch second {
            case 126: length = .follows(bytes: 2)
            case 127: length = .follows(bytes: 8)
            default: length = .known(Int(second))
            }
            guard !kind.isControl || isFinal && second < 126 else {
                throw CheckFailure("the server sent a WebSocket control frame that is too large or in pieces")
            }
        }
    }
}
