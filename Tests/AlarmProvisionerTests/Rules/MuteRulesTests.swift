import Basics
import CloudWatchAlarms
import Testing

@testable import AlarmProvisioner

@Suite struct MuteRulesTests {
    private static func window(
        _ match: ResourceMatch = ResourceMatch(kinds: []), rules: [String] = [], schedule: String = "cron(0 2 * * SUN)"
    ) -> MuteWindow {
        MuteWindow(
            name: "nightly", origin: RuleOrigin(.rules, file: "rules.yaml", line: 30), schedule: schedule,
            duration: .seconds(7_200), timeZone: "Europe/Berlin", match: match, rules: rules)
    }

    private func expand(
        _ window: MuteWindow, _ resources: [WatchedResource], composites: [CompositeRule] = [], now: Timestamp? = nil
    ) -> DesiredAlarms {
        RuleExpansion.expand(
            RuleSet(rules: [Fixture.errors(), Fixture.cpu()], windows: [window], composites: composites),
            over: DiscoveredResources(resources: resources), context: RuleExpansion.Context(now: now))
    }

    static let resources = [
        Fixture.function("f", tags: ["team": "a"]), Fixture.function("g", tags: ["team": "b"]), Fixture.instance("i-1"),
        Fixture.function("u", scope: Fixture.otherScope),
    ]

    static let cases: [(MuteWindow, [[String]])] = [
        (
            window(),
            [["tocsin-cpu-i-1", "tocsin-lambda-errors-f", "tocsin-lambda-errors-g"], ["tocsin-lambda-errors-u"]]
        ),
        (window(ResourceMatch(kinds: [.ec2Instance])), [["tocsin-cpu-i-1"]]),
        (window(ResourceMatch(kinds: [], tags: ["team": ["a"]])), [["tocsin-lambda-errors-f"]]),
        (window(ResourceMatch(kinds: [], regions: ["us-*"])), [["tocsin-lambda-errors-u"]]),
        (window(rules: ["cpu"]), [["tocsin-cpu-i-1"]]),
        (window(ResourceMatch(kinds: [], tags: ["team": ["b"]]), rules: ["lambda-*"]), [["tocsin-lambda-errors-g"]]),
        (window(rules: ["nothing"]), []),
    ]

    @Test(arguments: cases)
    func whoseAlarms(_ window: MuteWindow, _ expected: [[String]]) {
        let desired = expand(window, Self.resources)
        #expect(desired.muteRules.map(\.rule.alarms) == expected)
        let hint = "window nightly (rules.yaml:30) mutes nothing: no alarm matches it"
        #expect(desired.texts == (expected.isEmpty ? [hint] : []))
    }

    @Test func aMuteRuleHasItsWindowsSettings() {
        let desired = expand(Self.window(rules: ["cpu"]), Self.resources)
        #expect(
            desired.muteRules == [
                DesiredMuteRule(
                    rule: MuteRule(
                        name: "tocsin-nightly",
                        description: "cron(0 2 * * SUN) Europe/Berlin for 2 h. Window nightly, rules.yaml.",
                        schedule: "cron(0 2 * * SUN)", duration: .seconds(7_200), timeZone: "Europe/Berlin",
                        alarms: ["tocsin-cpu-i-1"],
                        tags: ["tocsin:owner": "tocsin", "tocsin:rule": "nightly", "tocsin:origin": "rules.yaml"]),
                    scope: Fixture.scope, origin: RuleOrigin(.rules, file: "rules.yaml", line: 30))
            ])
    }

    @Test(arguments: [(100, 1), (101, 2), (400, 4)])
    func atMostAHundredAlarmsEach(_ count: Int, _ least: Int) {
        let desired = expand(Self.window(), (0..<count).map { Fixture.function("f\($0)") })
        #expect(desired.muteRules.count >= least)
        #expect(desired.muteRules.allSatisfy { $0.rule.alarms.count <= 100 })
        #expect(Set(desired.muteRules.flatMap(\.rule.alarms)).count == count)
        #expect(desired.muteRules.reduce(0) { $0 + $1.rule.alarms.count } == count)
        #expect(Set(desired.muteRules.map(\.rule.name)).count == desired.muteRules.count)
    }

    @Test func oneMoreAlarmChangesOnePart() {
        func parts(_ count: Int) -> Set<MuteRule> {
            Set(expand(Self.window(), (0..<count).map { Fixture.function("f\($0)") }).muteRules.map(\.rule))
        }
        let (before, after) = (parts(340), parts(341))
        #expect(before.count > 2)
        // The part that it joins changes; where that was full, it becomes two.
        #expect(before.subtracting(after).count == 1)
    }

    @Test(arguments: [
        ("2026-12-24T23:59:59Z", 1), ("2026-12-25T11:59:59Z", 1), ("2026-12-25T12:00:00Z", 0),
    ])
    func aWindowThatIsOverEverywhereMakesNone(_ now: String, _ count: Int) {
        let desired = expand(
            Self.window(rules: ["cpu"], schedule: "at(2026-12-24T22:00)"), Self.resources,
            now: Timestamp(iso8601: now))
        #expect(desired.muteRules.count == count)
        #expect(desired.texts == [])
    }

    @Test(arguments: [("a", ["down"]), ("b", [])])
    func aCompositeIsMutedWithAllItsAlarms(_ team: String, _ extra: [String]) throws {
        let composite = CompositeRule(
            name: "down", origin: RuleOrigin(.rules), expression: try CompositeExpression(parsing: "ALARM(lambda-*)"),
            alarmName: "down")
        let resources = [Fixture.function("f", tags: ["team": "a"]), Fixture.function("g", tags: ["team": team])]
        let desired = expand(
            Self.window(ResourceMatch(kinds: [], tags: ["team": ["a"]])), resources, composites: [composite])
        #expect(desired.muteRules.flatMap(\.rule.alarms).filter { $0 == "down" } == extra)
    }
}
