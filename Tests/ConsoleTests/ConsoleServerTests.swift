import Basics
import Console
import NIOHTTP1
import Testing
import Transport

/// The console over real connections.
@Suite(.timeLimit(.minutes(1))) struct ConsoleServerTests {
    @Test func itListensOnLoopbackAndRefusesLargeBodies() async throws {
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        try await ConsoleServer.run(snapshot: { .sample }, actions: RecordingActions()) { console in
            #expect(console.url == "http://127.0.0.1:\(console.port)/?token=\(console.token)")
            let address = try #require(SocketAddress(ip: "127.0.0.1", port: UInt16(console.port)))
            func exchange(_ request: String) async throws -> String {
                let connection = try await TCPConnection.connect(to: address, on: loop, timeout: .seconds(20))
                try await connection.write(Array(request.utf8))
                var answer: [UInt8] = []
                defer { connection.close() }
                while case let bytes = try await connection.read(timeout: .seconds(20)), !bytes.isEmpty {
                    answer += bytes
                }
                return String(decoding: answer, as: UTF8.self)
            }
            let host = "Host: 127.0.0.1:\(console.port)\r\nConnection: close\r\n"
            let entered = try await exchange("GET /?token=\(console.token) HTTP/1.1\r\n\(host)\r\n")
            #expect(entered.hasPrefix("HTTP/1.1 303 "))
            let foreign = try await exchange(
                "GET /?token=\(console.token) HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            #expect(foreign.hasPrefix("HTTP/1.1 421 "))
            let large = try await exchange("POST / HTTP/1.1\r\n\(host)Content-Length: 16385\r\n\r\n")
            #expect(large.hasPrefix("HTTP/1.1 413 "))
            let body = String(repeating: "a", count: 16_384)
            let allowed = try await exchange("POST / HTTP/1.1\r\n\(host)Content-Length: 16384\r\n\r\n\(body)")
            #expect(allowed.hasPrefix("HTTP/1.1 405 "))
        }
    }
}
