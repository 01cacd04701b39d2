import Basics
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// `client.store-cookies`, of endpoints and in suites.
@Suite(.timeLimit(.minutes(1))) struct SuiteCookieTests {
    /// Begins a session at `/login`, which leads on to `/home`, and knows it again everywhere else.
    private static func site() throws -> ScriptedServer {
        try ScriptedServer { request in
            if request.target == "/login" {
                return .http(
                    302, headers: [("Set-Cookie", "session=s-4711; Path=/; HttpOnly"), ("Location", "/home")])
            }
            let cookie = request["Cookie"] ?? "none"
            return .http(cookie.contains("session=s-4711") ? 200 : 401, body: "cookie: \(cookie)")
        }
    }

    private static func suite(_ site: ScriptedServer, _ first: String, _ second: String) -> String {
        """
        suites:
          - name: s
            endpoints:
              - {name: login, url: "\(site.url)/login", conditions: ["[STATUS] == 200"], client: {\(first)}}
              - {name: use, url: "\(site.url)/use", conditions: ["[STATUS] == 200"], always-run: true, client: {\(second)}}
        """
    }

    @Test(
        "the steps of a suite that store cookies share them, redirects included",
        arguments: [
            ("store-cookies: true", "store-cookies: true", [] as [String]), ("store-cookies: true", "", ["use"]),
            ("", "store-cookies: true", ["login", "use"]),
            ("store-cookies: true, ignore-redirect: true", "store-cookies: true", ["login"]),
        ])
    func shared(first: String, second: String, failed: [String]) async throws {
        let site = try Self.site()
        #expect(try await results(of: Self.suite(site, first, second)).first?.failedSteps == failed)
    }

    @Test("a suite begins without cookies")
    func eachRunIsNew() async throws {
        let site = try Self.site()
        let loop = try TestAWS.loop.get()
        let text = Self.suite(site, "store-cookies: true", "store-cookies: true")
        let run = try UptimeRun(parsing: Array(text.utf8), environment: [:], loop: loop)
        for _ in 0..<2 {
            _ = try await withTaskExecutorPreference(loop) { try await run.results(until: .now() + .seconds(30)) }
        }
        #expect(site.requests.filter { $0.target == "/login" }.map { $0["Cookie"] } == [nil, nil])
    }

    @Test("an endpoint keeps its cookies from check to check, and has those of no other")
    func endpoints() async throws {
        let site = try Self.site()
        let loop = try TestAWS.loop.get()
        let text = """
            endpoints:
              - {name: a, url: "\(site.url)/login", conditions: ["[STATUS] == 200"], client: {store-cookies: true}}
              - {name: b, url: "\(site.url)/b", conditions: ["[STATUS] == 401"], client: {store-cookies: true}}
            """
        let run = try UptimeRun(parsing: Array(text.utf8), environment: [:], loop: loop)
        for _ in 0..<2 {
            let results = try await withTaskExecutorPreference(loop) {
                try await run.results(until: .now() + .seconds(30))
            }
            #expect(results.map(\.isUp) == [true, true])
        }
        #expect(site.requests.filter { $0.target == "/login" }.map { $0["Cookie"] } == [nil, "session=s-4711"])
        #expect(try configuration(text).notChecked.isEmpty)
    }

    @Test("a cookie that is a flag or a number hides nothing of a message")
    func shortCookies() async throws {
        let site = try ScriptedServer { _ in
            .http(
                500, headers: [("Set-Cookie", "a=true"), ("Set-Cookie", "b=500"), ("Set-Cookie", "c=123456")],
                body: String(repeating: "x", count: 123_456))
        }
        let text = Self.suite(site, "store-cookies: true", "store-cookies: true").replacing(
            "[STATUS] == 200", with: #"[STATUS] > 500", "len([BODY]) == 1"#
        ).replacing("always-run: true", with: "always-run: true, expect: {status: 200}")
        let suite = try #require(try await results(of: text).first)
        #expect(
            lines(suite) == [
                "login down: [STATUS] (500) > 500; len([BODY]) (123456) == 1",
                "use down: its status is 500, expected 200; [STATUS] (500) > 500; len([BODY]) (123456) == 1",
            ])
    }

    @Test("a cookie is no part of a result, although the server repeats it")
    func masked() async throws {
        let site = try Self.site()
        let text = Self.suite(site, "store-cookies: true", "store-cookies: true").replacing(
            "always-run: true", with: "always-run: true, headers: {Cookie: own=1}, store: {c: '[BODY]'}"
        )
        .replacing(#"/use", conditions: ["[STATUS] == 200"]"#, with: #"/use", conditions: ["[BODY] == x"]"#)
        let suite = try #require(try await results(of: text).first)
        #expect(lines(suite).last == "use down: [BODY] (cookie: ***; session=***) == x")
        #expect(site.requests.last?["Cookie"] == "own=1; session=s-4711")
    }
}
