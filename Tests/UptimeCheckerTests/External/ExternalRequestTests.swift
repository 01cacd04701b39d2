import Basics
import CloudWatchMetrics
import JSON
import Testing

@testable import UptimeChecker

/// What is pushed, and what is refused with which answer, without anything behind it.
@Suite struct ExternalRequestTests {
    static let path = "/api/v1/endpoints/g_n/external"

    /// The event of a function URL.
    static func event(
        _ target: String, token: String? = "Bearer token", method: String = "POST", body: String = ""
    ) -> JSONValue {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var headers: JSONObject = ["host": "abc.lambda-url.eu-central-1.on.aws"]
        headers["authorization"] = token.map { .string($0) }
        return [
            "version": "2.0", "rawPath": .string(parts[0]), "rawQueryString": .string(parts.count > 1 ? parts[1] : ""),
            "headers": .object(headers), "body": .string(body), "isBase64Encoded": false,
            "requestContext": ["http": ["method": .string(method), "path": .string(parts[0])]],
        ]
    }

    private static let endpoints = [
        ExternalEndpoint(name: "n", group: "g", token: "token"),
        ExternalEndpoint(name: "off", group: "g", token: "token", isEnabled: false),
        ExternalEndpoint(name: "bare", group: "g", token: "", isEnabled: false),
    ]

    private func answer(_ event: JSONValue) -> (status: Int, text: String, pushed: PushedResult?) {
        do throws(ExternalReply) {
            return (200, "", try ExternalRequest(event).result(for: Self.endpoints))
        } catch {
            return (error.status, error.text, nil)
        }
    }

    @Test(
        "the requests of Gatus's own test have Gatus's answers",
        arguments: [
            ("g_n", "success=true", nil, 401, "invalid Authorization header"),
            ("g_n", "success=true", "Bearer bad-token", 401, "invalid token"),
            ("bad_key", "success=true", "Bearer token", 404, "not found"),
            ("g_n", "success=invalid", "Bearer token", 400, "missing or invalid success query parameter"),
            ("g_n", "success=true&duration=invalid", "Bearer token", 400, "invalid duration"),
            ("g_n", "success=true", "Bearer token", 200, ""),
            ("g_n", "success=true&error=failed", "Bearer token", 200, ""),
            ("g_n", "success=true&duration=10s", "Bearer token", 200, ""),
            ("g_n", "success=false", "Bearer token", 200, ""),
            ("g_n", "success=false&error=failed", "Bearer token", 200, ""),
        ] as [(String, String, String?, Int, String)])
    func gatus(key: String, query: String, token: String?, status: Int, text: String) {
        let answer = answer(Self.event("/api/v1/endpoints/\(key)/external?\(query)", token: token))
        #expect(answer.status == status)
        #expect(answer.text.hasPrefix(text), "\(answer.text)")
    }

    @Test(arguments: [
        ("?success=true", "Bearer ", 401, "bearer token must not be empty"),
        ("?success=true", "Bearer   token ", 200, ""), ("?success=true", "bearer token", 200, ""),
        ("?success=true", "Basic token", 401, "invalid Authorization header"),
        ("?success=true", "Bearer token,Bearer token", 401, "invalid token"),
        ("?success=true", "Bearer tokens", 401, "invalid token"),
        ("?success=true", "Bearer toke", 401, "invalid token"),
        ("", "Bearer token", 400, "missing or invalid success"),
        ("?success=TRUE", "Bearer token", 400, "missing or invalid success"),
        ("?success=1", "Bearer token", 400, "missing or invalid success"),
        // As in Gatus the last one counts.
        ("?success=true&success=x", "Bearer token", 400, "missing or invalid success"),
        ("?success=true&duration=-1s", "Bearer token", 400, "invalid duration"),
        ("?success=true&duration=1d", "Bearer token", 400, "invalid duration"),
        ("?success=true&duration=10", "Bearer token", 400, "invalid duration"),
        ("?success=true&duration=", "Bearer token", 200, ""),
    ])
    func tokensAndQueries(query: String, token: String, status: Int, text: String) {
        let answer = answer(Self.event(Self.path + query, token: token))
        #expect(answer.status == status)
        #expect(answer.text.hasPrefix(text), "\(answer.text)")
    }

