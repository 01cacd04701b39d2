import Basics
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// Suites of files, run with real checks against real servers.
@Suite(.timeLimit(.minutes(1))) struct SuiteRunTests {
    /// The structure of the example in Gatus's documentation: create, update, read, and delete whatever happened.
    static func orderFlow(_ url: String) -> String {
        """
        suites:
          - name: order-flow
            group: shop-tests
            interval: 5m
            context:
              price: "19.99"  # a value from the beginning
            endpoints:
              - name: place-order
                url: \(url)/items
                method: POST
                body: '{"name": "A test", "price": "[CONTEXT].price"}'
                conditions:
                  - "[STATUS] == 201"
                  - "len([BODY].id) > 0"
                  - "[BODY].price == [CONTEXT].price"
                store:
                  orderId: "[BODY].id"
                alerts:
                  - type: slack
                    description: "No order can be placed"
              - name: change-order
                url: \(url)/items/[CONTEXT].orderId
                method: PUT
                body: '{"price": "24.99"}'
                conditions:
                  - "[STATUS] == 200"
                alerts:
                  - type: slack
              - name: read-order
                url: \(url)/items/[CONTEXT].orderId
                method: GET
                conditions:
                  - "[STATUS] == 200"
                  - "[BODY].price == 24.99"
                alerts:
                  - type: slack
              - name: cancel-order
                url: \(url)/items/[CONTEXT].orderId
                method: DELETE
                always-run: true
                conditions:
                  - "[STATUS] == 204"
                alerts:
                  - type: slack
        """
    }

    @Test func theDocumentedExample() async throws {
        let site = try ItemServer()
        let text = Self.orderFlow(site.server.url)
        let suite = try #require(try await results(of: text).first)
        #expect(suite.outcome == .up)
        #expect(suite.displayName == "shop-tests/order-flow")
        #expect(suite.key == "shop-tests_order-flow")
        #expect(lines(suite) == ["place-order up", "change-order up", "read-order up", "cancel-order up"])
        #expect(suite.steps?.map(\.displayName).first == "shop-tests/place-order")
        #expect(suite.steps?.map(\.url).last == "\(site.server.url)/items/[CONTEXT].orderId", "as it is written")
        #expect(
            site.calls == ["POST /items", "PUT /items/item-7", "GET /items/item-7", "DELETE /items/item-7"])
        #expect(site.server.requests[0].text == #"{"name": "A test", "price": "19.99"}"#)
        #expect(site.left == [])
        #expect(try configuration(text).notUsed.count == 1, "the alerts, of Gatus's own server")
        #expect(try configuration(text).notChecked.isEmpty)
    }

    @Test("a failure skips the steps behind it but those that always run")
    func alwaysRun() async throws {
        let site = try ItemServer(putStatus: 500)
        let suite = try #require(try await results(of: Self.orderFlow(site.server.url)).first)
        #expect(suite.outcome == .down)
        #expect(
            lines(suite) == [
                "place-order up", "change-order down: [STATUS] (500) == 200",
                "read-order skipped: not run: change-order failed before", "cancel-order up",
            ])
        #expect(suite.failedSteps == ["change-order"])
        #expect(suite.failedConditions == ["change-order: [STATUS] (500) == 200"])
        #expect(suite.problems == ["change-order: [STATUS] (500) == 200"])
        #expect(site.left == [], "what the suite made is gone")
    }

    private static func suite(_ keys: String = "", _ steps: String...) -> String {
        "suites:\n  - name: s\n    \(keys.isEmpty ? "timeout: 1m" : keys)\n    endpoints:\n"
            + steps.map { "      - {\($0)}\n" }.joined()
    }

    @Test("values of all kinds go into URL, body, headers and conditions")
    func values() async throws {
        let server = try ScriptedServer { request in
            switch request.target {
            case "/first":
                .http(200, headers: [("X-Trace", "t 1")], body: #"{"id": 12345678, "on": true, "name": "a b/ü?"}"#)
            default: .http(200, body: #"{"id": 12345678, "name": "a b/ü?", "limit": 3}"#)
            }
        }
        let text = Self.suite(
            "context: {limits: {items: 3}, rate: 0.5}",
            #"name: first, url: "\#(server.url)/first", conditions: ["[STATUS] == 200"], "#
                + #"store: {id: "[BODY].id", on: "[BODY].on", name: "[BODY].name", trace: "[HEADERS].X-Trace"}"#,
            #"name: second, url: "\#(server.url)/[CONTEXT].id/[CONTEXT].name&[CONTEXT].on", method: POST, "#
                + #"body: "[CONTEXT].limits.items [CONTEXT].rate [CONTEXT].name", headers: {X-T: "<[CONTEXT].trace>"}, "#
                + #"conditions: ["[BODY].id == [CONTEXT].id", "[BODY].name == [CONTEXT].name", "#
                + #""[BODY].limit <= [CONTEXT].limits.items", "has([CONTEXT].rate) == true", "#
                + #""len([CONTEXT].limits) == 1", "[CONTEXT].on == true", "len([CONTEXT].id) == 8"]"#)
        let suite = try #require(try await results(of: text).first)
        #expect(lines(suite) == ["first up", "second up"])
        let request = try #require(server.requests.last)
        #expect(request.target == "/12345678/a%20b/%C3%BC?&true")
        #expect(request.text == "3 0.5 a b/ü?")
        #expect(request["X-T"] == "<t 1>")
    }

    @Test("a value that was not stored is told where it is missing, and no request is made")
    func missing() async throws {
        let server = try ScriptedServer { _ in .http(200, body: #"{"id": 1, "none": null}"#) }
        let text = Self.suite(
            "",
            #"name: login, url: "\#(server.url)/login", conditions: ["[STATUS] == 200"], "#
                + #"store: {token: "[BODY].accessToken", none: "[BODY].none", code: "[STATUS]"}"#,
            #"name: use, url: "\#(server.url)/[CONTEXT].none", headers: {Authorization: "Bearer [CONTEXT].token"}, "#
                + #"conditions: ["[STATUS] == [CONTEXT].code", "[CONNECTED] == false"]"#)
        let suite = try #require(try await results(of: text).first)
        #expect(
            lines(suite) == [
                "login up: token is not stored: the response has no value for [BODY].accessToken; "
                    + "none is not stored: the response has no value for [BODY].none",
                "use down: not asked: there is no value for [CONTEXT].none, [CONTEXT].token; "
                    + "[STATUS] (0) == [CONTEXT].code (200)",
            ])
        #expect(server.requests.map(\.target) == ["/login"])
        #expect(suite.problems.first == "use: not asked: there is no value for [CONTEXT].none, [CONTEXT].token")
    }

    @Test("a failing step stores as well, and a later one stores over it")
    func storesOfFailingSteps() async throws {
        let server = try ScriptedServer(replies: [
            .http(500, body: #"{"id": "one"}"#), .http(200, body: #"{"id": "two"}"#), .http(200, body: "{}"),
        ])
        let step =
            #"url: "\#(server.url)/x/[CONTEXT].id", always-run: true, conditions: ["[STATUS] == 200"], store: {id: "[BODY].id"}"#
        let text = Self.suite("context: {id: zero}", "name: a, \(step)", "name: b, \(step)", "name: c, \(step)")
        let suite = try #require(try await results(of: text).first)
        #expect(server.requests.map(\.target) == ["/x/zero", "/x/one", "/x/two"])
        #expect(suite.failedSteps == ["a"])
        #expect(lines(suite).last == "c up: id is not stored: the response has no value for [BODY].id")
    }

    @Test(
        "a value cannot put a header or a second line into a request",
        arguments: ["\\r\\nX-Evil: 1", "a\\nb", "\\u0000"])
    func lineBreaks(value: String) async throws {
        let server = try ScriptedServer { _ in .http(200, body: #"{"id": "\#(value)"}"#) }
        let text = Self.suite(
            "",
            #"name: first, url: "\#(server.url)/first", conditions: ["[STATUS] == 200"], store: {id: "[BODY].id"}"#,
            #"name: second, url: "\#(server.url)/", headers: {X-Id: "[CONTEXT].id"}, conditions: ["[STATUS] == 200"]"#)
        let suite = try #require(try await results(of: text).first)
        #expect(
            lines(suite).last?.hasPrefix("second down: not asked: with its values, the header X-Id has a line break")
                == true,
            "\(lines(suite))")
        #expect(server.requests.count == 1)
    }

    @Test("an address that a value leads to is refused as one in the file is")
    func refusedAddresses() async throws {
        let server = try ScriptedServer { _ in .http(200, body: #"{"host": "169.254.169.254"}"#) }
        let text = Self.suite(
            "",
            #"name: first, url: "\#(server.url)/", conditions: ["[STATUS] == 200"], store: {host: "[BODY].host"}"#,
            #"name: second, url: "http://[CONTEXT].host/latest", conditions: ["[STATUS] == 200"]"#)
        let suite = try #require(try await results(of: text).first)
        #expect(suite.failedSteps == ["second"])
        #expect(suite.problems.first?.contains("169.254.169.254") == true, "\(suite.problems)")
        #expect(suite.problems.first?.contains("`allow`") == true, "\(suite.problems)")
    }

    @Test("secrets of the context are in no result of a later step, in no form")
    func secrets() async throws {
        let token = "tok-5f2c9a77"
        let server = try ScriptedServer { request in
            switch request.target {
            case "/login":
                .http(200, body: #"{"access": "\#(token)", "user": {"sessionId": "zz-77-yy"}, "id": "item-1"}"#)
            default: .http(401, body: "\(token) of \(request["X-Key"] ?? "") is no token; item-1")
            }
        }
        let text = Self.suite(
            "context: {apiKey: k3y-of-context}",
            #"name: login, url: "\#(server.url)/login", conditions: ["[BODY].access == x"], "#
                + #"store: {authToken: "[BODY].access", x: "[BODY].user.sessionId", id: "[BODY].id"}"#,
            #"name: use, url: "\#(server.url)/use", always-run: true, headers: {X-Key: "[CONTEXT].apiKey"}, "#
                + #"conditions: ["[BODY] == fine", "[CONTEXT].authToken == y", "[CONTEXT].x == z", "[CONTEXT].id == w"]"#
        )
        let suite = try #require(try await results(of: text).first)
        let report = CheckReport([suite], startedAt: runTime, duration: .zero)
        for shown in [report.jsonText, report.junit, lines(suite).joined()] {
            for secret in [token, "zz-77-yy", "k3y-of-context", "5f2c9a"] {
                #expect(!shown.contains(secret), "\(secret) in \(shown)")
            }
        }
        #expect(suite.failedConditions.last == "use: [CONTEXT].id (item-1) == w", "what is no secret is shown")
    }

    @Test("what is sent as a credential is a secret, whatever its name")
    func credentials() throws {
        let text = Self.suite(
            "context: {a: own-a, b: own-b, c: own-c}",
            #"name: first, url: "http://h/", conditions: ["[STATUS] == 200"], "#
                + #"store: {t: "[BODY].t", u: "[BODY].u", v: "[BODY].v", n: "[STATUS]"}"#,
            #"name: second, url: "http://h/[CONTEXT].c?token=[CONTEXT].u&q=[CONTEXT].v", "#
                + #"headers: {Authorization: "Bearer [CONTEXT].t [CONTEXT].n", X-Api-Key: "[CONTEXT].a"}, "#
                + #"conditions: ["[BODY] == [CONTEXT].b"]"#)
        let suite = try #require(try configuration(text).suites.first)
        #expect(suite.steps[0].step?.stores.filter(\.isSecret).map(\.path) == ["t", "u"])
        #expect(suite.context.secrets == ["own-a"])
    }

    @Test("what is stored is limited, and the room of bodies is given back")
    func sizes() async throws {
        let long = String(repeating: "x", count: 65_537)
        let server = try ScriptedServer { _ in .http(200, body: #"{"long": "\#(long)", "fits": "\#(long.dropLast())"}"#)
        }
        let loop = try TestAWS.loop.get()
        let text = Self.suite(
            "",
            #"name: a, url: "\#(server.url)/", conditions: ["[STATUS] == 200"], store: {long: "[BODY].long", fits: "[BODY].fits"}"#,
            #"name: b, url: "\#(server.url)/", conditions: ["len([CONTEXT].fits) == 65536"]"#)
        let checker = Checker(loop: loop, environment: [:], time: .live(loop))
        let run = UptimeRun(try configuration(text), checker: checker)
        let suite = try await withTaskExecutorPreference(loop) {
            try #require(try await run.results(until: .now() + .seconds(30)).first)
        }
        #expect(lines(suite) == ["a up: long is not stored: it has more than 65536 bytes", "b up"])
        #expect(checker.bodies.used == 0)
    }
}
