import TestSupport
import Testing
import Transport

@Suite struct HTTPFailureTests {
    private func failure(
        _ request: HTTPRequest, _ configuration: HTTPClientConfiguration = HTTPClientConfiguration()
    ) async throws -> TransportError {
        let error = try await withClient(configuration) { client in
            await #expect(throws: TransportError.self) { try await client.execute(request) }
        }
        return try #require(error)
    }

    @Test(arguments: [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf!", TransportError.Code.connectionClosed,
            TransportError.Phase.body
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", .connectionClosed, .body),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", .connectionClosed, .body),
        ("", .connectionClosed, .firstByte), ("HTTP/1.1 200 OK\r\nContent-Le", .connectionClosed, .firstByte),
        ("HTTP/1.1 100 Continue\r\n\r\n", .connectionClosed, .firstByte),
        ("no http at all\r\n\r\n", .malformedResponse, .firstByte),
    ])
    func badAnswers(answer: String, code: TransportError.Code, phase: TransportError.Phase) async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            try connection.send(answer)
        })
        let error = try await failure(HTTPRequest("GET", server.url))
        #expect(error.code == code, "\(error)")
        #expect(error.phase == phase, "\(error)")
        #expect(error.host == server.authority)
    }

    @Test func anEndlessHeadIsTooLarge() async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\n")
            while true { try connection.send(String(repeating: "A: b\r\n", count: 1000)) }
        })
        let error = try await failure(HTTPRequest("GET", server.url))
        #expect(error.code == .tooLarge)
        #expect(error.message == "the response header of \(server.authority) is larger than the 262144 bytes allowed")
    }

    @Test func aResetIsAClosedConnection() async throws {
        let server = try ScriptedServer { _ in .reset }
        let error = try await failure(HTTPRequest("GET", server.url))
        #expect(error.code == .connectionClosed)
        #expect(error.message.hasPrefix("\(server.authority) closed the connection before it had answered: "))
    }

    @Test func aRefusedConnectionSaysSo() async throws {
        let server = try ScriptedServer(replies: [])
        let (url, authority) = (server.url, server.authority)
        server.stop()
        let error = try await failure(HTTPRequest("GET", url))
        #expect(error.code == .connectFailed)
        #expect(error.phase == .connect)
        #expect(error.message.hasPrefix("connect to \(authority): Connection refused"), "\(error)")
    }

    @Test func timesOutWaitingForTheFirstByte() async throws {
        let server = try ScriptedServer { _ in .hang }
        let error = try await failure(HTTPRequest("GET", server.url, totalTimeout: .milliseconds(50)))
        #expect(error.code == .timedOut)
        #expect(error.phase == .firstByte)
        #expect(error.message == "\(server.authority) did not answer within 50 ms")
    }

    @Test func timesOutInTheBody() async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf!")
            try connection.waitForClose()
        })
        let error = try await failure(HTTPRequest("GET", server.url, totalTimeout: .milliseconds(200)))
        #expect(error.code == .timedOut)
        #expect(error.phase == .body)
        #expect(error.message == "the response of \(server.authority) was not complete within 200 ms, 5 bytes came")
    }

    @Test func timesOutInTheTLSHandshake() async throws {
        let server = try ScriptedServer(connection: { try $0.waitForClose() })
        let error = try await failure(
            HTTPRequest("GET", "https://" + server.authority, connectTimeout: .milliseconds(50)))
        #expect(error.code == .timedOut)
        #expect(error.phase == .tls)
        #expect(error.message == "TLS handshake with \(server.authority) timed out after 50 ms")
    }

    @Test func aPlaintextResponseFailsTheHandshake() async throws {
        let server = try ScriptedServer(connection: { try $0.send("HTTP/1.1 400 Bad\r\n\r\n") })
        let error = try await failure(HTTPRequest("GET", "https://" + server.authority))
        #expect(error.code == .tlsFailed)
        #expect(error.phase == .tls)
    }

    @Test(arguments: [(10, true), (9, false), (0, false)])
    func limitsTheBody(limit: Int, fits: Bool) async throws {
        let replies: [Reply] = [.http(200, body: "0123456789"), .chunked(200, chunks: ["01234", "56789"])]
        for reply in replies {
            let server = try ScriptedServer { _ in reply }
            let request = HTTPRequest("GET", server.url, maximumResponseBytes: limit)
            if fits {
                #expect(try await withClient { try await $0.execute(request) }.body.count == 10)
            } else {
                let error = try await failure(request)
                #expect(error.code == .tooLarge)
                #expect(
                    error.message == "the response of \(server.authority) is larger than the \(limit) bytes allowed")
            }
        }
    }

    @Test func missingAuthoritiesAreNamed() async throws {
        let configuration = HTTPClientConfiguration(environment: ["SSL_CERT_FILE": "/nowhere/ca.pem"])
        let error = try await failure(HTTPRequest("GET", "https://127.0.0.1:1/"), configuration)
        #expect(error.code == .noCertificateAuthorities)
        #expect(error.message == "cannot verify 127.0.0.1:1: SSL_CERT_FILE names /nowhere/ca.pem, which cannot be read")
    }
}