    @Test(arguments: [
        ("POST", "/API/v1/Endpoints/G_N/External/", 200), ("POST", "/api/v1/endpoints/g%5Fn/external", 200),
        ("post", path, 200), ("GET", path, 405), ("PUT", path, 405), ("OPTIONS", path, 405), ("", path, 405),
        ("POST", "/api/v1/endpoints/g_n/external/x", 404), ("POST", "/api/v1/endpoints/g_n", 404), ("POST", "/", 404),
        ("POST", "", 404), ("POST", "/api/v1/endpoints/../external", 404),
        ("POST", "/api/v1/endpoints/G_off/external", 404),
    ])
    func methodsAndPaths(method: String, path: String, status: Int) {
        #expect(answer(Self.event(path + "?success=true", method: method)).status == status)
    }

    @Test("one that is not enabled is told only to who knows its token; one without a token takes none")
    func notEnabled() {
        func text(_ key: String, _ token: String) -> String {
            answer(Self.event("/api/v1/endpoints/\(key)/external?success=true", token: "Bearer \(token)")).text
        }
        #expect(text("g_off", "token") == "not found: the external endpoint is not enabled")
        #expect(text("g_off", "x") == "invalid token")
        #expect(text("g_bare", "x") == "invalid token")
    }

    @Test(arguments: [(16 << 10, 200), (16 << 10 + 1, 413)])
    func bodies(size: Int, status: Int) {
        let body = String(repeating: "x", count: size)
        var event = Self.event(Self.path + "?success=true", body: body).objectValue ?? [:]
        #expect(answer(.object(event)).status == status)
        event["body"] = .string(Base64.encode(Array(body.utf8)))
        event["isBase64Encoded"] = true
        #expect(answer(.object(event)).status == status)
    }

    @Test("Function Compute gives the query as an object")
    func functionCompute() {
        var event = Self.event(Self.path).objectValue ?? [:]
        event["rawQueryString"] = nil
        event["queryParameters"] = ["success": "false", "error": "no space", "duration": "1.5s"]
        event["headers"] = ["Authorization": "Bearer token"]
        let pushed = answer(.object(event)).pushed
        #expect(pushed?.succeeded == false)
        #expect(pushed?.error == "no space")
        #expect(pushed?.duration == .milliseconds(1_500))
    }

    @Test("what is no request of HTTP at all is refused, too", arguments: [JSONValue.null, [:], [1], "x"])
    func others(event: JSONValue) { #expect(answer(event).status == 404) }

    // MARK: Results

    private func result(_ query: String, token: String = "token") throws -> CheckResult {
        let event = Self.event("\(Self.path)?\(query)", token: "Bearer \(token)")
        let endpoint = ExternalEndpoint(name: "n", group: "g", token: token)
        return CheckResult(try ExternalRequest(event).result(for: [endpoint]), at: runTime)
    }

    @Test func aSuccess() throws {
        let result = try result("success=true&error=ignored&duration=1m30s")
        #expect(result.isUp)
        #expect(result.errors.isEmpty)
        #expect(result.key == "g_n")
        #expect(result.startedAt == runTime)
        let metrics = result.metrics([.full], region: "r", resolution: 60, runTime: runTime)
        #expect(
            metrics.map { "\($0.name) \($0.value)" } == [
                "success 1.0", "response-time 90000.0", "conditions-failed 0.0", "attempts 1.0", "maintenance 0.0",
            ])
        #expect(metrics[0].dimensions.map { "\($0.name)=\($0.value)" } == ["name=n", "group=g", "region=r"])
    }

    @Test(
        "an error is one line without the token, and of bounded length",
        arguments: [
            ("error=disk%20full", "disk full"), ("", "it was pushed as failed, without an error"),
            ("error=%0A", "it was pushed as failed, without an error"),
            ("error=a%0Ab%E2%80%AEc", "a b c"), ("error=%3Cb%3E%26amp;", "<b>&amp;"),
            ("error=curl+-H+'Bearer+s3cret'", "curl -H 'Bearer ***'"), ("error=%FF", "\u{FFFD}"),
        ])
    func errors(query: String, error: String) throws {
        let result = try result("success=false&\(query)", token: "s3cret")
        #expect(result.errors == [error])
        #expect(!result.isUp)
        #expect(result.metrics([.standard], region: "r", resolution: 60, runTime: runTime).map(\.name) == ["success"])
    }

    @Test(arguments: [(1_000, false), (1_001, true), (60_000, true)])
    func longErrors(length: Int, isCut: Bool) throws {
        let error = try result(
            "success=false&error=" + String(repeating: "ä", count: length / 2) + (length % 2 == 1 ? "x" : "")
        )
        .errors[0]
        #expect(error.utf8.count <= 1_000)
        #expect(error.hasSuffix("…") == isCut)
    }
}
