import Basics
import Foundation
import FunctionRuntime
import JSON
import TestSupport
import Testing
import Transport

@testable import LambdaRuntime

@Suite("response streaming")
struct StreamTests {
    typealias API = RuntimeAPIServer
    struct Broken: Error, CustomStringConvertible { let description = "broken off" }

    private func stream(
        prelude: HTTPPrelude? = nil, _ produce: @escaping @Sendable (any ResponseWriter) async throws -> Void
    ) async throws -> (post: String, log: String, server: API) {
        let server = try API(next: [API.event("one"), API.event("two")])
        let life = try await live(server) { _, _ in
            ClosureHandler { event, context in
                guard context.requestID == "one" else { return FunctionResponse(bytes: event) }
                return FunctionResponse(contentType: "text/plain", prelude: prelude, stream: produce)
            }
        }
        let post = try #require(server.server.requests.first { $0.method == "POST" })
        #expect(server.answers.last == "two/response {}")
        return (String(decoding: post.raw, as: UTF8.self), life.log.text, server)
    }

    @Test("each write is a chunk, trailers are announced and left out when all went well")
    func chunks() async throws {
        let (post, log, server) = try await stream { writer in
            try await writer.write("hello ")
            try await writer.write("")
            try await writer.write("0123456789abcdef")
        }
        let parts = post.components(separatedBy: "\r\n\r\n")
        #expect(parts[0].hasPrefix("POST /2018-06-01/runtime/invocation/one/response HTTP/1.1\r\n"))
        #expect(parts[0].contains("\r\nContent-Type: text/plain"))
        #expect(parts[0].contains("\r\nLambda-Runtime-Function-Response-Mode: streaming"))
        #expect(parts[0].contains("\r\nTransfer-Encoding: chunked"))
        #expect(
            parts[0].contains(
                "\r\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"
            ))
        #expect(parts[1] == "6\r\nhello \r\n10\r\n0123456789abcdef\r\n0")
        #expect(parts[2] == "")
        #expect(!log.contains("ERROR"))
        #expect(server.server.requests.prefix(4).allSatisfy { $0.connection == 1 })
    }

    @Test("an error within the stream goes into the trailers, its body in base64")
    func errorInside() async throws {
        let (post, log, _) = try await stream { writer in
            try await writer.write("half")
            throw Broken()
        }
        #expect(post.contains("4\r\nhalf\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Broken\r\n"))
        let body = try #require(post.components(separatedBy: "Lambda-Runtime-Function-Error-Body: ").last)
        #expect(body == Base64.encode(ErrorReport(Broken()).json.serialized()) + "\r\n\r\n")
        #expect(log.contains("response stream broken off"))
    }

    @Test("an error before the first byte is reported as any other")
    func errorBefore() async throws {
        let (post, log, _) = try await stream { _ in throw Broken() }
        #expect(post.hasPrefix("POST /2018-06-01/runtime/invocation/one/error "))
        #expect(log.contains("invocation failed"))
    }

    @Test("a stream without a write is an empty body")
    func empty() async throws {
        let (post, _, _) = try await stream { _ in }
        #expect(post.hasSuffix("\r\n\r\n0\r\n\r\n"))
    }

    @Test("the HTTP prelude: JSON, eight NULs, body")
    func prelude() async throws {
        let prelude = HTTPPrelude(statusCode: 404, headers: [("X-A", "1")], cookies: ["a=b"])
        let (post, _, _) = try await stream(prelude: prelude) { try await $0.write("no") }
        #expect(post.contains("\r\nContent-Type: application/vnd.awslambda.http-integration-response\r\n"))
        let json = #"{"statusCode":404,"headers":{"x-a":"1","content-type":"text/plain"},"cookies":["a=b"]}"#
        let nuls = String(repeating: "\0", count: 8)
        #expect(
            post.contains("\r\n\r\n\(String(json.utf8.count + 8, radix: 16))\r\n\(json)\(nuls)\r\n2\r\nno\r\n0\r\n\r\n")
        )
    }

    @Test("a connection lost within the stream reaches the writer and fails one invocation")
    func lostInside() async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            guard connection.number < 3 else { return }
            try connection.send(
                Array(Reply.head(200, API.eventHeaders("\(connection.number)") + [("Content-Length", "0")]).utf8))
            _ = try connection.read(atMost: 100)
        })
        let failures = Locked(0)
        let life = try await live(API(next: []), environment: ["AWS_LAMBDA_RUNTIME_API": server.authority]) { _, _ in
            ClosureHandler { _, _ in
                FunctionResponse { writer in
                    do {
                        for _ in 0..<10_000 { try await writer.write([UInt8](repeating: 1, count: 100_000)) }
                    } catch {
                        failures.withLock { $0 += 1 }
                        throw error
                    }
                }
            }
        }
        #expect(failures.withLock { $0 } == 2)
        let lost = life.log.lines.filter { $0.contains("response not delivered error=Runtime.APIError: the Lambda") }
        #expect(lost.count == 2)
    }

    @Test("of two writes at once each arrives whole or is refused")
    func oneAtATime() async throws {
        let done = Locked(0)
        let (post, _, _) = try await stream { writer in
            await withTaskGroup { group in
                for _ in 0..<2 {
                    group.addTask {
                        let isDone = (try? await writer.write([UInt8](repeating: 0x62, count: 8_000_000))) != nil
                        if isDone { done.withLock { $0 += 1 } }
                    }
                }
            }
        }
        let count = done.withLock { $0 }
        #expect(count >= 1)
        let chunk = "7a1200\r\n" + String(repeating: "b", count: 8_000_000) + "\r\n"
        #expect(
            post.utf8.suffix(chunk.utf8.count * count + 5).elementsEqual(
                (String(repeating: chunk, count: count) + "0\r\n\r\n").utf8))
    }
}
