import AWS
import JSON

/// The key by which a server proves that it speaks WebSocket (RFC 6455, section 4.2.2).
enum WebSocketKey {
    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// What `Sec-WebSocket-Accept` has to be for a `Sec-WebSocket-Key`.
    static func answer(to key: String) -> String {
        Base64.encode(Digest.sha1(Array((key + suffix).utf8)))
    }
}
