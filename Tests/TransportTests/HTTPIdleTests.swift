import Basics
import Foundation
import TestSupport
import Testing
import Transport

/// The limit of silence, with servers that are silent or slow.
@Suite struct HTTPIdleTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"

    private func request(_ server: ScriptedServer, idle: Int, body: HTTPBody = .none) -> HTTPRequest {
        var request = HTTPRequest("POST", server.url, body: body, totalTimeout: nil)
        request.idleTimeout = .milliseconds(idle)
        return request
    }

    @Test(
        "a server that falls silent is given up, before its answer and in the middle of it",
        arguments: [
            ("", TransportError.Phase.firstByte, ""),
            (answer + "half!", .body, ", 5 bytes of its body had come"),
        ])
    func silence(text: String, phase: TransportError.Phase, progress: String) async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            try connection.send(text)
            try connection.waitForClose()
        })
        let error = try await withClient { client in
            await #expect(throws: TransportError.self) { try await client.execute(request(server, idle: 200)) }
        }
        #expect(error?.code == .timedOut)
        #expect(error?.phase == phase)
        #expect(error?.message == "\(server.authority) neither sent nor took anything for 200 ms\(progress)")
        #expect(error?.timeLimit == .milliseconds(200))
    }

    @Test("an answer that takes longer than the limit is not cut while its bytes come")
    func trickle() async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            for byte in (Self.answer + "0123456789").utf8.chunks(of: 3) {
                usleep(100_000)
                try connection.send(byte)
            }
        })
        let response = try await withClient { try await $0.execute(request(server, idle: 900)) }
        #expect(String(decoding: response.body, as: UTF8.self) == "0123456789")
        #expect(response.timings.total > .milliseconds(900), "the answer took too little time to show anything")
    }

    @Test("the time that this side's reader takes is not the server's silence")
    func slowReader() async throws {
        let body = [UInt8](repeating: 1, count: 16 << 20)
        let server = try ScriptedServer { _ in .http(200, body: body) }
        var request = request(server, idle: 1_000)
        request.maximumResponseBytes = body.count
        let (count, slowRequest) = (Counter(), request)
        try await withLoop { loop in
            try await HTTPClient(loop: loop).withResponse(to: slowRequest) { _, body in
                try await loop.sleep(for: .milliseconds(1500))
                while let piece = try await body.next() { _ = count.add(piece.count) }
            }
        }
        #expect(count.value == body.count)
    }

    @Test(
        "a request that must be sent once is not sent again when its connection dies",
        arguments: [
            (false, 3, TransportError.Code?.none), (true, 2, .connectionClosed),
        ])
    func sentOnce(isSentOnce: Bool, requests: Int, code: TransportError.Code?) async throws {
        let arrived = Counter()
        let server = try ScriptedServer(connection: { connection in
            while try connection.readRequest() != nil {
                if arrived.add(1) == 2 { return }  // the second one gets no answer
                try connection.send(Self.answer + "0123456789")
            }
        })
        var request = request(server, idle: 10_000)
        request.isSentOnce = isSentOnce
        let onceRequest = request
        try await withClient { client in
            _ = try await client.execute(HTTPRequest("GET", server.url))
            do {
                _ = try await client.execute(onceRequest)
                #expect(code == nil)
            } catch let error as TransportError { #expect(error.code == code) }
        }
        #expect(server.requests.count == requests)
    }

    /// The timers of the open connections to a port: 00 is none, 01 that of sending again, 02 that of the probes.
    private static func timers(of port: UInt16) throws -> [String] {
        let end = String(format: ":%04X", port)
        let table = String(decoding: try contents(ofFile: "/proc/net/tcp", limit: 1 << 24), as: UTF8.self)
        return table.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields[2].hasSuffix(end), fields[3] == "01" else { return nil }
            return String(fields[5].prefix(2))
        }
    }

    @Test("TCP probes a silent connection when the request asks for it", arguments: [false, true])
    func probes(wanted: Bool) async throws {
        let server = try ScriptedServer { _ in .hang }
        var request = request(server, idle: 30_000)
        request.probesConnection = wanted
        let probedRequest = request
        try await withClient { client in
            let call = Task { try await client.execute(probedRequest) }
            while server.requests.isEmpty { await Task.yield() }
            var timers = try Self.timers(of: server.port)
            while timers == ["01"] { timers = try Self.timers(of: server.port) }  // The request is being acknowledged.
            #expect(timers == [wanted ? "02" : "00"])
            call.cancel()
            _ = await call.result
        }
    }
}

extension String.UTF8View {
    fileprivate func chunks(of size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(Array(self)[$0..<Swift.min($0 + size, count)]) }
    }
}
