import TestSupport
import Testing
import Transport

@Suite struct HTTPCancellationTests {
    @Test func beforeTheStartNothingIsSent() async throws {
        let server = try ScriptedServer { _ in .http(200) }
        try await withClient { client in
            let begin = Gate()
            let task = Task {
                await begin.opened()
                return try await client.execute(HTTPRequest("GET", server.url))
            }
            task.cancel()
            begin.open()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(server.connectionCount == 0)
    }

    @Test func duringTheTLSHandshake() async throws {
        let (connected, closed) = (Gate(), Gate())
        let server = try ScriptedServer(connection: { connection in
            defer { closed.open() }
            _ = try connection.read()
            connected.open()
            try connection.waitForClose()
        })
        try await cancel("https://" + server.authority, when: connected)
        #expect(await closed.opened())
    }

    @Test func whileWaitingForTheAnswer() async throws {
        let (received, closed) = (Gate(), Gate())
        let server = try ScriptedServer(connection: { connection in
            defer { closed.open() }
            _ = try connection.readRequest()
            received.open()
            try connection.waitForClose()
        })
        try await cancel(server.url, when: received)
        #expect(await closed.opened())
    }

    @Test func whileTheBodyComes() async throws {
        let (started, closed) = (Gate(), Gate())
        let server = try ScriptedServer(connection: { connection in
            defer { closed.open() }
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nstart")
            try connection.waitForClose()
        })
        try await withClient { client in
            let task = Task {
                try await client.withResponse(to: HTTPRequest("GET", server.url)) { _, body in
                    while try await body.next() != nil { started.open() }
                }
            }
            await started.opened()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(await closed.opened())
    }

    @Test func whileTheBodyStreamIsPulled() async throws {
        let (pulling, never) = (Gate(), Gate())
        let server = try ScriptedServer { _ in .hang }
        try await withLoop { loop in
            let client = HTTPClient(loop: loop)
            let task = Task {
                try await client.execute(
                    HTTPRequest(
                        "POST", server.url,
                        body: .stream(
                            length: nil,
                            next: {
                                pulling.open()
                                try await loop.sleep(for: .seconds(600))
                                never.open()
                                return nil
                            }))
                )
            }
            await pulling.opened()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    /// Cancels at any moment: the task ends, with the response or with a `CancellationError`.
    @Test func atAnyMoment() async throws {
        let server = try ScriptedServer { _ in .chunked(200, chunks: ["a", "b"]) }
        try await withClient { client in
            for turn in 0..<300 {
                let task = Task { try await client.execute(HTTPRequest("GET", server.url)) }
                for _ in 0..<turn { await Task.yield() }
                task.cancel()
                do {
                    #expect(try await task.value.body == Array("ab".utf8))
                } catch {
                    #expect(error is CancellationError)
                }
            }
        }
    }

    private func cancel(_ url: String, when gate: Gate) async throws {
        try await withClient { client in
            let task = Task { try await client.execute(HTTPRequest("GET", url)) }
            await gate.opened()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
