import Basics
import JSON
import Testing

@testable import UptimeChecker

/// How `suites` of a file are read.
@Suite struct SuiteFileTests {
    @Test func defaultsAreGatuss() throws {
        let file = try configuration(
            """
            suites:
              - name: login
                endpoints:
                  - {name: a, url: "http://a", conditions: ["[STATUS] == 200"]}
            """)
        let suite = try #require(file.suites.first)
        #expect(suite.interval == .seconds(600))
        #expect(suite.timeout == .seconds(300))
        #expect(suite.isEnabled)
        #expect(suite.group == nil)
        #expect(suite.key == "_login")
        #expect(suite.steps.map(\.name) == ["a"])
        #expect(suite.steps[0].step?.alwaysRuns == false)
        #expect(suite.steps[0].interval == .seconds(600))
        #expect(file.endpoints.isEmpty)
        #expect(file.notUsed.isEmpty)
    }

    @Test func everyKey() throws {
        let file = try configuration(
            """
            retry: {attempts: 2}
            allow: [link-local]
            suites:
              - name: Check Out
                group: shop/eu
                enabled: false
                interval: 5m
                timeout: 90s
                context: {price: "19.99", user: {host: db-7.example.com}}
                endpoints:
                  - name: first
                    group: other
                    interval: 1m
                    url: "tcp://[CONTEXT].user.host:5432"
                    conditions: ["[CONNECTED] == true"]
                    store: {ip: "[IP]", "db.state": "[CONNECTED]"}
                    alerts: [{type: slack}]
                  - name: second
                    url: "https://x/[CONTEXT].ip/[CONTEXT].db.state"
                    always-run: true
                    retry: {attempts: 3}
                    client: {store-cookies: true}
                    conditions: ["[BODY].price == [CONTEXT].price", "has([CONTEXT].user) == true"]
            """)
        let suite = try #require(file.suites.first)
        #expect(suite.key == "shop-eu_check-out")
        #expect(suite.displayName == "shop/eu/Check Out")
        #expect(!suite.isEnabled)
        #expect(suite.interval == .seconds(300))
        #expect(suite.timeout == .seconds(90))
        #expect(suite.context.value(at: "price") == "19.99")
        let (first, second) = (suite.steps[0], suite.steps[1])
        #expect(first.group == "shop/eu")
        #expect(first.target.host == "db-7.example.com", "with the values that are known")
        #expect(first.confirmation.attempts == 2)
        #expect(second.confirmation.attempts == 3)
        #expect(second.allowedAddresses == [.linkLocal])
        #expect(first.step?.stores.map(\.path) == ["ip", "db.state"])
        #expect(second.step?.alwaysRuns == true)
        #expect(second.client.storesCookies)
        #expect(second.target.host == "x")
        #expect(
            file.notUsed == [
                "line 12: suites[].group (that of the suite counts)",
                "line 13: suites[].interval (that of the suite counts)",
                "line 17: suites[].alerts (alarms on the metrics, or the notifier)",
            ])
    }

    @Test(arguments: [
        ("suites: 1", "line 1: suites: expected a list"),
        ("suites: []", "line 1: endpoints: expected at least one endpoint, such as"),
        ("suites: [a]", "line 1: suites[0]: expected a mapping of keys to values"),
        ("suites: [{name: a}]", "line 1: suites[0](a).endpoints: give the suite at least one endpoint"),
        ("suites: [{name: a, endpoints: []}]", "line 1: suites[0](a).endpoints: give the suite at least one endpoint"),
        (
            "suites: [{group: g, endpoints: [{name: a, url: 'http://a', conditions: ['[STATUS] == 1']}]}]",
            "line 1: suites[0].name: give the suite a name"
        ),
        (
            "suites: [{name: a, timeout: -1s, endpoints: [{name: a, url: 'http://a', conditions: ['[STATUS] == 1']}]}]",
            "line 1: suites[0](a).timeout: expected a positive duration"
        ),
        (
            "suites: [{name: a, interval: 5, endpoints: [{name: a, url: 'http://a', conditions: ['[STATUS] == 1']}]}]",
            "line 1: suites[0](a).interval: expected a duration with its unit"
        ),
        (
            "suites: [{name: a, endpoint: [], endpoints: [{name: a, url: 'http://a', conditions: ['[STATUS] == 1']}]}]",
            "line 1: suites[0](a).endpoint: unknown key, did you mean endpoints?"
        ),
        (
            "suites: [{name: a, context: 1, endpoints: [{name: a, url: 'http://a', conditions: ['[STATUS] == 1']}]}]",
            "line 1: suites[0](a).context: expected a mapping of names to values"
        ),
        (
            "suites: [{name: a, context: {a.b: 1}, endpoints: [{name: a, url: 'http://a', conditions: ['[STATUS] == 1']}]}]",
            "line 1: suites[0](a).context.a.b: a name has only letters, digits, _ and -"
        ),
        (
            "suites: [{name: a, endpoints: [{name: a, url: 'http://a', enabled: false, conditions: ['[STATUS] == 1']}]}]",
            "line 1: suites[0](a).endpoints: none is enabled"
        ),
        (
            "suites: [{name: a, endpoints: [{url: 'http://a', conditions: ['[STATUS] == 1']}]}]",
            "line 1: suites[0](a).endpoints[0].name: give the endpoint a name"
        ),
        (
            "suites: [{name: a, endpoints: [{name: x, url: 'sctp://a:1', conditions: ['[STATUS] == 1']}]}]",
            "line 1: suites[0](a).endpoints[0](x).url: "
        ),
    ])
    func faultsOfSuites(text: String, start: String) {
        let faults = FaultTests.faults(text)
        #expect(faults.hasPrefix(start), "\(faults)")
    }

    /// Faults of a step behind another that stores `id`.
    @Test(arguments: [
        ("url: 'http://b/[CONTEXT].idd'", "(b).url: nothing stores [CONTEXT].idd: did you mean [CONTEXT].id?"),
        ("body: 'x [CONTEXT].nope'", "(b).body: nothing stores [CONTEXT].nope: there are id"),
        ("headers: {X-A: '[CONTEXT].id.x'}", "(b).headers.X-A: nothing stores [CONTEXT].id.x: "),
        (
            "conditions: ['[BODY].x == [CONTEXT].ip']",
            "(b).conditions[0]: nothing stores [CONTEXT].ip: did you mean [CONTEXT].id?"
        ),
        ("conditions: ['has([CONTEXT].y) == true']", "(b).conditions[0]: nothing stores [CONTEXT].y: "),
        ("conditions: ['[CONTEXT] == 1']", "(b).conditions[0]: expected [CONTEXT] in capitals and a name"),
        ("conditions: ['[context].id == 1']", "(b).conditions[0]: expected [CONTEXT] in capitals and a name"),
        ("conditions: ['[BODY].x == pat([CONTEXT].id*)']", "(b).conditions[0]: [CONTEXT] is plain text in "),
        ("conditions: ['[BODY].x == id-[CONTEXT].id']", "(b).conditions[0]: [CONTEXT] is plain text in "),
        ("store: {x: '[BODYY].id'}", "(b).store.x: `[BODYY].id` is no placeholder, did you mean [BODY]?"),
        ("store: {x: '[BODY].a['}", "(b).store.x: "),
        ("store: {'a b': '[BODY]'}", "(b).store.a b: a name has only letters, digits, _ and -, and . between levels"),
        (
            "store: {x: '[BODY]'}, url: 'http://b/[CONTEXT].x'",
            "(b).url: [CONTEXT].x has no value yet: this endpoint itself stores it only afterwards"
        ),
        ("always-run: maybe", "(b).always-run: expected true or false"),
        ("name: a", "(a).name: the endpoint on line 1 of the suite has the same name"),
    ])
    func faultsOfSteps(keys: String, words: String) {
        let name = keys.prefix { $0 != ":" }
        let standard = ["name": "name: b", "url": "url: 'http://b'", "conditions": "conditions: ['[STATUS] == 200']"]
        let rest = standard.filter { $0.key != name && !keys.contains(", \($0.key):") }.values.sorted()
        let faults = FaultTests.faults(
            "suites: [{name: s, endpoints: [{name: a, url: 'http://a', conditions: ['[STATUS] == 200'], "
                + "store: {id: '[BODY].id'}}, {\((rest + [keys]).joined(separator: ", "))}]}]")
        #expect(faults.hasPrefix("line 1: suites[0](s).endpoints[1]\(words)"), "\(faults)")
    }

    @Test func aValueIsStoredBeforeItIsUsed() {
        let faults = FaultTests.faults(
            """
            suites:
              - name: s
                endpoints:
                  - {name: a, url: "http://a/[CONTEXT].id", conditions: ["[STATUS] == 200"]}
                  - {name: b, url: "http://b", conditions: ["[STATUS] == 200"], store: {id: "[BODY].id"}}
            """)
        #expect(
            faults
                == "line 4: suites[0](s).endpoints[0](a).url: [CONTEXT].id has no value yet: b stores it only afterwards"
        )
    }

    @Test func namesOfEndpointsAndSuitesAreUnique() {
        let faults = FaultTests.faults(
            """
            endpoints:
              - {name: a b, group: g, url: "http://a", conditions: ["[STATUS] == 200"]}
            suites:
              - {name: A-B, group: g, endpoints: [{name: a, url: "http://a", conditions: ["[STATUS] == 200"]}]}
              - {name: x, endpoints: [{name: a, url: "http://a", conditions: ["[STATUS] == 200"]}]}
              - {name: x, endpoints: [{name: a, url: "http://a", conditions: ["[STATUS] == 200"]}]}
            """)
        #expect(
            faults == """
                2 faults:
                line 4: suites[0](g/A-B).name: the endpoint on line 2 has the same key g_a-b: change name or group of one
                line 6: suites[2](x).name: the suite on line 5 has the same key _x: change name or group of one
                """)
    }

    @Test func theContextIsForSuites() {
        #expect(
            FaultTests.faults("endpoints: [{name: a, url: 'http://a', conditions: ['[BODY].a == [CONTEXT].a']}]")
                == "line 1: endpoints[0](a).conditions[0]: [CONTEXT] is for the endpoints of suites: write the value itself"
        )
    }

    /// A suite with a kind of check that Tocsin lacks is left out when it is not enabled.
    @Test func aDisabledSuiteMayHaveOtherKinds() throws {
        let step = #"{name: a, url: "sctp://a:1", conditions: ["[CONNECTED] == true"]}"#
        let other = #"{name: b, url: "http://b", conditions: ["[STATUS] == 200"]}"#
        let file = try configuration(
            """
            suites:
              - {name: off, enabled: false, endpoints: [\(step), \(other)]}
              - {name: on, endpoints: [\(other)]}
            """)
        #expect(file.suites.map(\.name) == ["on"])
        #expect(file.notUsed.count == 1)
    }

    @Test(arguments: [
        ([], ["g/web", "g/flow"]), (["flow"], ["g/flow"]), (["g/flow", "web"], ["g/web", "g/flow"]),
        (["g_off"], ["g/off"]),
    ])
    func chosenByName(names: [String], expected: [String]) throws {
        let chosen = try Self.both().selection(named: names)
        #expect(chosen.endpoints.map(\.displayName) + chosen.suites.map(\.displayName) == expected)
    }

    @Test func theNameOfAStep() throws {
        let error = #expect(throws: UptimeCheckerError.self) { try Self.both().selection(named: ["login"]) }
        #expect(
            error?.message
                == #"no endpoint or suite is named "login": the endpoints of a suite run together, so give the suite's name, g/flow"#
        )
    }

    private static func both() throws -> UptimeConfiguration {
        let step = #"{name: login, url: "http://a", conditions: ["[STATUS] == 200"]}"#
        return try configuration(
            """
            endpoints: [{name: web, group: g, url: "http://a", conditions: ["[STATUS] == 200"]}]
            suites:
              - {name: flow, group: g, endpoints: [\(step)]}
              - {name: off, group: g, enabled: false, endpoints: [\(step)]}
            """)
    }
}
