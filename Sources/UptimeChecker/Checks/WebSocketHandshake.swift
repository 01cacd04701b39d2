import Transport

/// The HTTP exchange that opens a WebSocket (RFC 6455, section 4).
enum WebSocketHandshake {
    /// What only the handshake itself may say.
    private static let ownHeaders: Set<String> = [
        "connection", "upgrade", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions",
        "content-length", "transfer-encoding",
    ]

    /// The request: with Gatus's `Origin` unless the endpoint has one, and its `Host` if it has one.
    static func request(_ target: WebURL, _ headers: HTTPHeaders, key: String) throws(CheckFailure) -> String {
        var fields: HTTPHeaders = [
            "Host": target.hostHeader, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13", "Origin": "http://localhost/",
        ]
        for field in headers where !ownHeaders.contains(field.name.lowercased()) { fields[field.name] = field.value }
        let lines = ["GET \(target.target) HTTP/1.1"] + fields.map { "\($0.name): \($0.value)" }
        guard lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 || $0 == 9 } }) else {
            throw CheckFailure("the URL or a header has a control character in it")
        }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Checks that the server goes over to WebSocket, and that it is not an answer to somebody else.
    static func check(_ statusLine: String, _ headers: HTTPHeaders, key: String) throws(CheckFailure) {
        let parts = statusLine.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else {
            throw CheckFailure("the server's answer is not HTTP")
        }
        guard status == 101 else { throw CheckFailure("the server answered \(status) instead of opening a WebSocket") }
        guard headers["Upgrade"]?.lowercased() == "websocket",
            headers.values(named: "Connection").contains(where: { value in
                value.lowercased().split(separator: ",").contains { $0.drop { $0 == " " }.hasPrefix("upgrade") }
            })
        else { throw CheckFailure("the server answered 101 without saying that it goes over to WebSocket") }
        guard headers["Sec-WebSocket-Accept"] == WebSocketKey.answer(to: key) else {
            throw CheckFailure("the server's Sec-WebSocket-Accept does not fit: it speaks no WebSocket")
        }
        guard headers["Sec-WebSocket-Extensions"] == nil else {
            throw CheckFailure("the server uses a WebSocket extension that was not offered")
        }
    }

    /// What a close frame that comes before any message says (section 5.5.1).
    static func farewell(_ payload: [UInt8]) -> CheckFailure {
        let text = "the server closed the WebSocket before it sent a message"
        guard payload.count >= 2 else { return CheckFailure(text) }
        let reason = String(decoding: payload.dropFirst(2), as: UTF8.self)
        let code = Int(payload[0]) << 8 | Int(payload[1])
        return CheckFailure("\(text): \(code)" + (reason.isEmpty ? "" : " \(reason.debugDescription)"))
    }
}
