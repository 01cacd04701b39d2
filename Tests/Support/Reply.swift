/// What a `ScriptedServer` does with a request.
public indirect enum Reply: Sendable {
    /// Sends these bytes as they are, then closes if told so.
    case bytes([UInt8], closes: Bool)
    /// Never answers; waits for the peer to close.
    case hang
    /// Resets the connection without an answer.
    case reset
    /// Waits for the gate, then replies.
    case after(Gate, Reply)

    /// Sends text as it is, then closes if told so.
    public static func raw(_ text: String, closes: Bool = false) -> Reply { .bytes(Array(text.utf8), closes: closes) }

    /// A response with a right `Content-Length`.
    public static func http(
        _ status: Int, headers: [(String, String)] = [], body: [UInt8], closes: Bool = false
    ) -> Reply {
        let head = Self.head(status, headers + [("Content-Length", "\(body.count)")])
        return .bytes(Array(head.utf8) + body, closes: closes)
    }

    /// A response with a right `Content-Length`.
    public static func http(
        _ status: Int, headers: [(String, String)] = [], body: String = "", closes: Bool = false
    ) -> Reply {
        http(status, headers: headers, body: Array(body.utf8), closes: closes)
    }

    /// A response in chunks.
    public static func chunked(_ status: Int, headers: [(String, String)] = [], chunks: [String]) -> Reply {
        let body = chunks.map { String($0.utf8.count, radix: 16) + "\r\n" + $0 + "\r\n" }.joined() + "0\r\n\r\n"
        return raw(head(status, headers + [("Transfer-Encoding", "chunked")]) + body)
    }

    /// The status line and the headers, with the empty line that ends them.
    public static func head(_ status: Int, _ headers: [(String, String)]) -> String {
        "HTTP/1.1 \(status) Scripted\r\n" + headers.map { "\($0): \($1)\r\n" }.joined() + "\r\n"
    }
}
