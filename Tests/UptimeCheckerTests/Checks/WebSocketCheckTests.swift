import TestSupport
import Testing
import Transport
import WebSocket

@testable import UptimeChecker

@Suite struct WebSocketCheckTests {
    @Test(arguments: [0, 1, 125, 126, 65_535, 65_536, 200_000])
    func sendsTheBodyAndReadsAMessage(size: Int) async throws {
        let server = try ProtocolServer(.webSocket)
        let body = String(repeating: "ä", count: size / 2) + (size % 2 == 0 ? "" : "x")
        let observation = try await CheckBench.run {
            await $0.observe(
                try .of(.webSocket(url: "ws://127.0.0.1:\(server.port)/chat?room=1"), "[BODY] != x") { $0.body = body })
        }
        #expect(observation.errors == [])
        #expect(observation.isConnected)
        // The server puts the request's target before what it echoes, and pings before and in between.
        let isEcho = observation.body == Array("/chat?room=1 \(body)".utf8)
        #expect(isEcho)  // not the bytes themselves, whose difference would take minutes to print
        #expect(observation.headers["X-Origin"] == "http://localhost/")
    }

    @Test func sendsTheEndpointsHeadersInTheHandshake() async throws {
        let server = try ProtocolServer(.webSocket)
        let observation = try await CheckBench.run {
            await $0.observe(
                try .of(.webSocket(url: "ws://127.0.0.1:\(server.port)")) {
                    $0.headers = ["Origin": "https://shop.example", "host": "shop.example", "Upgrade": "none"]
                })
        }
        #expect(observation.isConnected)
        #expect(observation.headers["X-Origin"] == "https://shop.example")
        #expect(observation.headers["X-Host"] == "shop.example")
    }

    /// A server that answers the handshake with the closure's text for the key, then sends the bytes.
    private func observe(
        limit: Int = 1 << 20, after bytes: [UInt8] = [],
        answer: @escaping @Sendable (_ key: String) -> String = {
            "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                + WebSocketHandshake.answer(to: $0) + "\r\n"
        }
    ) async throws -> Observation {
        let server = try ScriptedServer(connection: { connection in
            guard let request = try connection.readRequest() else { return }
            try connection.send(Array((answer(request["Sec-WebSocket-Key"] ?? "") + "\r\n").utf8) + bytes)
            try connection.waitForClose()
        })
        var settings = CheckerSettings()
        settings.maximumBodyBytes = limit
        return try await CheckBench.run(settings: settings) {
            await $0.observe(
                try .of(.webSocket(url: "ws://127.0.0.1:\(server.port)"), "[BODY] != x") {
                    $0.client.timeout = .seconds(5)
                })
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 403 No\r\n", "answered 403"), ("SSH-2.0-x\r\n", "is not HTTP"),
        ("HTTP/1.1 101 Go\r\n", "without the header fields"),
        (
            "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: A\r\n",
            "does not match the key"
        ),
    ])
    func aWrongHandshakeIsReported(answer: String, reason: String) async throws {
        let observation = try await observe { _ in answer }
        #expect(!observation.isConnected && observation.errors.count == 1)
        #expect(observation.errors[0].contains(reason), "\(observation.errors)")
    }

    private static let badFrames: [(bytes: [UInt8], reason: String)] = [
        ([0xC1, 0x00], "does not allow"), ([0x83, 0x00], "does not allow"), ([0x81, 0x80], "does not allow"),
        ([0x09, 0x00], "control frame"), ([0x89, 126], "control frame"), ([0x80, 0x00], "mixed"),
        ([0x01, 1, 65, 0x81, 1, 66], "mixed"), ([0x88, 0x00], "before it sent a message"),
        ([0x88, 6, 0x03, 0xF0] + Array("busy".utf8), "before it sent a message: 1008 \"busy\""),
    ]

    @Test(arguments: 0..<badFrames.count) func badFramesAreSaid(row: Int) async throws {
        let (bytes, reason) = Self.badFrames[row]
        let observation = try await observe(after: bytes)
        #expect(!observation.isConnected && observation.errors.count == 1)
        #expect(observation.errors[0].contains(reason), "\(observation.errors)")
    }

    @Test func aLargeMessageIsCut() async throws {
        // Two frames, the second of which announces 2^63 - 1 bytes.
        let bytes: [UInt8] = [0x02, 2, 1, 2, 0x80, 127, 0x7F] + [UInt8](repeating: 0xFF, count: 7) + [3, 4, 5, 6]
        let observation = try await observe(limit: 5, after: bytes)
        #expect(observation.isConnected && observation.errors == [])
        #expect(observation.body == [1, 2, 3, 4, 5])
        #expect(observation.notes == ["only the first 5 bytes of the message were read"])
    }

    @Test func aMessageOfExactlyTheLimitIsNotCut() async throws {
        let ping: [UInt8] = [0x89, 2, 8, 9]
        let observation = try await observe(limit: 3, after: [0x02, 3, 1, 2, 3] + ping + [0x80, 0])
        #expect(observation.body == [1, 2, 3] && observation.notes == [])
    }
}
