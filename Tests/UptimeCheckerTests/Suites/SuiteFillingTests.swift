import JSON
import Testing
import Transport

@testable import UptimeChecker

/// How the values of a context get into a request and into conditions: what Gatus 5.36 makes of the same.
@Suite struct SuiteFillingTests {
    private static let context: JSONObject = [
        "userId": "12345", "limit": 100, "enabled": true, "active": false, "host": "api.example.com", "version": "2",
        "user": ["id": "nested-1", "name": "John Doe"], "response": ["data": ["user": ["id": "deep-1"]]],
        "user-id": "u-1", "auth-response": ["user-data": ["profile-id": "p-1"]], "query": "hello world & more!",
        "type": "application/json", "list": ["a", "b", "c"], "max_time": 5_000, "expected": 200,
    ]

    private static let requests: [(String, url: String?, missing: String)] = [
        ("https://h/users/[CONTEXT].userId", "https://h/users/12345", ""),
        ("https://[CONTEXT].host/v[CONTEXT].version/[CONTEXT].userId", "https://api.example.com/v2/12345", ""),
        ("https://h/[CONTEXT].user.id?n=[CONTEXT].limit", "https://h/nested-1?n=100", ""),
        ("https://h/[CONTEXT].response.data.user.id", "https://h/deep-1", ""),
        ("https://h/[CONTEXT].user-id/[CONTEXT].auth-response.user-data.profile-id", "https://h/u-1/p-1", ""),
        // Gatus sends the spaces as %20, too.
        ("https://h/s?q=[CONTEXT].query", "https://h/s?q=hello%20world%20&%20more!", ""),
        ("https://h/health", "https://h/health", ""),
        ("https://h/[CONTEXT].missingId", nil, "[CONTEXT].missingId"),
        ("https://h/[CONTEXT].userId/[CONTEXT].a/[CONTEXT].b", nil, "[CONTEXT].a, [CONTEXT].b"),
        ("https://h/[CONTEXT].response.missing.path", nil, "[CONTEXT].response.missing.path"),
        ("https://h/[CONTEXT].userId.json", nil, "[CONTEXT].userId.json"),
    ]

    @Test(arguments: requests)
    func urls(url: String, expected: String?, missing: String) throws {
        let step = Endpoint(name: "s", url: url, target: .http(url: "https://h/"), conditions: [])
        let (filled, problem) = step.filled(from: SuiteContext(Self.context), cookies: nil)
        #expect(problem == (missing.isEmpty ? nil : "not asked: there is no value for \(missing)"))
        if let expected {
            #expect(filled.url == expected)
            #expect(filled.target.host == (expected.hasPrefix("https://api.") ? "api.example.com" : "h"))
        }
    }

    @Test func bodyAndHeaders() throws {
        var step = Endpoint(name: "s", url: "https://h/", target: .http(url: "https://h/"), conditions: [])
        step.body =
            #"{"id": "[CONTEXT].userId", "on": [CONTEXT].enabled, "off": [CONTEXT].active, "n": "[CONTEXT].user.name"}"#
        step.headers = ["X-User-ID": "[CONTEXT].user-id", "Content-Type": "[CONTEXT].type", "X-Plain": "[STATUS]"]
        let (filled, problem) = step.filled(from: SuiteContext(Self.context), cookies: nil)
        #expect(problem == nil)
        #expect(filled.body == #"{"id": "12345", "on": true, "off": false, "n": "John Doe"}"#)
        #expect(filled.headers == ["X-User-ID": "u-1", "Content-Type": "application/json", "X-Plain": "[STATUS]"])
        step.body = "[CONTEXT].x"
        step.headers = ["X-A": "[CONTEXT].y"]
        #expect(
            step.filled(from: SuiteContext(Self.context), cookies: nil).problem
                == "not asked: there is no value for [CONTEXT].x, [CONTEXT].y")
    }

    @Test(arguments: ["[CONTEXT].host:x", "http://:[CONTEXT].limit/", "tcp://h:[CONTEXT].limit0000"])
    func urlsThatAreNone(url: String) {
        let step = Endpoint(name: "s", url: url, target: .http(url: "https://h/"), conditions: [])
        var context = Self.context
        context["limit0000"] = 1_000_000
        let problem = step.filled(from: SuiteContext(context), cookies: nil).problem
        #expect(problem?.hasPrefix("not asked: with its values, the URL ") == true, "\(problem ?? "none")")
    }

    private static let conditions: [(String, isMet: Bool, String?)] = [
        ("[STATUS] == [CONTEXT].expected", true, nil),
        ("[STATUS] == [CONTEXT].expectedz", false, "[STATUS] (200) == [CONTEXT].expectedz (INVALID)"),
        ("[RESPONSE_TIME] < [CONTEXT].nope", false, "[RESPONSE_TIME] (100) < [CONTEXT].nope (0)"),
        ("[RESPONSE_TIME] < [CONTEXT].max_time", true, nil),
        ("[CONTEXT].userId == [BODY].id", false, "[CONTEXT].userId (12345) == [BODY].id (7)"),
        ("[CONTEXT].user.name == pat(John*)", true, nil), ("[CONTEXT].limit == any(1, 100)", true, nil),
        ("len([CONTEXT].list) == 3", true, nil), ("has([CONTEXT].userId) == true", true, nil),
        ("has([CONTEXT].missing) == false", true, nil), ("[CONTEXT].enabled == true", true, nil),
        ("len([CONTEXT].limit) == 2", false, "len([CONTEXT].limit) (3) == 2"),
    ]

    @Test(arguments: conditions)
    func inConditions(text: String, isMet: Bool, shown: String?) throws {
        var observation = Observation.status(200)
        observation.body = Array(#"{"id": 7}"#.utf8)
        var values = ObservedValues(observation, context: SuiteContext(Self.context))
        let result = try [Condition(text)].evaluate(&values, showing: ConditionDisplay(), hiding: .none)[0]
        #expect(result == ConditionResult(text: shown ?? text, isMet: isMet))
    }

    @Test func withoutAContextThereIsNoValue() throws {
        let result = try [Condition("[CONTEXT].a == 1")].evaluate(.status(200))[0]
        #expect(result == ConditionResult(text: "[CONTEXT].a (INVALID) == 1", isMet: false))
    }
}
