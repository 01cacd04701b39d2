import Basics
import JSON
import Testing
import Transport

@testable import UptimeChecker

@Suite struct CheckResultTests {
    private func result(
        _ observation: Observation, conditions: [String] = ["[STATUS] == 200"], ui: UISettings = UISettings(),
        url: String = "https://user:pa55@example.com:8443/a?token=s3cret&b=1"
    ) throws -> CheckResult {
        var endpoint = Endpoint(
            name: "api", group: "shop", url: url, target: .http(url: url),
            conditions: try conditions.map { try Condition($0) }
        )
        endpoint.ui = ui
        var result = CheckResult(of: endpoint, endedAt: runTime)
        let attempt = CheckAttempt(
            observation, of: endpoint, startedAt: runTime, endedAt: runTime + .milliseconds(120)
        )
        result.take(attempt, of: endpoint)
        return result
    }

    @Test func json() throws {
        var observation = Observation.status(500)
        observation.certificateExpiration = .seconds(-86_400)
        observation.notes = ["only the first 5 bytes of the body were read"]
        #expect(
            try result(observation).json.description
                == #"{"name":"api","group":"shop","url":"https://example.com:8443/a?token=***&b=1","outcome":"down","#
                + #""attempts":1,"startedAt":"2026-11-21T03:42:00.000Z","durationMs":120.0,"conditions":["#
                + #"{"condition":"[STATUS] (500) == 200","success":false}],"errors":[],"status":500,"ip":"192.0.2.7","#
                + #""responseTimeMs":100.0,"certificateDays":-1.0,"#
                + #""notes":["only the first 5 bytes of the body were read"]}"#
        )
    }

    @Test(arguments: [
        (["[STATUS] == 200"], Observation.status(200), true),
        (["[STATUS] == 200"], .status(500), false),
        (["[STATUS] < 600"], .failure("the certificate is for another host"), false),
        (["[CONNECTED] == false"], .failure("refused"), true),
        (["[CONNECTED] == true"], .failure("refused"), false),
        (["[CONNECTED] == false"], .notAsked("the proxy is dead"), false),
    ])
    func whenAnEndpointIsUp(conditions: [String], observation: Observation, isUp: Bool) throws {
        #expect(try result(observation, conditions: conditions).isUp == isUp)
    }

    @Test func anAnswerWithAnErrorIsNotUp() throws {
        var observation = Observation.status(200)
        observation.errors = ["the body was cut off"]
        #expect(try !result(observation).isUp)
        #expect(try !result(observation, conditions: ["[CONNECTED] == true"]).isUp)
    }

    @Test func whatTheConfigurationHides() throws {
        var observation = Observation.status(500)
        observation.errors = ["example.com:8443 refused https://user:pa55@example.com:8443/a?token=s3cret&b=1"]
        func shown(_ change: (inout UISettings) -> Void) throws -> CheckResult {
            var ui = UISettings()
            change(&ui)
            return try result(observation, ui: ui)
        }
        let url = try shown { $0.hidesURL = true }
        #expect(url.url == nil)
        #expect(url.errors == ["example.com:8443 refused <redacted>"])
        let host = try shown { $0.hidesHostname = true }
        #expect(host.url == "https://<redacted>:8443/a?token=***&b=1")
        #expect(host.measurements?.ip == "")
        #expect(host.errors[0].hasPrefix("<redacted>:8443 refused"))
        #expect(try shown { $0.hidesPort = true }.url == "https://example.com:<redacted>/a?token=***&b=1")
        let errors = try shown { $0.hidesErrors = true }
        #expect(errors.errors.isEmpty)
        #expect(!errors.isUp)
        let conditions = try shown { $0.hidesConditions = true }
        #expect(conditions.conditions.isEmpty)
        #expect(conditions.failedConditionCount == 1)
    }
}

@Suite struct PublicURLTests {
    @Test(arguments: [
        ("https://example.com", "https://example.com"),
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        ("https://user@example.com/", "https://example.com/"),
        ("https://user:p@ss@example.com/x@y", "https://example.com/x@y"),
        ("https://user:pass@example.com?x=1", "https://example.com?x=1"),
        ("tcp://u:p@[::1]:25", "tcp://[::1]:25"),
        ("https://example.com/?token=a&x=1", "https://example.com/?token=***&x=1"),
        (
            "https://example.com/?X-Amz-Signature=ab12&X-Amz-Date=20261121",
            "https://example.com/?X-Amz-Signature=***&X-Amz-Date=20261121"
        ),
        (
            "https://example.com/?Api_Key=1&author=me&key=2&keyword=x",
            "https://example.com/?Api_Key=***&author=me&key=***&keyword=x"
        ),
        ("https://example.com/?password=&token", "https://example.com/?password=&token"),
        ("https://example.com/?client_secret=a%20b#token=1", "https://example.com/?client_secret=***#token=1"),
        (
            "https://example.com/?to=https://a:b@example.org/&mail=a@b&x",
            "https://example.com/?to=https://example.org/&mail=a@b&x"
        ),
        ("https://a/?https://b:c@d?e@f", "https://a/?https://d?e@f"),
        ("8.8.8.8", "8.8.8.8"), ("", ""), ("?", "?"), ("https://gitlab.com/ä?ö=ü", "https://gitlab.com/ä?ö=ü"),
    ])
    func withoutSecrets(url: String, shown: String) {
        #expect(PublicURL.text(url) == shown)
    }

    @Test(arguments: [
        ("a.b.c", ".", "--", "a--b--c"), ("aaa", "aa", "b", "ba"), ("abc", "", "x", "abc"), ("abc", "abcd", "x", "abc"),
        ("ü=ü", "ü", "u", "u=u"),
    ])
    func substitution(text: String, part: String, replacement: String, result: String) {
        #expect(text.replacingBytes(part, with: replacement) == result)
    }
}
