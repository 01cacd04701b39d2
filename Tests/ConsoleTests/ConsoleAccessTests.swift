import Basics
import HTTPServer
import NIOHTTP1
import Testing

@testable import Console

/// Each refused request stands beside one that passes and differs in one thing.
@Suite struct ConsoleAccessTests {
    private let console = TestConsole()
    private static let host = "127.0.0.1:\(TestConsole.port)"

    // MARK: Host

    @Test(arguments: ["127.0.0.1:40123", "localhost:40123", "LOCALHOST:40123", "[::1]:40123"])
    func namesOfLoopbackAreServed(host: String) async {
        let reply = await console.send(.GET, console.path, ["Host": host, "Cookie": console.cookie])
        #expect(reply.status == 200)
    }

    @Test(
        "a page whose name was made to point to this machine gets nothing",
        arguments: [
            "evil.example:40123", "127.0.0.1", "127.0.0.1:40124", "localhost", "localhost.evil.example:40123",
            "127.0.0.1:40123.evil.example", "0.0.0.0:40123", "",
        ])
    func otherHostsAreRefused(host: String) async {
        let reply = await console.send(.GET, console.path, ["Host": host, "Cookie": console.cookie])
        #expect(reply.status == 421)
        #expect(!reply.text.contains("shop"))
    }

    @Test func aRequestNeedsExactlyOneHost() async {
        let none = await console.send(.GET, console.path, ["Cookie": console.cookie])
        #expect(none.status == 421)
        var two: HTTPHeaders = ["Host": Self.host, "Cookie": console.cookie]
        two.add(name: "Host", value: Self.host)
        #expect(await console.send(.GET, console.path, two).status == 421)
    }

