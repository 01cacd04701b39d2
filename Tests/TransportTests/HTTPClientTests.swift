import TestSupport
import Testing
import Transport

@Suite struct HTTPClientTests {
    @Test func sendsARequestAndReadsTheAnswer() async throws {
        let server = try ScriptedServer(replies: [
            .http(201, headers: [("X-One", "a"), ("x-one", "b"), ("X-Empty", "")], body: "hello")
        ])
        let response = try await withClient { client in
            try await client.execute(
                HTTPRequest(
                    "POST", server.url + "/path?x=%20y", headers: ["X-Mine": "1", "X-Mine": "2", "X-Void": ""],
                    body: .bytes(Array("body".utf8))
                )
            )
        }
        #expect(response.status == 201)
        #expect(response.body == Array("hello".utf8))
        #expect(response.headers.values(named: "x-ONE") == ["a", "b"])
        #expect(response.headers["x-empty"] == "")
        #expect(response.url == server.url + "/path?x=%20y")
        #expect(response.certificate == nil)
        let head = """
            POST /path?x=%20y HTTP/1.1\r
            Host: \(server.authority)\r
            Accept: */*\r
            X-Mine: 1\r
            X-Mine: 2\r
            X-Void:\r
            Content-Length: 4\r
            \r

            """
        #expect(String(decoding: server.requests[0].raw, as: UTF8.self) == head + "body")
    }

    @Test(
        arguments: [
            ("GET", nil, nil), ("HEAD", nil, nil), ("DELETE", nil, nil), ("OPTIONS", nil, nil), ("POST", nil, "0"),
            ("PUT", nil, "0"), ("POST", 0, "0"), ("PUT", 1, "1"), ("PATCH", 2, "2"), ("DELETE", 1, "1"),
            ("GET", 1, "1"),
            ("POST", 65_536, "65536"), ("POST", 65_537, "65537"), ("PUT", 300_000, "300000"),
        ] as [(String, Int?, String?)])
    func methodsAndLengths(method: String, size: Int?, length: String?) async throws {
        let server = try ScriptedServer(replies: [.http(200, body: method == "HEAD" ? "" : "ok")])
        let body = size.map { [UInt8](repeating: 7, count: $0) }
        let response = try await withClient {
            try await $0.execute(HTTPRequest(method, server.url, body: body.map { .bytes($0) } ?? .none))
        }
        #expect(response.status == 200)
        let request = server.requests[0]
        #expect(request.method == method)
        #expect(request["Content-Length"] == length)
        #expect(request["Expect"] == nil)
        #expect(request["Content-Type"] == nil)
        #expect(request["Transfer-Encoding"] == nil)
        #expect(request.body == body ?? [])
    }

    @Test(arguments: [200, 204, 304, 400, 404, 429, 500, 503]) func everyStatusIsAResponse(status: Int) async throws {
        let server = try ScriptedServer(replies: [.raw("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n")])
        let response = try await withClient { try await $0.execute(HTTPRequest("GET", server.url)) }
        #expect(response.status == status)
    }

    @Test func readsChunksAndSkipsInterimResponses() async throws {
        let answer = """
            HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r
            \r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n
            """
        let server = try ScriptedServer(replies: [.raw(answer)])
        let response = try await withClient { try await $0.execute(HTTPRequest("GET", server.url)) }
        #expect(response.status == 200)
        #expect(response.headers.map(\.name) == ["Transfer-Encoding"])
        #expect(response.body == Array("abcde".utf8))
    }

    @Test func reusesConnectionsUnlessAFreshOneIsRequested() async throws {
        let server = try ScriptedServer { _ in .http(200, body: "x") }
        try await withClient { client in
            let first = try await client.execute(HTTPRequest("GET", server.url))
            let second = try await client.execute(HTTPRequest("GET", server.url))
            #expect(first.timings.connect > .zero)
            #expect(second.timings.connect == .zero && second.timings.nameLookup == .zero)
            #expect(second.timings.firstByte > .zero && second.timings.total >= second.timings.firstByte)
            #expect(server.connectionCount == 1)
            _ = try await client.execute(HTTPRequest("GET", server.url, usesFreshConnection: true))
            #expect(server.connectionCount == 2)
        }
    }

    @Test func resendsWhenAReusedConnectionIsClosed() async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            if connection.number == 1 { return }
            try connection.waitForClose()
        })
        try await withClient { client in
            for _ in 0..<2 {
                let response = try await client.execute(
                    HTTPRequest("POST", server.url, body: .bytes([UInt8](repeating: 1, count: 100_000)))
                )
                #expect(response.status == 200)
            }
        }
        #expect(server.connectionCount == 2)
    }

    @Test func runsAThousandRequestsAtOnce() async throws {
        let everyoneIsHere = Gate()
        let count = 1000
        let server = try ScriptedServer { request in .after(everyoneIsHere, .http(200, body: request.target)) }
        try await withClient { client in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<count {
                    group.addTask {
                        let response = try await client.execute(HTTPRequest("GET", server.url + "/\(index)"))
                        return response.body == Array("/\(index)".utf8)
                    }
                }
                while server.requests.count < count { await Task.yield() }
                everyoneIsHere.open()
                for try await isRight in group { #expect(isRight) }
            }
        }
        #expect(server.connectionCount == count)
    }

    @Test(arguments: [
        "", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "/path", "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nX: y", "http://127.0.0.1:99999/", "http://127.0.0.1/\u{0}", "https://",
    ])
    func refusesURLs(url: String) async throws {
        let error = try await withClient { client in
            await #expect(throws: TransportError.self) { try await client.execute(HTTPRequest("GET", url)) }
        }
        #expect(error?.code == .invalidRequest)
    }

    @Test(arguments: [
        ("GET", "X-A", "b\r\nX-Injected: 1"), ("GET", "X-A", "b\nc"), ("GET", "X-A", "b\u{0}c"), ("GET", "X A", "b"),
        ("GET", "", "b"), ("GET", "X-A:", "b"), ("GET", "X-A\r\nX-B", "c"), ("GET /x HTTP/1.1\r\n", "X-A", "b"),
        ("", "X-A", "b"),
    ])
    func refusesInjection(method: String, name: String, value: String) async throws {
        let server = try ScriptedServer(replies: [])
        let error = try await withClient { client in
            await #expect(throws: TransportError.self) {
                try await client.execute(HTTPRequest(method, server.url, headers: HTTPHeaders([(name, value)])))
            }
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.host == server.authority)
        #expect(server.connectionCount == 0)
    }

    @Test func writesLengthsItself() async throws {
        let server = try ScriptedServer(replies: [.http(200)])
        _ = try await withClient { client in
            try await client.execute(
                HTTPRequest(
                    "POST", server.url,
                    headers: ["Content-Length": "99", "Transfer-Encoding": "chunked", "User-Agent": "t"],
                    body: .bytes([1, 2])
                )
            )
        }
        #expect(server.requests[0]["Content-Length"] == "2")
        #expect(server.requests[0]["Transfer-Encoding"] == nil)
        #expect(server.requests[0]["User-Agent"] == "t")
    }
}
