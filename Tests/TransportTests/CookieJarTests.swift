import Basics
import TestSupport
import Testing

@testable import Transport

/// Which cookies of which responses go along with which requests (RFC 6265).
@Suite struct CookieJarTests {
    private static let now = Timestamp(secondsSinceEpoch: 1_800_000_000)

    /// The `Cookie` header for a URL after responses from another one.
    private static func cookies(
        _ fields: [String], from first: String = "https://www.example.com/a/b", for next: String,
        after time: Duration = .zero
    ) -> String? {
        let jar = CookieJar()
        for field in fields { jar.take(["Set-Cookie": field], from: first, at: now) }
        var headers = HTTPHeaders()
        jar.add(to: &headers, for: next, at: now + time)
        return headers["Cookie"]
    }

    @Test(
        "host and domain",
        arguments: [
            ("a=1", "https://www.example.com/a/x", true), ("a=1", "https://example.com/a/x", false),
            ("a=1", "https://x.www.example.com/a/x", false), ("a=1", "https://WWW.Example.com/a/x", true),
            ("a=1; Domain=example.com", "https://example.com/a/x", true),
            ("a=1; Domain=.Example.com", "https://other.example.com/a/x", true),
            ("a=1; domain=www.example.com", "https://x.www.example.com/a/x", true),
            ("a=1; Domain=example.com", "https://badexample.com/a/x", false),
            ("a=1; Domain=com", "https://www.example.com/a/x", false),
            ("a=1; Domain=other.com", "https://www.example.com/a/x", false),
            ("a=1; Domain=x.www.example.com", "https://www.example.com/a/x", false),
            ("a=1; Domain=", "https://www.example.com/a/x", true),
        ])
    func domains(field: String, url: String, isSent: Bool) {
        #expect((Self.cookies([field], for: url) != nil) == isSent)
    }

    @Test(
        "hosts that are addresses",
        arguments: [
            ("a=1", "http://127.0.0.1:8080/", true), ("a=1", "http://127.0.0.1:9090/", true),
            ("a=1; Domain=127.0.0.1", "http://127.0.0.1/", true), ("a=1; Domain=0.0.1", "http://127.0.0.1/", false),
            ("a=1", "http://127.0.0.2/", false),
        ])
    func addresses(field: String, url: String, isSent: Bool) {
        #expect((Self.cookies([field], from: "http://127.0.0.1:8080/", for: url) != nil) == isSent)
    }

    @Test(
        "paths",
        arguments: [
            ("a=1", "/a/x", true), ("a=1", "/a", true), ("a=1", "/ab", false), ("a=1", "/", false),
            ("a=1; Path=/", "/", true), ("a=1; Path=/a/", "/a", false), ("a=1; Path=/a/", "/a/x?q", true),
            ("a=1; Path=/A", "/a/x", false), ("a=1; Path=x", "/a/x", true), ("a=1; Path=/a/b", "/a/b?x=/c", true),
            ("a=1; Path=/a/b", "/a/bc", false),
        ])
    func paths(field: String, path: String, isSent: Bool) {
        #expect((Self.cookies([field], for: "https://www.example.com" + path) != nil) == isSent)
    }

    @Test(
        "times",
        arguments: [
            ("a=1", 1e9, true), ("a=1; Max-Age=10", 9, true), ("a=1; Max-Age=10", 10, false),
            ("a=1; Max-Age=0", 0, false), ("a=1; Max-Age=-5", 0, false), ("a=1; Max-Age=x", 1e9, true),
            ("a=1; Expires=Fri, 15 Jan 2027 08:00:01 GMT", 0, true),
            ("a=1; Expires=Fri, 15 Jan 2027 08:00:01 GMT", 1, false),
            ("a=1; Expires=Fri, 15-Jan-2027 08:00:01 GMT", 1, false),
            ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0, false), ("a=1; Expires=soon", 1e9, true),
            ("a=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 5, true),
        ])
    func times(field: String, seconds: Double, isSent: Bool) {
        let sent = Self.cookies([field], for: "https://www.example.com/a/", after: .seconds(seconds))
        #expect((sent != nil) == isSent)
    }

