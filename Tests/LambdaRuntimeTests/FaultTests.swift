import Basics
import FunctionRuntime
import TestSupport
import Testing
import Transport

@testable import LambdaRuntime

@Suite("faults of the Runtime API")
struct FaultTests {
    typealias API = RuntimeAPIServer
    static let refusal = #"{"errorMessage":"the reason","errorType":"Type"}"#

    @Test("no status on a response ends the loop or leads to /error", arguments: [400, 403, 410, 413, 500, 503])
    func refusedResponse(status: Int) async throws {
        let server = try API(next: [API.event("one"), API.event("two")]) { request in
            request.target.contains("/one/") ? .http(status, body: Self.refusal) : nil
        }
        let life = try await live(server)
        #expect(server.answers == ["one/response {}", "two/response {}"])
        #expect(life.log.text.contains(status == 410 ? "[WARN]" : "[ERROR]"))
        #expect(life.log.text.contains("\(status)") && life.log.text.contains("the reason"))
    }

    @Test("a refused error report does not end the loop", arguments: [403, 410, 413, 500])
    func refusedError(status: Int) async throws {
        struct Broken: Error {}
        let server = try API(next: [API.event("one"), API.event("two")]) { _ in .http(status) }
        _ = try await live(server) { _, _ in ClosureHandler { _, _ in throw Broken() } }
        #expect(server.server.requests.count { $0.target.hasSuffix("/error") } == 2)
    }

    /// Everything that can go wrong with one `/next`; the event after it must be handled.
    static let brokenAnswers: [Reply] = [
        .http(403, body: refusal), .http(500, body: refusal), .http(404), .reset, .raw("", closes: true),
        .raw("garbage\r\n\r\n", closes: true), .raw("HTTP/1.1 200 OK\r\n", closes: true),
        .raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", closes: true),
        .raw("HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n", closes: true),
        .raw("HTTP/1.1 200 OK\r\n: x\r\n\r\n", closes: true),
        .raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", closes: true),
        .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", closes: true),
        .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", closes: true),
        .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n", closes: true),
        .http(200, body: "no request id"),
        .http(200, headers: [("Lambda-Runtime-Aws-Request-Id", "../../init/error?")], body: "a path"),
        .http(200, headers: API.eventHeaders("big") + [("X-Big", String(repeating: "x", count: 70_000))]),
        .bytes([UInt8](repeating: 0xFF, count: 100_000), closes: true),
    ]

    @Test("a bad answer to /next is logged and asked for again", arguments: brokenAnswers.indices)
    func badNext(index: Int) async throws {
        let server = try API(next: [API.event("zero"), Self.brokenAnswers[index], API.event("one")])
        let life = try await live(server)
        #expect(server.answers == ["zero/response {}", "one/response {}"])
        // A kept connection that is closed is replaced at once, without a log line; all other faults are logged.
        #expect(life.log.lines.count { $0.contains("no invocation received") } >= 5)
    }

    @Test("Connection: close on every reply costs connections, nothing else")
    func connectionClose() async throws {
        func closing(_ id: String) -> Reply {
            .http(200, headers: API.eventHeaders(id) + [("Connection", "close")], body: "{}", closes: true)
        }
        let server = try API(next: [closing("one"), closing("two")]) { _ in
            .http(202, headers: [("connection", "Close")], closes: true)
        }
        _ = try await live(server)
        #expect(server.answers == ["one/response {}", "two/response {}"])
        #expect(server.server.connectionCount >= 4)
    }

    @Test("a connection closed while idle is replaced without a log line, for /next and for /response")
    func droppedIdle() async throws {
        let server = try API(next: [
            .http(200, headers: API.eventHeaders("one"), body: "{}", closes: true), API.event("two"),
            .raw("", closes: true), API.event("three"),
        ])
        let life = try await live(server)
        #expect(server.answers == ["one/response {}", "two/response {}", "three/response {}"])
        #expect(life.log.lines.dropFirst().first?.contains("closed the connection without an answer") == true)
        #expect(life.log.lines.count { $0.contains("WARN") } == 5)  // those after the last event
    }

    @Test("chunked bodies arrive whole, also one byte at a time and behind a 100 Continue")
    func oneByteWrites() async throws {
        let script =
            "HTTP/1.1 100 Continue\r\n\r\n" + "HTTP/1.1 200 OK\r\nLAMBDA-RUNTIME-AWS-REQUEST-ID:one\r\n"
            + "transfer-encoding: Chunked\r\n\r\n5;ext=1\r\nhello\r\n00A\r\n, chunked \r\n6\r\nworld!\r\n0\r\nTrailer: x\r\n\r\n"
        let server = try ScriptedServer(connection: { connection in
            guard connection.number == 1 else { return }
            _ = try connection.readRequest()
            for byte in script.utf8 { try connection.send([byte]) }
            _ = try connection.readRequest()
        })
        let variables = ["AWS_LAMBDA_RUNTIME_API": server.authority]
        let seen = Locked("")
        _ = try await live(API(next: []), environment: variables) { _, _ in
            ClosureHandler { event, _ in
                seen.withLock { $0 = String(decoding: event, as: UTF8.self) }
                return FunctionResponse(bytes: event)
            }
        }
        #expect(seen.withLock { $0 } == "hello, chunked world!")
        #expect(server.requests.last?.text == "hello, chunked world!")
    }

    @Test("when the API is gone, it is tried six times with growing pauses, then the process ends with the reason")
    func gone() async throws {
        let server = try API(next: [])
        let life = try await live(server)
        #expect(life.sleeps == [50, 100, 200, 400, 800].map { .milliseconds($0) })
        #expect(life.error is LoggedError)
        #expect(life.log.lines.last?.contains("[FATAL] the Lambda Runtime API is gone, the process ends") == true)
    }

    @Test("when the API refuses connections from the start, it is tried six times, too")
    func refused() async throws {
        let server = try API(next: [])
        server.server.stop()
        let life = try await live(server)
        #expect(life.sleeps.count == 5)
        #expect(life.log.text.contains("cannot be reached"))
        #expect(life.log.text.contains("Connection refused"))
    }

    @Test("a response is sent again when the kept connection was closed, and dropped when the new one is closed, too")
    func responseLost() async throws {
        let server = try API(next: [API.event("one"), API.event("two")]) { request in
            request.target.contains("/one/") ? .raw("", closes: true) : nil
        }
        let life = try await live(server)
        #expect(server.answers == ["one/response {}", "one/response {}", "two/response {}"])
        #expect(life.log.text.contains("response not delivered"))
    }

    @Test("a response sent before a large body is read is received, although the connection is closed")
    func earlyRefusal() async throws {
        let server = try ScriptedServer(connection: { connection in
            guard connection.number == 1 else { return }
            _ = try connection.readRequest()
            try connection.send(Array((Reply.head(200, API.eventHeaders("one") + [("Content-Length", "0")])).utf8))
            _ = try connection.read(atMost: 1_000)
            try connection.send(Array(Reply.head(413, [("Content-Length", "0"), ("Connection", "close")]).utf8))
            while try !connection.read().isEmpty {}
        })
        let life = try await live(API(next: []), environment: ["AWS_LAMBDA_RUNTIME_API": server.authority]) { _, _ in
            ClosureHandler { _, _ in FunctionResponse(bytes: [UInt8](repeating: 1, count: 5_000_000)) }
        }
        #expect(life.log.text.contains("413"))
    }
}
