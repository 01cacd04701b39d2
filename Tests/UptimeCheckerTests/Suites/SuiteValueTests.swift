import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// Values of suites that are missing, secret, too long, or in places that take none.
@Suite(.timeLimit(.minutes(1))) struct SuiteValueTests {
    private static func suite(_ steps: String...) -> String {
        "suites:\n  - name: s\n    endpoints:\n" + steps.map { "      - {\($0)}\n" }.joined()
    }

    @Test(
        "a condition on a value that there is not is never met, and nothing is sent",
        arguments: [
            ("[STATUS] > [CONTEXT].min", false), ("[BODY].ok != [CONTEXT].min", false),
            ("len([CONTEXT].min) > 0", false), ("has([CONTEXT].min) == false", true),
            ("has([CONTEXT].min) == false || [BODY].ok != [CONTEXT].min", true),
        ])
    func missingInConditions(condition: String, isUp: Bool) async throws {
        let server = try ScriptedServer { _ in .http(200, body: #"{"ok": 1}"#) }
        let text = Self.suite(
            #"name: a, url: "\#(server.url)/a", conditions: ["[STATUS] == 200"], store: {min: "[BODY].minimum"}"#,
            #"name: b, url: "\#(server.url)/b", conditions: ["\#(condition)"]"#)
        let suite = try #require(try await results(of: text).first)
        #expect(suite.isUp == isUp, "\(lines(suite))")
        #expect(server.requests.map(\.target) == (isUp ? ["/a", "/b"] : ["/a"]))
        if !isUp { #expect(suite.problems.first == "b: not asked: there is no value for [CONTEXT].min") }
    }

    @Test(
        "a value in a key that takes none is a fault",
        arguments: [
            ("steps", "url: 'tcp://a:1', steps: [{send: 'x [CONTEXT].v'}]"),
            ("grpc", "url: 'grpc://a:1', grpc: {metadata: {x-v: '[CONTEXT].v'}}"),
            ("grpc", "url: 'grpc://a:1', grpc: {service: '[CONTEXT].v'}"),
            ("expect", "url: http://a, expect: {body-matches: '[CONTEXT].v'}"),
            (
                "client",
                "url: http://a, client: {oauth2: {token-url: 'https://a', client-id: '[CONTEXT].v', client-secret: b, "
                    + "scopes: [c]}}"
            ),
        ])
    func otherKeys(key: String, keys: String) {
        let text = "suites: [{name: s, context: {v: 1}, endpoints: [{name: a, conditions: ['[CONNECTED] == true'], "
        let error = #expect(throws: UptimeCheckerError.self) { try configuration(text + keys + "}]}]") }
        #expect(
            error?.message
                == "line 1: suites[0](s).endpoints[0](a).\(key): [CONTEXT] is for url, body, headers and conditions: "
                + "write the value itself")
    }

    @Test("a secret that a step stores is hidden in that step's own result, too")
    func theStepThatStores() async throws {
        let server = try ScriptedServer { _ in
            .http(
                200, headers: [("X-Issued", "tok-5f2c9a77")],
                body: #"{"user": {"sessionId": "inner-88-xyz"}}"#)
        }
        let text = Self.suite(
            #"name: a, url: "\#(server.url)/", conditions: ["[STATUS] == 200"], "#
                + #"expect: {body-not-matches: "inner-88-xyz"}, store: {token: "[HEADERS].X-Issued", all: "[BODY]"}"#)
        let loop = try TestAWS.loop.get()
        let run = try UptimeRun(parsing: Array(text.utf8), environment: [:], loop: loop, tracing: true)
        let suite = try await withTaskExecutorPreference(loop) {
            try #require(try await run.results(until: .now() + .seconds(30)).first)
        }
        let json = CheckReport([suite], startedAt: runTime, duration: .zero).jsonText
        #expect(json.contains("X-Issued: ***"), "\(json)")
        for secret in ["5f2c9a77", "inner-88"] { #expect(!json.contains(secret), "\(json)") }
    }

    @Test("secrets of responses are limited together, and those beyond are not stored")
    func manySecrets() throws {
        let tokens = (0..<2_000).map { "\"token\($0)\":\"value-\($0)\"" }.joined(separator: ",")
        var step = try Endpoint.of(.http(url: "http://a/"))
        step.step = SuiteStep(suite: "s", stores: [try StoredValue(path: "all", text: "[BODY]")])
        var observation = Observation.status(200)
        observation.body = Array("{\(tokens)}".utf8)
        let attempt = CheckAttempt(observation, of: step, startedAt: runTime, endedAt: runTime)
        #expect(attempt.stored.isEmpty)
        #expect(attempt.notes == ["all is not stored: the suite's secrets would have more than 16384 bytes"])
    }

    @Test("a named suite without an enabled endpoint is not up")
    func nothingEnabled() async throws {
        let text =
            "suites: [{name: off, enabled: false, endpoints: [{name: a, enabled: false, url: 'http://127.0.0.1:1/', "
            + "conditions: ['[STATUS] == 200']}]}]"
        let suite = try #require(try await results(of: text, named: ["off"]).first)
        #expect(suite.outcome == .down)
        #expect(suite.attempts == 0, "it changes no state")
        #expect(suite.problems == ["nothing was asked: none of its endpoints is enabled"])
    }
}
