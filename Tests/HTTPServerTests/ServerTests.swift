import HTTPServer
import NIOHTTP1
import Testing
import Transport

/// The server over real connections, with raw requests where a client library would not send them.
@Suite(.timeLimit(.minutes(1))) struct ServerTests {
    /// A handler made of a closure; bodies may have 16 bytes.
    private struct Handler: RequestHandler {
        var respond: @Sendable (ReceivedRequest) async -> ServerReply

        func bodyLimit(for head: HTTPRequestHead) -> Int { 16 }
        func reply(to request: ReceivedRequest) async -> ServerReply { await respond(request) }
    }

    /// Runs a server and gives the body a function that opens connections to it.
    private func withServer(
        cancels: Bool = false, readTimeout: Duration = .seconds(60),
        respond: @escaping @Sendable (ReceivedRequest) async -> ServerReply,
        _ body: (_ connect: @Sendable () async throws -> TCPConnection) async throws -> Void
    ) async throws {
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let server = try await Server(
            .init(readTimeout: readTimeout, cancelsAbandonedRequests: cancels), handler: Handler(respond: respond))
        let address = try #require(SocketAddress(ip: "127.0.0.1", port: UInt16(server.port)))
        do {
            try await body { try await TCPConnection.connect(to: address, on: loop, timeout: .seconds(20)) }
        } catch {
            await server.stop(grace: .zero)
            throw error
        }
        await server.stop(grace: .seconds(20))
    }

    @Test func aChunkedRequestArrivesWithItsTrailers() async throws {
        try await withServer { request in
            guard case .complete(let body) = request.body else { return ServerReply(status: .badRequest) }
            return ServerReply(headers: ["X-Trailer": request.trailers.first(name: "x-end") ?? ""], body: .bytes(body))
        } _: { connect in
            let answer = try await connect().exchange(
                """
                POST / HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r
                2\r\nhe\r\n3\r\nllo\r\n0\r\nX-End: yes\r\n\r\n
                """)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains("X-Trailer: yes\r\n"))
            #expect(answer.hasSuffix("\r\n\r\nhello"))
        }
    }

    /// `rest()` waits for twenty seconds at most.
    @Test(
        "a connection with a part of a request's head is closed",
        arguments: [
            "G", "GET / HTTP/1.1\r\nHost: x\r\n", "GET / HTTP/1.1\r\n\r\n|GET / HTTP/1.1\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n1",
        ])
    func incompleteHeadsTimeOut(text: String) async throws {
        try await withServer(readTimeout: .milliseconds(200)) { _ in
            ServerReply(text: "whole")
        } _: { connect in
            let connection = try await connect()
            let parts = text.split(separator: "|")
            for part in parts {
                try await connection.write(Array(part.utf8))
                guard part != parts.last else { break }
                var answer = ""
                while !answer.hasSuffix("whole") {
                    answer += String(decoding: try await connection.read(atMost: 4_096), as: UTF8.self)
                }
            }
            #expect(try await connection.rest() == "")
        }
    }

    @Test("a slow answer, and the time between requests, do not count as an incomplete request")
    func theTimeLimitIsForRequestsOnly() async throws {
        let (waits, wait) = AsyncStream.makeStream(of: Void.self)
        try await withServer(readTimeout: .milliseconds(50)) { request in
            if request.head.uri == "/slow" { for await _ in waits {} }
            return ServerReply(text: "whole")
        } _: { connect in
            let (idle, slow, late) = (try await connect(), try await connect(), try await connect())
            try await slow.write(Array("GET /slow HTTP/1.1\r\nConnection: close\r\n\r\n".utf8))
            // Each of these takes as long as the limit.
            for _ in 0..<3 {
                let other = try await connect()
                try await other.write(Array("GET".utf8))
                #expect(try await other.rest() == "")
            }
            wait.finish()
            #expect(try await slow.rest().hasSuffix("whole"))
            for connection in [idle, late] {
                let answer = try await connection.exchange("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
                #expect(answer.hasSuffix("whole"))
            }
        }
    }

    @Test("a 204 and a 304 have neither a length nor a body", arguments: [HTTPResponseStatus.noContent, .notModified])
    func repliesWithoutABody(status: HTTPResponseStatus) async throws {
        for body in [ServerReply.Body.bytes(Array("x".utf8)), .stream { try await $0.write([120]) }] {
            try await withServer { _ in
                ServerReply(status: status, body: body)
            } _: { connect in
                let answer = try await connect().exchange("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").lowercased()
                #expect(!answer.contains("content-length"), "\(answer)")
                #expect(!answer.contains("transfer-encoding"), "\(answer)")
                #expect(answer.hasSuffix("\r\n\r\n"))
            }
        }
    }

    /// A client that sends everything before it reads gets the refusal, not a reset connection.
    @Test func aTooLargeRequestIsReadToItsEnd() async throws {
        try await withServer { request in
            if case .tooLarge = request.body { ServerReply(status: .payloadTooLarge) } else { ServerReply() }
        } _: { connect in
            let body = String(repeating: "x", count: 8 << 20)
            let answer = try await connect().exchange("POST / HTTP/1.1\r\nContent-Length: \(body.count)\r\n\r\n\(body)")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("Connection: close\r\n"))
        }
    }

    @Test(arguments: [
        "Content-Length: 9\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
    ])
    func anIncompleteRequestIsReported(rest: String) async throws {
        let (bodies, body) = AsyncStream.makeStream(of: String.self)
        try await withServer { request in
            body.yield("\(request.body)")
            return ServerReply()
        } _: { connect in
            let connection = try await connect()
            try await connection.write(Array("POST / HTTP/1.1\r\n\(rest)".utf8))
            connection.close()
            #expect(await bodies.first { _ in true } == "interrupted")
        }
    }

    @Test(arguments: [true, false])
    func anAbandonedRequestIsCancelledWhereThatIsWanted(cancels: Bool) async throws {
        let (starts, started) = AsyncStream.makeStream(of: Void.self)
        let (waits, wait) = AsyncStream.makeStream(of: Void.self)
        let (ends, ended) = AsyncStream.makeStream(of: Bool.self)
        try await withServer(cancels: cancels) { _ in
            started.yield()
            for await _ in waits {}
            ended.yield(Task.isCancelled)
            return ServerReply()
        } _: { connect in
            let connection = try await connect()
            try await connection.write(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            await starts.first { true }
            connection.close()
            if !cancels { wait.finish() }
            #expect(await ends.first { _ in true } == cancels)
        }
    }

    @Test func aReplyToAClosedConnectionIsReportedAsUnsent() async throws {
        let (starts, started) = AsyncStream.makeStream(of: Void.self)
        let (unsents, unsent) = AsyncStream.makeStream(of: Void.self)
        try await withServer(cancels: true) { _ in
            started.yield()
            let (waits, _) = AsyncStream.makeStream(of: Void.self)
            for await _ in waits {}  // until the task is cancelled
            var reply = ServerReply()
            reply.onUnsent = { unsent.yield() }
            return reply
        } _: { connect in
            let connection = try await connect()
            try await connection.write(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            await starts.first { true }
            connection.close()
            await unsents.first { true }
        }
    }

    /// The handler never answers: the connection is closed when the grace period is over.
    @Test func stoppingEndsRequestsWithoutAnAnswer() async throws {
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let (starts, started) = AsyncStream.makeStream(of: Void.self)
        let (waits, wait) = AsyncStream.makeStream(of: Void.self)
        let handler = Handler { _ in
            started.yield()
            for await _ in waits {}
            return ServerReply()
        }
        let server = try await Server(.init(cancelsAbandonedRequests: true), handler: handler)
        let address = try #require(SocketAddress(ip: "127.0.0.1", port: UInt16(server.port)))
        let connection = try await TCPConnection.connect(to: address, on: loop, timeout: .seconds(20))
        try await connection.write(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        await starts.first { true }
        await server.stop(grace: .zero)
        #expect(try await connection.rest() == "")
        wait.finish()
    }

    @Test("a stop while half a request's head has arrived does not end the process, and the whole request is answered")
    func stoppingWithHalfAHead() async throws {
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let (starts, started) = AsyncStream.makeStream(of: Void.self)
        let handler = Handler { _ in
            started.yield()
            try? await Task.sleep(for: .milliseconds(300))
            return ServerReply(text: "whole")
        }
        let server = try await Server(.init(), handler: handler)
        let address = try #require(SocketAddress(ip: "127.0.0.1", port: UInt16(server.port)))
        let half = try await TCPConnection.connect(to: address, on: loop, timeout: .seconds(20))
        try await half.write(Array("GET / HT".utf8))
        let whole = try await TCPConnection.connect(to: address, on: loop, timeout: .seconds(20))
        try await whole.write(Array("GET / HTTP/1.1\r\n\r\nGET / HT".utf8))
        await starts.first { true }
        await server.stop(grace: .seconds(20))
        #expect(try await half.rest() == "")
        #expect(try await whole.rest().hasSuffix("whole"))
    }

    /// NIO's asynchronous channels end the process here.
    @Test func stoppingWhileConnectionsArrive() async throws {
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        for _ in 0..<200 {
            let server = try await Server(.init(), handler: Handler { _ in ServerReply() })
            let address = try #require(SocketAddress(ip: "127.0.0.1", port: UInt16(server.port)))
            await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        while let client = try? await TCPConnection.connect(
                            to: address, on: loop, timeout: .seconds(20))
                        {
                            defer { client.close() }
                            _ = try? await client.exchange("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
                        }
                    }
                }
                await server.stop(grace: .zero)
            }
        }
    }
}

extension TCPConnection {
    /// Sends a request and reads until the server closes the connection.
    fileprivate func exchange(_ request: String) async throws -> String {
        defer { close() }
        try await write(Array(request.utf8))
        return try await rest()
    }

    fileprivate func rest() async throws -> String {
        var all: [UInt8] = []
        while case let part = try await read(atMost: 4_096, timeout: .seconds(20)), !part.isEmpty { all += part }
        return String(decoding: all, as: UTF8.self)
    }
}
