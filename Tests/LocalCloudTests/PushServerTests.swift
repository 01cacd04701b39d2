import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import LocalCloud

/// The listener for results of external endpoints, with a function that is played.
@Suite(.timeLimit(.minutes(2)))
struct PushServerTests {
    private let client: HTTPClient

    init() throws { client = HTTPClient(loop: try EventLoop.onOwnThread()) }

    private func send(
        _ method: String, _ url: String, _ headers: Transport.HTTPHeaders = [:], body: [UInt8] = []
    ) async throws -> HTTPResponse {
        try await client.execute(
            HTTPRequest(method, url, headers: headers, body: body.isEmpty ? .none : .bytes(body)))
    }

    private static let taken: JSONValue = ["statusCode": 200, "headers": ["Content-Type": "text/plain"], "body": ""]

    @Test("a request arrives as the event of a function URL, and its answer is the reply")
    func event() async throws {
        let events = Locked<[JSONValue]>([])
        let pushes = Locked<[PushServer.Push]>([])
        try await PushServer.run(
            invoke: { event in
                events.withLock { $0.append((try? JSONValue(parsing: event)) ?? .null) }
                return Self.taken
            }, onPush: { push in pushes.withLock { $0.append(push) } }
        ) { server async throws in
            #expect(server.url.hasPrefix("http://127.0.0.1:"))
            #expect(server.url.hasSuffix("/api/v1/endpoints/"))
            let url = server.url + "g_n/external?success=false&error=no+space&duration=1s"
            let reply = try await send("POST", url, ["Authorization": "Bearer t"], body: Array("x".utf8))
            #expect(reply.status == 200)
            #expect(reply.headers["Content-Type"] == "text/plain")
            #expect(try await send("POST", server.url + "G_n/external?success=true").status == 200)
        }
        let event = try #require(events.withLock { $0.first })
        #expect(event["version"] == "2.0")
        #expect(event["rawPath"] == "/api/v1/endpoints/g_n/external")
        #expect(event["rawQueryString"] == "success=false&error=no+space&duration=1s")
        #expect(event["headers"]?["authorization"] == "Bearer t")
        #expect(event["requestContext"]?["http"]?["method"] == "POST")
        #expect(event["body"]?.stringValue.flatMap { Base64.decode($0) } == Array("x".utf8))
        #expect(
            pushes.withLock { $0 } == [.init(key: "g_n", error: "no space"), .init(key: "g_n", error: nil)])
    }

    @Test("what the function refuses is the reply, and no result")
    func refusals() async throws {
        let pushes = Locked(0)
        try await PushServer.run(
            invoke: { _ in ["statusCode": 401, "headers": ["WWW-Authenticate": "Bearer"], "body": "invalid token\n"] },
            onPush: { _ in pushes.withLock { $0 += 1 } }
        ) { server async throws in
            let reply = try await send("POST", server.url + "g_n/external?success=true")
            #expect(reply.status == 401)
            #expect(reply.headers["WWW-Authenticate"] == "Bearer")
        }
        #expect(pushes.withLock { $0 } == 0)
    }

    @Test(
        "no web page gets to the function, whatever it sends",
        arguments: [
            (["Origin": "http://page.example"], 403), (["Origin": "null"], 403),
            (["Sec-Fetch-Site": "cross-site"], 403),
            (["Sec-Fetch-Site": "same-site"], 403), (["Sec-Fetch-Site": "same-origin"], 403),
            (["Host": "page.example"], 421), ([:], 200), (["Host": "localhost:80"], 200),
        ] as [([String: String], Int)])
    func pages(headers: [String: String], status: Int) async throws {
        let invocations = Locked(0)
        try await PushServer.run(
            invoke: { _ in
                invocations.withLock { $0 += 1 }
                return Self.taken
            }
        ) { server async throws in
            var fields: Transport.HTTPHeaders = ["Authorization": "Bearer t"]
            for (name, value) in headers { fields.set(name, value) }
            let url = server.url + "g_n/external?success=true"
            #expect(try await send("POST", url, fields).status == status)
            // What a browser asks before it would send `Authorization` for a page.
            var asked = fields
            asked.set("Access-Control-Request-Method", "POST")
            let reply = try await send("OPTIONS", url, asked)
            #expect(reply.status == status)
            #expect(reply.headers["Access-Control-Allow-Origin"] == nil)
        }
        #expect(invocations.withLock { $0 } == (status == 200 ? 2 : 0))
    }

    @Test("whoever pushes has to send it again when the function does not run, fails or gives no answer")
    func notStored() async throws {
        let invokes: [PushServer.Invoke] = [
            { _ in nil }, { _ in throw LocalCloudError(.stopped, "it has stopped") }, { _ in ["checked": 1] },
            { _ in ["statusCode": 99] },
        ]
        for invoke in invokes {
            try await PushServer.run(invoke: invoke, onPush: { _ in Issue.record("taken") }) { server async throws in
                let reply = try await send("POST", server.url + "g_n/external?success=true")
                #expect(reply.status == 503)
                #expect(reply.headers["Retry-After"] == "5")
            }
        }
    }

    @Test(arguments: [(16 << 10, 200), (16 << 10 + 1, 413)])
    func bodies(size: Int, status: Int) async throws {
        try await PushServer.run(invoke: { _ in Self.taken }) { server async throws in
            let body = [UInt8](repeating: 0x78, count: size)
            #expect(try await send("POST", server.url + "g_n/external?success=true", body: body).status == status)
        }
    }

    @Test("another address than loopback takes requests for any host, and still none of a page")
    func anyHost() async throws {
        var address = PushServer.Address()
        address.host = "0.0.0.0"
        #expect(!address.isLoopback)
        try await PushServer.run(at: address, invoke: { _ in Self.taken }) { server async throws in
            let url = server.url.replacing("0.0.0.0", with: "127.0.0.1") + "g_n/external?success=true"
            #expect(try await send("POST", url, ["Host": "monitor.example"]).status == 200)
            #expect(try await send("POST", url, ["Origin": "http://monitor.example"]).status == 403)
        }
    }
}