    @Test(
        "secure cookies go to HTTPS alone",
        arguments: [("a=1; Secure", "http", false), ("a=1; secure", "https", true), ("a=1", "http", true)])
    func secure(field: String, scheme: String, isSent: Bool) {
        #expect((Self.cookies([field], for: "\(scheme)://www.example.com/a/") != nil) == isSent)
    }

    @Test(
        "names, values and order",
        arguments: [
            (["a=1", "b=2"], "a=1; b=2"), (["a=1", "a=2"], "a=2"), (["a=1", "b=2", "a=3"], "a=3; b=2"),
            (["a=1; Path=/", "b=2; Path=/a"], "b=2; a=1"), (["a=1; Path=/", "a=2; Path=/a"], "a=2; a=1"),
            (["a=1", "a=; Max-Age=0"], nil), (["a="], "a="), ([" a = 1 2 "], "a=1 2"), (["a=b=c=="], "a=b=c=="),
            (["a=\"q\""], "a=\"q\""), (["a"], nil), (["=1"], nil), ([""], nil), (["a=\u{1}"], nil),
            (["a=" + String(repeating: "x", count: 4_096)], nil),
        ])
    func pairs(fields: [String], expected: String?) {
        #expect(Self.cookies(fields, for: "https://www.example.com/a/") == expected)
    }

    @Test func theOldestGoesWhenThereAreTooMany() {
        let sent = Self.cookies((0..<101).map { "n\($0)=1" }, for: "https://www.example.com/a/")
        #expect(sent?.hasPrefix("n1=1; n2=1") == true)
        #expect(sent?.hasSuffix("; n100=1") == true)
    }

    @Test func cookiesFollowTheOnesOfTheRequest() {
        let jar = CookieJar()
        jar.take(["Set-Cookie": "a=1"], from: "http://h/", at: Self.now)
        var headers: HTTPHeaders = ["Accept": "x", "cookie": "own=0"]
        jar.add(to: &headers, for: "http://h/", at: Self.now)
        #expect(headers.values(named: "Cookie") == ["own=0; a=1"])
        #expect(jar.values == ["1"])
    }

    @Test("cookies are limited together, and the newest stay")
    func limit() {
        let jar = CookieJar()
        for number in 10..<75 {
            let value = "\(number)" + String(repeating: "x", count: 3_998)
            jar.take(["Set-Cookie": "c\(number)=\(value)"], from: "http://h/", at: Self.now)
        }
        #expect(jar.values.map { $0.prefix(2) } == ["71", "72", "73", "74"])
    }

    @Test("a real exchange: cookies of redirects go along, to their own host alone", .timeLimit(.minutes(1)))
    func redirects() async throws {
        let other = try ScriptedServer { _ in .http(200, body: "other") }
        let server = try ScriptedServer { request in
            switch request.target {
            case "/begin":
                .http(
                    302,
                    headers: [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/x"), ("Location", "/next")])
            case "/next":
                .http(302, headers: [("Set-Cookie", "c=3"), ("Location", "http://localhost:\(other.port)/")])
            default: .http(200)
            }
        }
        try await withLoop { loop in
            let client = HTTPClient(loop: loop)
            var request = HTTPRequest("GET", server.url + "/begin", maximumRedirects: 5)
            request.cookies = CookieJar()
            let response = try await client.execute(request)
            #expect(response.body == Array("other".utf8))
            request.url = server.url + "/end"
            _ = try await client.execute(request)
        }
        #expect(server.requests.map { $0["Cookie"] } == [nil, "a=1", "a=1; c=3"])
        #expect(other.requests.map { $0["Cookie"] } == [nil])
    }
}
