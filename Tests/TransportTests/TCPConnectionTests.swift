import Basics
import Glibc
import TestSupport
import Testing
import Transport

@Suite struct TCPConnectionTests {
    /// A server that sends back what it gets.
    private func echo() throws -> ScriptedServer {
        try ScriptedServer(connection: { connection in
            while true {
                let bytes = try connection.read()
                if bytes.isEmpty { return }
                try connection.send(bytes)
            }
        })
    }

    private func address(_ server: ScriptedServer) throws -> SocketAddress {
        try #require(SocketAddress(ip: "127.0.0.1", port: server.port))
    }

    @Test func readsAndWrites() async throws {
        let server = try echo()
        let address = try address(server)
        try EventLoop.run { loop in
            let connection = try await TCPConnection.connect(to: address, on: loop)
            for turn in 0..<100 {
                try await connection.write(Array("one \(turn) ".utf8), Array("two".utf8))
                #expect(try await connection.text(count: "one \(turn) two".utf8.count) == "one \(turn) two")
            }
        }
        #expect(server.connectionCount == 1)
    }

    @Test func worksFromAnyThread() async throws {
        let server = try echo()
        let address = try address(server)
        try await withLoop { loop in
            let connection = try await TCPConnection.connect(to: address, on: loop)
            try await connection.write(Array("hello".utf8))
            #expect(try await connection.text(count: 5) == "hello")
        }
    }

    @Test func writesMoreThanTheSocketHolds() async throws {
        let server = try echo()
        let address = try address(server)
        let size = 20 << 20
        try EventLoop.run { loop in
            let connection = try await TCPConnection.connect(to: address, on: loop)
            async let writing: Void = connection.write([1, 2, 3], [UInt8](repeating: 9, count: size))
            let text = try await connection.bytes(count: size + 3)
            #expect(text.prefix(4) == [1, 2, 3, 9] && text.count == size + 3)
            try await writing
        }
    }

    @Test("a peer that has always more to read does not keep timers and other tasks from their turn")
    func theLoopHasItsTurn() async throws {
        let sent = Gate()
        let server = try ScriptedServer(connection: { connection in
            try connection.send([UInt8](repeating: 7, count: 65_536))
            sent.open()
            try connection.waitForClose()
        })
        let address = try address(server)
        try EventLoop.run { loop in
            let connection = try await TCPConnection.connect(to: address, on: loop)
            #expect(await sent.opened())
            let turns = Counter()
            async let others: Void = {
                for _ in 0..<4 {
                    try await loop.sleep(for: .zero)
                    turns.add()
                }
            }()
            await Task.yield()
            for _ in 0..<256 { _ = try await connection.read(atMost: 128) }
            #expect(turns.value == 4)
            try await others
        }
    }

    @Test func seesTheEndAlsoTogetherWithData() async throws {
        let server = try ScriptedServer(connection: { try $0.send("bye") })
        let address = try address(server)
        try EventLoop.run { loop in
            for _ in 0..<200 {
                let connection = try await TCPConnection.connect(to: address, on: loop)
                #expect(try await connection.text(count: 3) == "bye")
                #expect(try await connection.bytes(count: 1) == [])
                #expect(try await connection.bytes(count: 1) == [])
            }
        }
    }

    @Test func aResetIsAnError() throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.read()
            connection.resetOnClose()
        })
        let address = try address(server)
        let error = #expect(throws: TransportError.self) {
            try EventLoop.run { loop in
                let connection = try await TCPConnection.connect(to: address, on: loop)
                try await connection.write([1])
                _ = try await connection.bytes(count: 1)
            }
        }
        #expect(error?.code == .connectionClosed)
        #expect(error?.message == "read from \(address): Connection reset by peer")
    }

    @Test func aRefusedConnectionSaysSo() throws {
        let server = try echo()
        let address = try address(server)
        server.stop()
        let error = #expect(throws: TransportError.self) {
            _ = try EventLoop.run { loop in _ = try await TCPConnection.connect(to: address, on: loop) }
        }
        #expect(error?.code == .connectFailed)
        #expect(error?.message == "connect to \(address): Connection refused")
    }

    @Test func readingTimesOut() throws {
        let server = try ScriptedServer(connection: { try $0.waitForClose() })
        let address = try address(server)
        let error = #expect(throws: TransportError.self) {
            try EventLoop.run { loop in
                let connection = try await TCPConnection.connect(to: address, on: loop)
                _ = try await connection.bytes(count: 1, timeout: .milliseconds(10))
            }
        }
        #expect(error?.code == .timedOut)
        #expect(error?.message == "read from \(address) timed out after 10 ms")
    }

    @Test func waitingCanBeCancelledAndTheConnectionStillUsed() async throws {
        let server = try echo()
        let address = try address(server)
        try await withLoop { loop in
            let connection = try await TCPConnection.connect(to: address, on: loop)
            let reading = Task { try await connection.bytes(count: 1) }
            for _ in 0..<100 { await Task.yield() }
            reading.cancel()
            await #expect(throws: CancellationError.self) { try await reading.value }
            try await connection.write(Array("x".utf8))
            #expect(try await connection.text(count: 1) == "x")
        }
    }

    @Test func closingWakesTheReader() async throws {
        let server = try echo()
        let address = try address(server)
        try await withLoop { loop in
            let connection = try await TCPConnection.connect(to: address, on: loop)
            let reading = Task { try await connection.bytes(count: 1) }
            for _ in 0..<100 { await Task.yield() }
            connection.close()
            await #expect(throws: TransportError.self) { try await reading.value }
            await #expect(throws: TransportError.self) { try await connection.write([1]) }
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost"]) func connectsByName(host: String) async throws {
        let server = try echo()
        try await withLoop { loop in
            let connection = try await TCPConnection.connect(host: host, port: server.port, on: loop)
            try await connection.write([7])
            #expect(try await connection.bytes(count: 1) == [7])
            #expect(connection.localAddress?.ip == "127.0.0.1")
            #expect(connection.localAddress?.port ?? 0 > 0 && connection.localAddress?.port != server.port)
        }
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80"), ("1.2.3", nil), ("host", nil), ("", nil), ("[::1]", nil),
    ])
    func readsLiterals(text: String, description: String?) {
        #expect(SocketAddress(ip: text, port: 80)?.description == description)
    }
}