    @Test func onPort80TheHostMayHaveNone() throws {
        let access = ConsoleAccess()
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: ["Host": "127.0.0.1"])
        try access.checkHost(head, port: 80)
        #expect(throws: ConsoleAccess.Refusal.self) { try access.checkHost(head, port: 81) }
    }

    // MARK: Token and cookie

    @Test func theTokenIsExchangedForACookieOfOnePath() async {
        let reply = await console.send(.GET, "/?token=\(TestConsole.token)", ["Host": Self.host])
        #expect(reply.status == 303)
        #expect(reply.headers.first(name: "location") == console.path)
        let cookie = reply.headers.first(name: "set-cookie") ?? ""
        #expect(cookie.hasSuffix("; Path=\(console.path); HttpOnly; SameSite=Strict"))
        #expect(!cookie.contains(TestConsole.token))
    }

    @Test("a browser leaves out the cookie on a redirect from another site, so it gets a page")
    func aLinkOfAnotherSiteLeadsInByAPage() async {
        let reply = await console.send(
            .GET, "/?token=\(TestConsole.token)", ["Host": Self.host, "Sec-Fetch-Site": "cross-site"])
        #expect(reply.status == 200)
        #expect(reply.headers["set-cookie"].count == 1)
        #expect(reply.text.contains("href=\"\(console.path)\""))
        // Without a click, and whether scripts run or not.
        #expect(reply.headers["refresh"] == ["0; url=\(console.path)"])
        #expect(!reply.text.contains("http-equiv=\"refresh\""))
    }

    @Test(arguments: ["/", "/?token=", "/?token=0123456789abcdef0123456789abcdee", "/?token=0", "/?x=1"])
    func withoutTheTokenThereIsNoCookie(uri: String) async {
        let reply = await console.send(.GET, uri, ["Host": Self.host])
        #expect(reply.status == 403)
        #expect(reply.headers["set-cookie"] == [])
        #expect(reply.text.contains("This is Tocsin's console"))
        #expect(reply.text.contains("The console is at http://127.0.0.1:40123/?token=…"))
        #expect(!reply.text.contains("shop"))
    }

    @Test(arguments: ["", "updates", "plan?experiment=outage.yaml"])
    func everyPageNeedsTheCookie(page: String) async {
        let uri = console.path + page
        #expect(await console.send(.GET, uri, ["Host": Self.host, "Cookie": "a=b; \(console.cookie)"]).status == 200)
        #expect(await console.send(.GET, uri, ["Host": Self.host]).status == 403)
        let wrong = console.cookie.dropLast() + (console.cookie.hasSuffix("0") ? "1" : "0")
        #expect(await console.send(.GET, uri, ["Host": Self.host, "Cookie": String(wrong)]).status == 403)
        // The token is not the cookie.
        let token = "tocsin=\(TestConsole.token)"
        #expect(await console.send(.GET, uri, ["Host": Self.host, "Cookie": token]).status == 403)
    }

    @Test func anotherPathIsNoPage() async {
        let uri = "/" + String(repeating: "0", count: 32) + "/"
        #expect(await console.send(.GET, uri, ["Host": Self.host, "Cookie": console.cookie]).status == 403)
        let reply = await console.send(.GET, console.path + "x", ["Host": Self.host, "Cookie": console.cookie])
        #expect(reply.status == 404)
    }

    @Test func everyConsoleHasItsOwnSecrets() {
        let (one, other) = (ConsoleAccess(), ConsoleAccess())
        #expect(one.token != other.token)
        #expect(one.path != other.path)
        #expect(one.formToken != other.formToken)
        #expect(one.setCookie != other.setCookie)
        #expect(one.token.utf8.count == 32)
    }

    // MARK: Scripts

    @Test(
        arguments: [
            ("Bearer \(TestConsole.token)", 200), ("bearer \(TestConsole.token)", 200), (TestConsole.token, 401),
            ("Bearer", 401), ("Bearer \(TestConsole.token)0", 401), ("Basic \(TestConsole.token)", 401),
        ] as [(String, UInt)])
    func scriptsSendTheToken(authorization: String, status: UInt) async {
        let reply = await console.send(
            .GET, "/api/snapshot.json", ["Host": Self.host, "Authorization": authorization])
        #expect(reply.status == status)
        #expect(reply.headers.first(name: "content-type") == "application/json")
        #expect(reply.text.contains("shop") == (status == 200))
    }

    @Test func theCookieIsNotEnoughForScripts() async {
        let reply = await console.send(.GET, "/api/snapshot.json", ["Host": Self.host, "Cookie": console.cookie])
        #expect(reply.status == 401)
    }

    // MARK: Changes

    @Test(
        "a change comes from the console's own page",
        arguments: [
            ("http://127.0.0.1:40123", "same-origin", 303), ("http://127.0.0.1:40123", nil, 303),
            (nil, "same-origin", 303), (nil, nil, 403), ("null", "same-origin", 403),
            ("http://evil.example", nil, 403), ("http://127.0.0.1:40124", "same-site", 403),
            ("https://127.0.0.1:40123", nil, 403), ("http://localhost:40123", "cross-site", 403),
            ("http://127.0.0.1:40123", "cross-site", 403), ("http://127.0.0.1:40123", "none", 403),
        ] as [(String?, String?, UInt)])
    func foreignOriginsAreRefused(origin: String?, site: String?, status: UInt) async {
        var headers: HTTPHeaders = ["Host": Self.host, "Cookie": console.cookie]
        if let origin { headers.add(name: "Origin", value: origin) }
        if let site { headers.add(name: "Sec-Fetch-Site", value: site) }
        #expect(await console.post("test-event", headers: headers).status == status)
        #expect(console.actions.done.withLock { $0 } == (status == 303 ? ["test event"] : []))
    }

    @Test func aChangeNeedsCookieAndFormToken() async {
        var headers = console.formHeaders
        headers.remove(name: "Cookie")
        #expect(await console.post("test-event", headers: headers).status == 403)
        #expect(await console.post("test-event", form: String(repeating: "0", count: 32)).status == 403)
        #expect(await console.post("test-event", form: "").status == 403)
        #expect(console.actions.done.withLock { $0 } == [])
        #expect(await console.post("test-event").status == 303)
        #expect(console.actions.done.withLock { $0 } == ["test event"])
    }

    @Test(arguments: ["check", "test-event", "stop", "silence", "run"], [HTTPMethod.GET, .HEAD, .PUT, .DELETE])
    func onlyAPostChangesSomething(action: String, method: HTTPMethod) async {
        let uri = "\(console.path)\(action)?form=\(console.handler.access.formToken)&experiment=outage.yaml"
        #expect(await console.send(method, uri, console.formHeaders).status == 405)
        #expect(console.actions.done.withLock { $0 } == [])
    }

    @Test func pagesTakeNoPost() async {
        #expect(await console.send(.POST, console.path, console.formHeaders).status == 405)
        #expect(await console.send(.POST, "/?token=\(TestConsole.token)", console.formHeaders).status == 405)
    }

    // MARK: Bodies and headers

    @Test func aBodyThatIsTooLargeIsRefused() async {
        let reply = await console.send(.POST, console.path + "check", console.formHeaders, body: .tooLarge)
        #expect(reply.status == 413)
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
        #expect(console.handler.bodyLimit(for: head) == 16_384)
    }

    @Test(arguments: ["/", "page", "/api/snapshot.json", "/nothing"])
    func everyReplyKeepsOtherPagesOut(uri: String) async {
        let reply = await console.send(
            .GET, uri == "page" ? console.path : uri, ["Host": Self.host, "Cookie": console.cookie])
        #expect(reply.headers["x-frame-options"] == ["DENY"])
        #expect(reply.headers["x-content-type-options"] == ["nosniff"])
        #expect(reply.headers["cache-control"] == ["no-store"])
        #expect(reply.headers["referrer-policy"] == ["same-origin"])
        #expect(reply.headers["cross-origin-resource-policy"] == ["same-origin"])
        #expect(reply.headers["access-control-allow-origin"] == [])
        let policy = reply.headers.first(name: "content-security-policy") ?? ""
        #expect(policy.hasPrefix("default-src 'none'"))
        #expect(policy.hasSuffix("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe"))
    }
}
