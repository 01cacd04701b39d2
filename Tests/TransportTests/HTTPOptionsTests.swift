import Basics
import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite struct HTTPOptionsTests {
    @Test func redirectsComeBackAsTheyAre() async throws {
        let server = try ScriptedServer(replies: [.http(302, headers: [("Location", "/next")])])
        let response = try await withClient { try await $0.execute(HTTPRequest("GET", server.url)) }
        #expect(response.status == 302 && response.headers["location"] == "/next")
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [
        ("GET", 301, "GET"), ("POST", 302, "GET"), ("POST", 303, "GET"), ("PUT", 303, "GET"), ("POST", 307, "POST"),
        ("PUT", 308, "PUT"), ("HEAD", 301, "HEAD"), ("DELETE", 307, "DELETE"),
        ("DELETE", 302, "GET"), ("PUT", 301, "GET"), ("HEAD", 303, "HEAD"),
    ])
    func followsRedirectsWhenAsked(method: String, status: Int, second: String) async throws {
        let server = try ScriptedServer { request in
            request.target == "/" ? .http(status, headers: [("Location", "/next")]) : .http(200)
        }
        let body: HTTPBody = method == "POST" || method == "PUT" ? .bytes([1, 2, 3]) : .none
        let response = try await withClient {
            try await $0.execute(HTTPRequest(method, server.url + "/", body: body, maximumRedirects: 3))
        }
        #expect(server.requests.map(\.method) == [method, second])
        #expect(response.status == 200 && response.url == server.url + "/next")
        #expect(response.redirects == 1)
        #expect(server.requests[1].body == (second == "POST" || second == "PUT" ? [1, 2, 3] : []))
    }

    @Test func redirectsAreCountedAndStayHTTP() async throws {
        let loop = try ScriptedServer { _ in .http(302, headers: [("Location", "/again")]) }
        let file = try ScriptedServer { _ in .http(302, headers: [("Location", "file:///etc/passwd")]) }
        try await withClient { client in
            let many = await #expect(throws: TransportError.self) {
                try await client.execute(HTTPRequest("GET", loop.url, maximumRedirects: 3))
            }
            #expect(many?.code == .tooManyRedirects)
            #expect(loop.requests.count == 4)
            let other = await #expect(throws: TransportError.self) {
                try await client.execute(HTTPRequest("GET", file.url, maximumRedirects: 3))
            }
            #expect(other?.code == .malformedResponse)
        }
    }

    @Test func credentialsAreNotSentToAnotherHost() async throws {
        let other = try ScriptedServer { _ in .http(200) }
        let server = try ScriptedServer { _ in
            .http(302, headers: [("Location", "http://localhost:\(other.port)/")])
        }
        let response = try await withClient {
            try await $0.execute(
                HTTPRequest("GET", server.url, headers: ["Authorization": "secret"], maximumRedirects: 1))
        }
        #expect(response.status == 200)
        #expect(server.requests[0]["Authorization"] == "secret")
        #expect(other.requests[0]["Authorization"] == nil)
    }

    @Test(
        "a header that may be a secret stays with the origin that it is for",
        arguments: [("127.0.0.1", true), ("localhost", false)])
    func secretHeadersAreNotSentToAnotherOrigin(host: String, isSameOrigin: Bool) async throws {
        let own = Locked("")
        let server = try ScriptedServer { request in
            switch request.target {
            case "/": .http(302, headers: [("Location", own.withLock { $0 } + "/away")])
            // Back to where it began: what was withheld stays so.
            case "/away": .http(302, headers: [("Location", "/end")])
            default: .http(200)
            }
        }
        own.withLock { $0 = "http://\(host):\(server.port)" }
        let headers: HTTPHeaders = [
            "X-Api-Key": "secret", "Cookie": "a=b", "Proxy-Authorization": "p", "User-Agent": "test",
            "Accept": "text/plain",
        ]
        let response = try await withClient {
            try await $0.execute(HTTPRequest("GET", server.url + "/", headers: headers, maximumRedirects: 3))
        }
        #expect(server.requests.map(\.target) == ["/", "/away", "/end"])
        for (request, isSent) in zip(server.requests, [true, isSameOrigin, isSameOrigin]) {
            #expect(request["X-Api-Key"] == (isSent ? "secret" : nil))
            #expect(request["Cookie"] == (isSent ? "a=b" : nil))
            #expect(request["User-Agent"] == "test")
            #expect(request["Accept"] == "text/plain")
        }
        #expect(response.withheldHeaders == (isSameOrigin ? [] : ["X-Api-Key", "Cookie", "Proxy-Authorization"]))
    }

    @Test(arguments: [
        ("http://a.test/", "http://A.test:80/x", true), ("http://a.test/", "https://a.test/", true),
        ("https://a.test/", "http://a.test/", false), ("http://a.test:8080/", "https://a.test/", false),
        ("http://a.test/", "https://a.test:8443/", false), ("https://a.test/", "https://a.test:8443/", false),
        ("https://a.test/", "https://b.test/", false), ("https://a.test/", "https://x.a.test/", false),
    ])
    func originsOfRedirects(from: String, to: String, isSame: Bool) throws {
        #expect(try RequestTarget(to).isReached(from: RequestTarget(from)) == isSame)
    }

    private func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        try Workspace.temporaryFile { file in
            try Data(bytes).write(to: file)
            try Command.run("gzip", ["-n", file.path])
            return try [UInt8](Data(contentsOf: file.appendingPathExtension("gz")))
        }
    }

    @Test func gzipOnlyWhenAsked() async throws {
        let packed = try gzip(Array("hello".utf8))
        let server = try ScriptedServer { _ in .http(200, headers: [("Content-Encoding", "gzip")], body: packed) }
        try await withClient { client in
            let plain = try await client.execute(HTTPRequest("GET", server.url))
            #expect(plain.body == packed)
            let unpacked = try await client.execute(HTTPRequest("GET", server.url, acceptsGzip: true))
            #expect(unpacked.body == Array("hello".utf8))
        }
        #expect(server.requests.map { $0["Accept-Encoding"] } == [nil, "gzip"])
    }

    @Test func aGzipBombStopsAtTheLimit() async throws {
        let packed = try gzip([UInt8](repeating: 0, count: 20 << 20))
        #expect(packed.count < 100_000)
        let server = try ScriptedServer { _ in .http(200, headers: [("Content-Encoding", "gzip")], body: packed) }
        let error = try await withClient { client in
            await #expect(throws: TransportError.self) {
                try await client.execute(
                    HTTPRequest("GET", server.url, maximumResponseBytes: 1 << 20, acceptsGzip: true))
            }
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func brokenGzipIsAMalformedResponse() async throws {
        let server = try ScriptedServer { _ in
            .http(200, headers: [("Content-Encoding", "gzip")], body: "not gzip at all")
        }
        let error = try await withClient { client in
            await #expect(throws: TransportError.self) {
                try await client.execute(HTTPRequest("GET", server.url, acceptsGzip: true))
            }
        }
        #expect(error?.code == .malformedResponse)
    }

    @Test func plainRequestsGoThroughTheProxy() async throws {
        let proxy = try ScriptedServer { _ in .http(200, body: "by proxy") }
        let address = proxy.url.replacingOccurrences(of: "http://", with: "http://user:pass@")
        let response = try await withClient(HTTPClientConfiguration(environment: ["http_proxy": address])) {
            try await $0.execute(HTTPRequest("GET", "http://service.invalid/path"))
        }
        #expect(response.body == Array("by proxy".utf8))
        #expect(proxy.requests[0].target == "http://service.invalid/path")
        #expect(proxy.requests[0]["Proxy-Authorization"] == "Basic dXNlcjpwYXNz")
    }

    @Test("headers for CONNECT are in no plain request, which the proxy passes on", arguments: ["http", "https"])
    func headersOfProxies(scheme: String) async throws {
        let proxy = try ScriptedServer { _ in .http(403) }
        try await withClient { client in
            var request = HTTPRequest("GET", "\(scheme)://service.invalid/")
            request.proxy = ProxySettings(http: proxy.url, https: proxy.url)
            request.proxyHeaders = ["X-Proxy-Secret": "sesame-open"]
            _ = try? await client.execute(request)
        }
        #expect(proxy.requests.map { $0["X-Proxy-Secret"] } == [scheme == "https" ? "sesame-open" : nil])
    }

    @Test func secureRequestsTunnelAndARefusalNamesTheProxy() async throws {
        let proxy = try ScriptedServer { _ in .http(407) }
        let error = try await withClient(HTTPClientConfiguration(environment: ["HTTPS_PROXY": proxy.url])) { client in
            await #expect(throws: TransportError.self) {
                try await client.execute(HTTPRequest("GET", "https://service.invalid/"))
            }
        }
        #expect(proxy.requests[0].method == "CONNECT" && proxy.requests[0].target == "service.invalid:443")
        #expect(error?.code == .proxyFailed)
        #expect(error?.message.hasPrefix("the proxy \(proxy.authority) for service.invalid:443 failed: ") == true)
    }

    @Test func loopbackBypassesTheProxy() async throws {
        let proxy = try ScriptedServer { _ in .http(500) }
        let server = try ScriptedServer { _ in .http(200) }
        try await withClient(HTTPClientConfiguration(environment: ["http_proxy": proxy.url])) { client in
            for host in ["127.0.0.1", "localhost"] {
                let response = try await client.execute(HTTPRequest("GET", "http://\(host):\(server.port)"))
                #expect(response.status == 200)
            }
        }
        #expect(proxy.connectionCount == 0)
    }

    @Test(arguments: [
        (["http_proxy": "a", "HTTP_PROXY": "b"], ProxySettings(http: "a")),
        (["HTTP_PROXY": "b"], ProxySettings(http: "b")),
        (["HTTP_PROXY": "b", "REQUEST_METHOD": "GET"], ProxySettings()),
        (
            ["HTTPS_PROXY": "c", "NO_PROXY": "x.com, .y.com"],
            ProxySettings(https: "c", exceptions: ["x.com", ".y.com"])
        ),
        (["ALL_PROXY": "d", "https_proxy": "e"], ProxySettings(http: "d", https: "e")),
        (["http_proxy": "", "HTTP_PROXY": "f"], ProxySettings()),
        (["no_proxy": "*"], ProxySettings(exceptions: ["*"])),
    ])
    func readsTheProxyVariables(environment: [String: String], settings: ProxySettings) {
        #expect(ProxySettings(environment: environment) == settings)
    }
}

extension Workspace {
    fileprivate static func temporaryFile<R>(_ body: (URL) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tocsin-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.appending(path: "file"))
    }
}
