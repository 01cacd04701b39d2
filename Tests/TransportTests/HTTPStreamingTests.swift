import Basics
import TestSupport
import Testing
import Transport

@Suite struct HTTPStreamingTests {
    @Test(arguments: ["POST", "PUT", "PATCH"], [nil, 12]) func uploadsPieceByPiece(method: String, length: Int?)
        async throws
    {
        let server = try ScriptedServer(replies: [.http(200)])
        let pieces = Pieces(["first ", "", "second"])
        let response = try await withClient { client in
            try await client.execute(
                HTTPRequest(method, server.url, body: .stream(length: length, next: { pieces.next() }))
            )
        }
        #expect(response.status == 200)
        #expect(server.requests[0].method == method)
        #expect(server.requests[0].text == "first second")
        #expect(server.requests[0]["Content-Length"] == length.map { "\($0)" })
        #expect(server.requests[0]["Transfer-Encoding"] == (length == nil ? "chunked" : nil))
    }

    @Test(arguments: [11, 13]) func aStreamThatMissesItsLengthFails(length: Int) async throws {
        let server = try ScriptedServer(replies: [.http(200)])
        let pieces = Pieces(["first ", "second"])
        let error = try await withClient { client in
            await #expect(throws: TransportError.self) {
                try await client.execute(
                    HTTPRequest("POST", server.url, body: .stream(length: length, next: { pieces.next() }))
                )
            }
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == "the body stream gave 12 bytes but announced \(length)")
    }

    @Test func anErrorOfTheBodyStreamIsThrown() async throws {
        struct Broken: Error {}
        let server = try ScriptedServer { _ in .hang }
        try await withClient { client in
            await #expect(throws: Broken.self) {
                try await client.execute(
                    HTTPRequest("POST", server.url, body: .stream(length: nil, next: { throw Broken() })))
            }
        }
    }

    @Test func anAnswerBeforeTheEndOfTheUploadEndsIt() async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.read()
            try connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            try connection.waitForClose()
        })
        let response = try await withClient { client in
            try await client.execute(
                HTTPRequest(
                    "POST", server.url, body: .stream(length: nil, next: { [UInt8](repeating: 1, count: 1000) }))
            )
        }
        #expect(response.status == 413)
    }

    @Test func uploadsOnlyAsFastAsThePeerTakes() async throws {
        let mayRead = Gate()
        let (total, pieceSize) = (64, 1 << 20)
        let server = try ScriptedServer(connection: { connection in
            mayRead.wait()
            while try connection.read().last != 2 {}
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        })
        let pulled = Counter()
        try await withClient { client in
            async let response = client.execute(
                HTTPRequest(
                    "POST", server.url,
                    body: .stream(
                        length: total * pieceSize,
                        next: {
                            let index = pulled.add()
                            guard index <= total else { return nil }
                            return [UInt8](repeating: 1, count: pieceSize - 1) + [index == total ? 2 : 1]
                        }))
            )
            let stalledAt = try await settled { pulled.value }
            #expect(0 < stalledAt && stalledAt < total)
            mayRead.open()
            #expect(try await response.status == 200)
        }
        #expect(pulled.value == total + 1)
    }

    @Test func downloadsPieceByPiece() async throws {
        let readHead = Gate()
        let readFirst = Gate()
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
            readHead.wait()
            try connection.send("abcd")
            readFirst.wait()
            try connection.send("efgh")
        })
        let text = try await withClient { client in
            try await client.withResponse(to: HTTPRequest("GET", server.url)) { response, body in
                #expect(response.status == 200 && response.headers["content-length"] == "8")
                readHead.open()
                var pieces: [[UInt8]] = []
                while let piece = try await body.next() {
                    readFirst.open()
                    pieces.append(piece)
                }
                #expect(pieces.count >= 2)
                return String(decoding: pieces.joined(), as: UTF8.self)
            }
        }
        #expect(text == "abcdefgh")
    }

    @Test func aSlowReaderSlowsThePeerDown() async throws {
        let total = 64 << 20
        let sent = Counter()
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            for _ in 0..<(total >> 20) {
                try connection.send([UInt8](repeating: 1, count: 1 << 20))
                sent.add(1 << 20)
            }
        })
        let received = try await withClient { client in
            try await client.withResponse(to: HTTPRequest("GET", server.url, maximumResponseBytes: total)) { _, body in
                var received = try await body.next()?.count ?? 0
                #expect(try await settled { sent.value } < total)
                while let piece = try await body.next() {
                    #expect(piece.count <= 131_072)
                    received += piece.count
                }
                return received
            }
        }
        #expect(received == total)
    }

    @Test func aStreamedBodyCutShortGivesItsPiecesAndThenFails() async throws {
        let server = try ScriptedServer(replies: [
            .raw("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nabcd", closes: true)
        ])
        let text = Locked("")
        let error = try await withClient { client in
            await #expect(throws: TransportError.self) {
                try await client.withResponse(to: HTTPRequest("GET", server.url)) { _, body in
                    while let piece = try await body.next() {
                        text.withLock { $0 += String(decoding: piece, as: UTF8.self) }
                    }
                }
            }
        }
        #expect(error?.code == .connectionClosed)
        #expect(text.withLock { $0 } == "abcd")
    }

    @Test func leavingEarlyEndsTheTransfer() async throws {
        let closed = Gate()
        let server = try ScriptedServer(connection: { connection in
            defer { closed.open() }
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabcd")
            try connection.waitForClose()
        })
        try await withClient { client in
            let (status, kept) = try await client.withResponse(to: HTTPRequest("GET", server.url)) { ($0.status, $1) }
            #expect(status == 200)
            #expect(await closed.opened())
            await #expect(throws: CancellationError.self) {
                while try await kept.next() != nil {}
            }
        }
        #expect(server.connectionCount == 1)
    }
}

/// Waits until a value has been above zero and the same for a while: the sockets' buffers are full.
private func settled(_ value: @Sendable () -> Int) async throws -> Int {
    var (last, same) = (0, 0)
    while same < 200 {
        try await Task.sleep(for: .milliseconds(1))
        let now = value()
        (last, same) = (now, now == last && now > 0 ? same + 1 : 0)
    }
    return last
}

/// A body stream of these texts.
final class Pieces: Sendable {
    private let left: Locked<[String]>

    init(_ texts: [String]) { left = Locked(texts) }

    func next() -> [UInt8]? {
        left.withLock { $0.isEmpty ? nil : Array($0.removeFirst().utf8) }
    }
}
