import Basics
import Testing
import Transport

@testable import UptimeChecker

/// What `store` takes from a response.
@Suite struct StoredValueTests {
    private static var observation: Observation {
        var observation = Observation()
        (observation.status, observation.ip, observation.isConnected) = (200, "192.168.1.1", true)
        observation.responseTime = .milliseconds(100)
        observation.headers = ["X-Request-Id": "r-1"]
        observation.body = Array(
            #"{"status": "OK", "value": 42, "big": 12345678, "float": 1.50, "none": null, "list": [1, 2], "id": "007"}"#
                .utf8)
        return observation
    }

    /// The first rows are those that Gatus 5.36 was tested with.
    @Test(arguments: [
        ("[STATUS]", "200"), ("[IP]", "192.168.1.1"), ("[RESPONSE_TIME]", "100"), ("[BODY].status", "OK"),
        ("[BODY].value", "42"), ("[CONNECTED]", "true"), ("[BODY].accessToken", nil), ("[BODY].user.id.invalid", nil),
        ("[BODY].big", "12345678"), ("[BODY].float", "1.5"), ("[BODY].none", nil), ("[BODY].list", "[1 2]"),
        ("[BODY].list[1]", "2"), ("[BODY].id", "007"), ("len([BODY].list)", "2"), ("has([BODY].nope)", "false"),
        ("len([BODY].nope)", nil), ("[HEADERS].x-request-id", "r-1"), ("[HEADERS].X-No", nil), (" [STATUS] ", "200"),
        ("plain text", "plain text"), ("[body].status", "OK"),
    ])
    func values(text: String, expected: String?) throws {
        var values = ObservedValues(Self.observation)
        #expect(try StoredValue(path: "x", text: text).text(in: &values) == expected)
    }

    @Test(arguments: [
        ("[BODYY].id", "did you mean [BODY]?"), ("[STAUS]", "did you mean [STATUS]?"), ("STATUS", "[STATUS]?"),
        ("BODY.id", "did you mean [BODY]?"), ("[COOKIES].sid", "there are [STATUS], [RESPONSE_TIME]"),
        ("pat(a*)", "goes into conditions"), ("any(1, 2)", "goes into conditions"),
        ("[CONTEXT].id", "is in the context already"), ("[BODY].a[wat]", "an index"), ("len(x)", "takes a placeholder"),
    ])
    func refused(text: String, words: String) {
        let error = #expect(throws: ConditionError.self) { try StoredValue(path: "x", text: text) }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("token", "[BODY].id", true), ("x", "[BODY].access_token", true), ("x", "[BODY].data[0].apiKey", true),
        ("x", "[HEADERS].Set-Cookie", true), ("x", "[HEADERS].X-Auth-Token", true), ("id", "[BODY].id", false),
        ("x", "[HEADERS].Location", false), ("response_code", "[STATUS]", false),
        ("token_length", "len([BODY].t)", false),
        ("x", "[BODY]", false),
    ])
    func secrets(path: String, text: String, isSecret: Bool) throws {
        #expect(try StoredValue(path: path, text: text).isSecret == isSecret)
    }

    /// A body is read only for what needs it.
    @Test func needs() throws {
        var endpoint = try Endpoint.sample("a")
        #expect(endpoint.needs == [])
        endpoint.step = SuiteStep(suite: "s", stores: [try StoredValue(path: "x", text: "[BODY].id")])
        #expect(endpoint.needs == .body)
        endpoint.step?.stores = [try StoredValue(path: "x", text: "len([BODY])")]
        #expect(endpoint.needs == .bodyLength)
    }
}
