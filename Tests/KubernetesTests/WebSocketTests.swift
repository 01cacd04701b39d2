import Basics
import TestSupport
import Testing
import Transport
import WebSocket

@testable import Kubernetes

/// A client's end of a WebSocket, also through a proxy.
@Suite struct WebSocketTests {
    private static let plain = WebSocketConnection.Settings(authorities: .missing("none are needed"))

    /// A WebSocket was refused, or opened, and should not have been.
    private struct Unexpected: Error {}

    private func open<R: Sendable>(
        _ port: UInt16, _ settings: WebSocketConnection.Settings = plain,
        _ body: @Sendable (WebSocketConnection) async throws -> R
    ) async throws -> R {
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let opening = try await WebSocketConnection.open(
            "http://127.0.0.1:\(port)/chat", settings, on: loop, timeout: .seconds(30))
        guard case .open(let socket) = opening else { throw Unexpected() }
        defer { socket.close() }
        return try await body(socket)
    }

    /// A server that answers the handshake, then sends the bytes.
    private func server(
        after bytes: [UInt8] = [], headers: String = "",
        answer: (@Sendable (_ key: String) -> String)? = nil
    ) throws -> ScriptedServer {
        try ScriptedServer(connection: { connection in
            guard let request = try connection.readRequest() else { return }
            let key = request["Sec-WebSocket-Key"] ?? ""
            let usual =
                "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\(headers)Sec-WebSocket-Accept: "
                + WebSocketHandshake.answer(to: key) + "\r\n\r\n"
            try connection.send(Array((answer?(key) ?? usual).utf8) + bytes)
            try connection.waitForClose()
        })
    }

