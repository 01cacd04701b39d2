import Basics
import FunctionRuntime
import JSON
import Logging
import TestSupport
import Testing
import Transport

@testable import FunctionCompute

/// The host over real connections, as Function Compute and its clients use it.
@Suite struct ServerTests {
    struct Handler: FunctionHandler {
        let body: @Sendable ([UInt8], InvocationContext) async throws -> FunctionResponse

        func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
            try await body(event, context)
        }
    }

    struct Broken: Error, CustomStringConvertible {
        let description = "it broke"
    }

    static let loop = Result { try EventLoop.onOwnThread() }

    /// Keeps the lines of the handlers' and the invoker's logger.
    final class LogLines: LogSink {
        private let lines = Locked("")
        var text: String { lines.withLock { $0 } }

        func write(_ line: LogLine) { lines.withLock { $0 += String(decoding: line.bytes, as: UTF8.self) + "\n" } }
    }

    /// A running server, its log, and a client.
    struct Fixture: Sendable {
        let server: FunctionServer
        let invoker: Invoker
        let markers: Locked<String>
        let log: LogLines
        let client: HTTPClient
        let loop: EventLoop

        func url(_ path: String) -> String { "http://127.0.0.1:\(server.port)\(path)" }

        func send(
            _ method: String = "POST", _ path: String = "/invoke", _ headers: HTTPHeaders = [:], body: [UInt8] = []
        ) async throws -> HTTPResponse {
            // A busy machine needs its time for thousands of connections.
            try await client.execute(
                HTTPRequest(method, url(path), headers: headers, body: .bytes(body), connectTimeout: .seconds(60)))
        }

        /// Sends a text on a new connection and returns all that comes back until the server closes it.
        func raw(_ text: String) async throws -> String {
            let address = try #require(SocketAddress(ip: "127.0.0.1", port: UInt16(server.port)))
            let connection = try await TCPConnection.connect(to: address, on: loop, timeout: .seconds(10))
            defer { connection.close() }
            try await connection.write(Array(text.utf8))
            return String(decoding: try await connection.rest(), as: UTF8.self)
        }
    }

    typealias Handle = @Sendable ([UInt8], InvocationContext) async throws -> FunctionResponse

    func withServer(
        _ settings: ServerSettings = ServerSettings(),
        _ handle: @escaping Handle = { event, _ in FunctionResponse(bytes: event) },
        _ body: (Fixture) async throws -> Void
    ) async throws {
        let fixture = try await start(settings, handle)
        try await body(fixture)
        await fixture.server.stop()
    }

    func start(_ settings: ServerSettings = ServerSettings(), _ handle: @escaping Handle) async throws -> Fixture {
        var settings = settings
        settings.host = "127.0.0.1"
        settings.port = 0
        let (markers, log) = (Locked(""), LogLines())
        let invoker = Invoker(
            handler: Handler(body: handle), environment: Environment([:]),
            logger: Logger(label: "test") { _ in FunctionLogHandler(format: .text, sink: log) },
            write: { text in markers.withLock { $0 += text } }
        )
        let server = try await FunctionServer(invoker: invoker, settings: settings)
        let loop = try Self.loop.get()
        return Fixture(
            server: server, invoker: invoker, markers: markers, log: log, client: HTTPClient(loop: loop), loop: loop)
    }

    @Test func answersAnInvocation() async throws {
        try await withServer { server in
            let response = try await server.send(
                "POST", "/invoke", ["x-fc-request-id": "id-1"], body: Array("hello".utf8))
            #expect(response.status == 200)
            #expect(response.body == Array("hello".utf8))
            #expect(response.headers["x-fc-status"] == "200")
            #expect(
                server.markers.withLock { $0 }
                    == "FC Invoke Start RequestId: id-1\nFC Invoke End RequestId: id-1\n")
        }
    }

    @Test func aFailureIs404AndSaysWhy() async throws {
        try await withServer { _, _ in
            throw Broken()
        } _: { server in
            let response = try await server.send("POST", "/invoke", ["x-fc-request-id": "id-2"])
            #expect(response.status == 404)
            #expect(response.headers["x-fc-status"] == "404")
            #expect(
                try JSONValue(parsing: response.body)
                    == ["errorMessage": "it broke", "errorType": "Function.Broken", "stackTrace": []])
            #expect(server.markers.withLock { $0 }.hasSuffix("RequestId: id-2, Error: Unhandled function error\n"))
        }
    }

    @Test func aClientDoesNotLearnTheReason() async throws {
        try await withServer { _, _ in
            throw Broken()
        } _: { server in
            let response = try await server.send("GET", "/", ["x-fc-request-id": "id-3"])
            #expect(response.status == 500)
            #expect(
                try JSONValue(parsing: response.body) == ["errorMessage": "the function failed", "requestId": "id-3"])
        }
    }

    @Test func httpTriggerPassesThrough() async throws {
        try await withServer { event, _ in
            let value = try JSONValue(parsing: event)
            let method = value["requestContext"]?["http"]?["method"] ?? .null
            return FunctionResponse(json: [
                "statusCode": 202, "headers": ["X-Method": method], "body": value["body"] ?? "",
            ])
        } _: { server in
            let response = try await server.send(
                "PATCH", "/invoke?x", ["x-fc-control-path": "/http-invoke"], body: Array("in".utf8)
            )
            #expect(response.status == 202)
            #expect(response.headers["X-Method"] == "PATCH")
            #expect(response.body == Array("in".utf8))
        }
    }

    @Test(arguments: [
        ("POST", "/initialize", "Initialize"), ("GET", "/pre-stop", "PreStop"), ("GET", "/pre-freeze", "PreFreeze"),
    ])
    func hooks(method: String, path: String, name: String) async throws {
        try await withServer { server in
            let response = try await server.send(method, path, ["x-fc-request-id": "h"])
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
            #expect(
                server.markers.withLock { $0 } == "FC \(name) Start RequestId: h\nFC \(name) End RequestId: h\n")
        }
    }

    @Test func thousandsAtOnce() async throws {
        try await withServer { server in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<3_000 {
                    group.addTask {
                        let response = try await server.send(body: Array("\(number)".utf8))
                        return response.status == 200 && response.body == Array("\(number)".utf8)
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test func connectionsDoNotWaitForOneAnother() async throws {
        let gate = Gate()
        try await withServer { event, _ in
            if event == Array("wait".utf8) { await gate.opened() }
            return FunctionResponse(bytes: event)
        } _: { server in
            async let slow = server.send(body: Array("wait".utf8))
            let fast = try await server.send(body: Array("go".utf8))
            #expect(fast.body == Array("go".utf8))
            gate.open()
            let waited = try await slow
            #expect(waited.body == Array("wait".utf8))
        }
    }

    static func post(_ body: String, _ headers: String = "") -> String {
        "POST /invoke HTTP/1.1\r\nHost: x\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withServer { server in
            let text = try await server.raw(Self.post("1") + Self.post("2") + Self.post("3", "Connection: close\r\n"))
            let bodies = text.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix(1) }
            #expect(bodies == ["1", "2", "3"])
        }
    }

    @Test(arguments: [
        ("nonsense\r\n\r\n", "HTTP/1.1 400"),
        ("POST /invoke HTTP/1.1\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400"),
        ("POST /invoke HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400"),
        ("POST /invoke HTTP/1.1\r\nContent-Length: 17\r\n\r\n", "HTTP/1.1 413"),
        ("POST /invoke HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n01234567890123456\r\n", "HTTP/1.1 413"),
        ("POST /invoke HTTP/1.1\r\nContent-Length: 5\r\n\r\nhal", ""),
        ("HEAD /x HTTP/1.0\r\n\r\n", "HTTP/1.0 200"),
        (
            "POST /invoke HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            "HTTP/1.1 200"
        ),
        (
            "POST /invoke HTTP/1.1\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
            "HTTP/1.1 100"
        ),
    ])
    func oddRequests(request: String, start: String) async throws {
        var settings = ServerSettings()
        settings.maximumBody = 16
        settings.readTimeout = .seconds(1)
        try await withServer(settings) { server in
            let answer = try await server.raw(request)
            #expect(answer.hasPrefix(start) && (!start.isEmpty || answer.isEmpty), "\(answer)")
            #expect(try await server.send(body: [65]).body == [65])
        }
    }

    @Test func streams() async throws {
        try await withServer { _, _ in
            FunctionResponse(
                contentType: "text/plain",
                prelude: HTTPPrelude(statusCode: 206, headers: [("X-A", "b")], cookies: ["c"])
            ) { writer in
                for number in 0..<1_000 { try await writer.write("\(number),") }
            }
        } _: { server in
            let response = try await server.send()
            #expect(response.status == 206)
            #expect(response.headers["X-A"] == "b")
            #expect(response.headers["Set-Cookie"] == "c")
            #expect(String(decoding: response.body, as: UTF8.self) == (0..<1_000).map { "\($0)," }.joined())
        }
    }

    @Test func aStreamThatBreaksIsCutOff() async throws {
        try await withServer { _, _ in
            FunctionResponse { writer in
                try await writer.write("half")
                throw Broken()
            }
        } _: { server in
            await #expect(throws: TransportError.self) {
                try await server.send("POST", "/invoke", ["x-fc-request-id": "id-3"])
            }
            #expect(server.log.text.contains(" id-3 [ERROR] response stream broken off error="))
            #expect(server.log.text.contains("Broken: it broke"))
            #expect(
                server.markers.withLock { $0 }
                    == "FC Invoke Start RequestId: id-3\n"
                    + "FC Invoke End RequestId: id-3, Error: Unhandled function error\n")
        }
    }

    @Test func aStreamRunsWithTheContextOfItsInvocation() async throws {
        try await withServer { _, _ in
            FunctionResponse { writer in
                InvocationContext.current?.logger.info("writing")
                try await writer.write(InvocationContext.current?.requestID ?? "none")
            }
        } _: { server in
            let response = try await server.send("POST", "/invoke", ["x-fc-request-id": "id-4"])
            #expect(response.body == Array("id-4".utf8))
            #expect(server.log.text.contains(" id-4 [INFO] writing"))
            #expect(
                server.markers.withLock { $0 }
                    == "FC Invoke Start RequestId: id-4\nFC Invoke End RequestId: id-4\n")
        }
    }

    @Test func aPortInUseIsReported() async throws {
        try await withServer { server in
            var settings = ServerSettings()
            (settings.host, settings.port) = ("127.0.0.1", server.server.port)
            let error = await #expect(throws: FunctionComputeError.self) {
                _ = try await FunctionServer(invoker: server.invoker, settings: settings)
            }
            #expect(
                error?.message.hasPrefix("port \(settings.port) of 127.0.0.1 cannot be used: Address already") == true)
        }
    }

    @Test func stopAnswersRequestsUnderWay() async throws {
        let (started, finish) = (Gate(), Gate())
        let server = try await start { event, _ in
            started.open()
            await finish.opened()
            return FunctionResponse(bytes: event)
        }
        async let answer = server.send(body: Array("last".utf8))
        await started.opened()
        async let stopped: Void = server.server.stop()
        await #expect(throws: TransportError.self) {
            while true { _ = try await server.raw("GET /pre-freeze HTTP/1.1\r\nConnection: close\r\n\r\n") }
        }
        finish.open()
        let last = try await answer
        #expect(last.body == Array("last".utf8))
        await stopped
    }
}

extension TCPConnection {
    /// All bytes up to the end of the connection.
    fileprivate func rest() async throws -> [UInt8] {
        var all: [UInt8] = []
        while case let part = try await read(atMost: 4_096, timeout: .seconds(20)), !part.isEmpty { all += part }
        return all
    }
}