    @Test("messages of any length go both ways, and pings are answered", arguments: [0, 125, 126, 65_536])
    func messages(size: Int) async throws {
        let server = try ProtocolServer(.webSocket)
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: size)
        let answer = try await open(server.port) { socket in
            // The server asserts that its pings are answered before it echoes.
            async let _: Void? = try? socket.sendQueued()
            let sends = [text]
            for text in sends { socket.send(.text, text) }
            let answer = try await socket.receive(timeout: .seconds(30))
            socket.close()
            return answer
        }
        #expect(answer == .text(Array("/chat ".utf8) + text))
    }

    private static let badFrames: [(bytes: [UInt8], reason: String)] = [
        ([0xC1, 0x00], "does not allow"), ([0x83, 0x00], "does not allow"), ([0x81, 0x80], "does not allow"),
        ([0x09, 0x00], "control frame"), ([0x89, 126], "control frame"), ([0x80, 0x00], "mixed"),
        ([0x01, 1, 65, 0x81, 1, 66], "mixed"),
        ([0x82, 127, 0x7F] + [UInt8](repeating: 0xFF, count: 7), "of more than"),
        ([0x02, 1, 65, 0x80, 127, 0, 0, 0, 0, 0, 0x40, 0, 0], "of more than"),
    ]

    @Test("frames that a server must not send are refused", arguments: 0..<badFrames.count)
    func refusesBadFrames(row: Int) async throws {
        let (bytes, reason) = Self.badFrames[row]
        let server = try server(after: bytes)
        let error = await #expect(throws: TransportError.self) {
            try await open(server.port) { try await $0.receive(timeout: .seconds(30)) }
        }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("a close frame tells its reason; an end without one is an error")
    func ends() async throws {
        let closing = try server(after: [0x88, 6, 0x03, 0xF0] + Array("busy".utf8))
        let message = try await open(closing.port) { try await $0.receive(timeout: .seconds(30)) }
        #expect(message == .closed(reason: "1008 \"busy\""))
        let ending = try ScriptedServer(connection: { connection in
            let key = try connection.readRequest()?["Sec-WebSocket-Key"] ?? ""
            try connection.send(
                "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                    + WebSocketHandshake.answer(to: key) + "\r\n\r\n")
        })
        let error = await #expect(throws: TransportError.self) {
            try await open(ending.port) { try await $0.receive(timeout: .seconds(30)) }
        }
        #expect(error?.code == .connectionClosed)
    }

    @Test("no message is read after the time is over, although some have arrived")
    func arrivedTooLate() async throws {
        let server = try server(after: [0x82, 1, 1, 0x82, 1, 2, 0x82, 1, 3])
        let (first, late, next) = try await open(server.port) { socket in
            let first = try await socket.receive(timeout: .seconds(30))
            let late = await #expect(throws: TransportError.self) { try await socket.receive(timeout: .zero) }
            return (first, late, try await socket.receive(timeout: .seconds(30)))
        }
        #expect(first == .binary([1]))
        #expect(late?.code == .timedOut)
        #expect(next == .binary([2]))
    }

    @Test("an answer that refuses is handed back with its body")
    func refusal() async throws {
        let server = try server { _ in "HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nwhy?" }
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let opening = try await WebSocketConnection.open(
            "http://127.0.0.1:\(server.port)/", Self.plain, on: loop, timeout: .seconds(30))
        guard case .refused(let response) = opening else { throw Unexpected() }
        #expect(response.status == 403)
        #expect(response.body == Array("why?".utf8))
    }

    @Test(
        "the server must choose one of the subprotocols that were offered",
        arguments: [
            ("", ["a"], false), ("b", ["a"], false), ("a", ["b", "a"], true), ("a", [], false), ("", [], true),
        ] as [(String, [String], Bool)])
    func subprotocols(chosen: String, offered: [String], isOpened: Bool) async throws {
        let server = try server(headers: chosen.isEmpty ? "" : "Sec-WebSocket-Protocol: \(chosen)\r\n")
        var offering = Self.plain
        offering.subprotocols = offered
        let settings = offering
        if isOpened {
            #expect(try await open(server.port, settings) { $0.subprotocol } == chosen)
        } else {
            let error = await #expect(throws: TransportError.self) {
                try await open(server.port, settings) { _ in }
            }
            #expect(error?.message.contains("which was not offered") == true, "\(error?.message ?? "")")
        }
    }

    /// A proxy's answer to CONNECT, and what is said about it.
    private static let proxyAnswers: [(answer: String, reason: String)] = [
        ("HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", "answered 407"),
        ("SSH-2.0-x\r\n\r\n", "is not HTTP/1.1"), ("HTTP/1.1 200 OK\r\n\r\nx", "more than its answer"),
        ("HTTP/1.1 200 OK\r\n", "before it had answered"),
        ("HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 20_000), "larger than"),
    ]

    @Test("a proxy that does not connect is told, without its password", arguments: 0..<proxyAnswers.count)
    func proxies(row: Int) async throws {
        let (answer, reason) = Self.proxyAnswers[row]
        let requests = Locked<[String]>([])
        let proxy = try ScriptedServer(connection: { connection in
            guard let request = try connection.readRequest() else { return }
            requests.withLock { $0 += [request.target, request["Proxy-Authorization"] ?? ""] }
            try connection.send(answer)
        })
        var proxied = Self.plain
        proxied.proxy = ProxySettings(http: "http://ann:s%33cret@127.0.0.1:\(proxy.port)", includesLocalhost: true)
        let settings = proxied
        let error = await #expect(throws: TransportError.self) {
            try await open(1, settings) { _ in }
        }
        #expect(error?.code == .proxyFailed)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("s3cret") == false)
        #expect(requests.withLock { $0 } == ["127.0.0.1:1", "Basic " + Base64.encode(Array("ann:s3cret".utf8))])
    }

    @Test("a proxy of another kind is refused before anything is sent")
    func otherProxies() async throws {
        var proxied = Self.plain
        proxied.proxy = ProxySettings(http: "socks5://127.0.0.1:1", includesLocalhost: true)
        let settings = proxied
        let error = await #expect(throws: TransportError.self) {
            try await open(1, settings) { _ in }
        }
        #expect(error?.code == .proxyFailed)
        #expect(error?.message.contains("only by http:// proxies") == true, "\(error?.message ?? "")")
    }

    @Test("the proof of the standard's example (RFC 6455, section 1.3)")
    func key() {
        #expect(WebSocketHandshake.answer(to: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }
}
