import CloudWatchAlarms
import Testing

@testable import AlarmProvisioner

@Suite struct FleetAlarmsTests {
    private static let all = ResourceMatch(kinds: [.ec2Instance])
    private static let byTeam = RuleStyle.fleet(groupByTag: "team")
    private static let context = RuleExpansion.Context(telemetryTagScopes: [Fixture.scope])

    private func reason(_ desired: DesiredAlarms) -> String? {
        desired.texts.first.flatMap { text in
            text.split(separator: " because ", maxSplits: 1).last.map(String.init)
        }
    }

    @Test func oneAlarmForAllNeedsNoTags() throws {
        let desired = Fixture.expand(
            [Fixture.cpu(style: .fleet(groupByTag: nil))], [Fixture.instance("i-1"), Fixture.instance("i-2")])
        let alarm = try #require(desired.alarm("tocsin-cpu-fleet"))
        #expect(desired.alarms.count == 1)
        #expect(
            alarm.query
                == "SELECT AVG(CPUUtilization) FROM SCHEMA(\"AWS/EC2\", InstanceId) GROUP BY InstanceId ORDER BY "
                + "AVG() DESC"
        )
        #expect(alarm.metricCondition?.threshold == .value(.greater, 80))
        #expect(alarm.reason.resource == nil)
        #expect(alarm.reason.kind == .ec2Instance)
        #expect(alarm.reason.threshold == "above 80, for 2 resources in one query")
        #expect(
            alarm.alarm.description
                == "The average of CPUUtilization of any ec2:instance is above 80 in 3 of 3 periods of 5 m. Rule cpu, "
                + "rules.yaml.")
        #expect(desired.texts == [])
    }

    @Test func ownActionsAreThoseOfTheRegion() throws {
        var rule = Fixture.cpu(style: .fleet(groupByTag: nil))
        rule.template.actions = AlarmActions(
            alarm: ["arn:aws:sns:{region}:{account}:{name}"], ok: ["arn:aws:sns:us-east-1:1:t"])
        let desired = Fixture.expand(
            [rule], [Fixture.instance("i-1"), Fixture.instance("i-2")],
            options: AlarmOptions(propagatedTags: .only(["team"])))
        let alarm = try #require(desired.alarm("tocsin-cpu-fleet"))
        #expect(
            alarm.alarm.actions
                == AlarmActions(
                    alarm: ["arn:aws:sns:eu-central-1:123456789012:fleet"], propagatedTags: .only(["team"])))
        #expect(desired.texts.count == 1)
    }

    @Test func oneAlarmForEachValueOfATag() throws {
        let resources = [
            Fixture.instance("i-1", tags: ["team": "a"]), Fixture.instance("i-2", tags: ["team": "b"]),
            Fixture.instance("i-3", tags: ["team": "a"]),
        ]
        var rule = Fixture.cpu(style: Self.byTeam, statistic: "Minimum", threshold: .value(.less, 1))
        rule.severity = "critical"
        let desired = Fixture.expand([rule], resources, context: Self.context)
        #expect(desired.names == ["tocsin-cpu-a", "tocsin-cpu-b"])
        let alarm = try #require(desired.alarm("tocsin-cpu-a"))
        #expect(
            alarm.query
                == "SELECT MIN(CPUUtilization) FROM SCHEMA(\"AWS/EC2\", InstanceId) WHERE tag.team = 'a' GROUP BY "
                + "InstanceId ORDER BY MIN() ASC")
        #expect(
            alarm.alarm.tags == [
                "tocsin:owner": "tocsin", "tocsin:rule": "cpu", "tocsin:origin": "rules.yaml", "severity": "critical",
                "team": "a",
            ])
    }

    @Test func theRulesTagsArePartOfTheQuery() {
        let match = ResourceMatch(kinds: [.ec2Instance], tags: ["Environment": ["prod*"], "my-key": ["*"]])
        let resources = ["prod-1", "prod-2", "dev"].enumerated().map { index, value in
            Fixture.instance("i-\(index)", tags: ["Environment": value, "my-key": "x y", "team": "a"])
        }
        let desired = Fixture.expand([Fixture.cpu(match, style: Self.byTeam)], resources, context: Self.context)
        #expect(desired.names == ["tocsin-cpu-prod-1-x y-a", "tocsin-cpu-prod-2-x y-a"])
        #expect(
            desired.alarm("tocsin-cpu-prod-1-x y-a")?.query?.contains(
                "WHERE tag.Environment = 'prod-1' AND tag.\"my-key\" = 'x y' AND tag.team = 'a' GROUP") == true)
    }

    @Test func resourcesThatTheRuleDoesNotMatchAreLeftOut() {
        let match = ResourceMatch(kinds: [.ec2Instance], names: ["i-1", "i-2"])
        let desired = Fixture.expand(
            [Fixture.cpu(match, style: .fleet(groupByTag: nil))], ["i-1", "i-2", "i-3"].map { Fixture.instance($0) })
        #expect(desired.alarms.first?.query?.contains("WHERE InstanceId != 'i-3' GROUP BY") == true)
    }

    @Test func overriddenAndOptedOutResourcesAreLeftOut() throws {
        let resources = [
            Fixture.instance("i-1"), Fixture.instance("i-2", tags: [AlarmOptions.overrideTag: "cpu=99"]),
            Fixture.instance("i-3", tags: [AlarmOptions.overrideTag: "off"]),
        ]
        let desired = Fixture.expand([Fixture.cpu(style: .fleet(groupByTag: nil))], resources)
        #expect(desired.names == ["tocsin-cpu-fleet", "tocsin-cpu-i-2"])
        let query = try #require(desired.alarm("tocsin-cpu-fleet")?.query)
        #expect(query.contains("WHERE InstanceId != 'i-2' AND InstanceId != 'i-3' GROUP BY"))
        #expect(desired.alarm("tocsin-cpu-i-2")?.number == 99)
    }

    @Test(arguments: [(20, 1), (21, 0)])
    func aQueryLeavesOutNoMoreThanTwenty(_ others: Int, _ fleets: Int) {
        let match = ResourceMatch(kinds: [.ec2Instance], names: ["web-*"])
        let resources = ["web-1"] + (0..<others).map { "db-\($0)" }
        let desired = Fixture.expand(
            [Fixture.cpu(match, style: .fleet(groupByTag: nil))], resources.map { Fixture.instance($0) })
        #expect(desired.alarms.filter { $0.query != nil }.count == fleets)
        #expect(desired.alarms.count == 1)
        #expect(desired.notices.count == 1 - fleets)
    }

    // MARK: Falling back

    static let obstacles: [(AlarmRule, String?)] = [
        (Fixture.cpu(style: byTeam), nil),
        (Fixture.cpu(style: byTeam, statistic: "p99"), "Metrics Insights has no p99"),
        (
            Fixture.cpu(style: byTeam, threshold: .formula(.greater, ThresholdFormula("vcpus"))),
            "the threshold is a formula, and so differs from resource to resource"
        ),
        (Fixture.cpu(style: byTeam, threshold: .band(.above, width: 2)), "a query has no anomaly band"),
        (Fixture.cpu(style: byTeam, period: 3_600, periods: 3), nil),
        (Fixture.cpu(style: byTeam, period: 3_600, periods: 4), "Metrics Insights looks back no more than 3 h"),
        (Fixture.cpu(style: byTeam, missing: .breaching), "Metrics Insights does not see resources without data"),
    ]

    @Test(arguments: obstacles)
    func whatAQueryCannotDo(_ rule: AlarmRule, _ expected: String?) {
        let instance = WatchedResource(
            kind: .ec2Instance, scope: Fixture.scope, id: "i-1", name: "i-1", tags: ["team": "a"],
            dimensions: ["InstanceId": "i-1"], facts: [.processors: 2])
        let desired = Fixture.expand([rule], [instance], context: Self.context)
        #expect(desired.alarms.count == 1)
        #expect((desired.alarms.first?.query != nil && reason(desired) == nil) == (expected == nil))
        #expect(reason(desired) == expected)
    }

    @Test func dimensionsThatDifferFallBack() {
        var rule = Fixture.cpu(style: Self.byTeam)
        rule.template.data = .metric(
            TemplateMetric(
                namespace: "X", metric: "Y", statistic: "Sum",
                dimensions: ["InstanceId": .resource, "name": .fixed("{name}")]))
        let desired = Fixture.expand(
            [rule], [Fixture.instance("i-1", tags: ["team": "a"])], context: Self.context)
        #expect(reason(desired) == "a dimension differs from resource to resource")
        #expect(desired.alarms.first?.statistic?.dimensions == ["InstanceId": "i-1", "name": "i-1"])
    }

    @Test func withoutTelemetryTagsEachResourceHasItsAlarm() {
        let resources = [Fixture.instance("i-1", tags: ["team": "a"]), Fixture.instance("i-2", tags: ["team": "b"])]
        let desired = Fixture.expand([Fixture.cpu(style: Self.byTeam)], resources)
        #expect(desired.names == ["tocsin-cpu-i-1", "tocsin-cpu-i-2"])
        #expect(
            desired.notices == [
                RuleNotice(
                    .warning,
                    """
                    rule cpu (rules.yaml:4) in 123456789012/eu-central-1: 2 alarms for single resources instead of a \
                    fleet 
                    """
                        + "alarm, because metrics there do not carry the tags of resources: turn on resource tags on "
                        + "telemetry")
            ])
    }

    @Test func nothingIsMadeWhileNobodyKnowsWhetherMetricsHaveTags() {
        let desired = Fixture.expand(
            [Fixture.cpu(style: Self.byTeam)], [Fixture.instance("i-1", tags: ["team": "a"])],
            context: RuleExpansion.Context(unknownTelemetryTagScopes: [Fixture.scope]))
        #expect(desired.alarms.isEmpty)
        #expect(desired.notices.map(\.level) == [.warning])
        #expect(desired.notices.first?.text.contains("its alarms stay as they are") == true)
    }

    @Test func resourcesWithoutTheTagHaveTheirOwn() {
        let resources = [Fixture.instance("i-1", tags: ["team": "a"]), Fixture.instance("i-2")]
        let desired = Fixture.expand([Fixture.cpu(style: Self.byTeam)], resources, context: Self.context)
        #expect(desired.names == ["tocsin-cpu-a", "tocsin-cpu-i-2"])
        #expect(reason(desired) == "they have no tag team")
    }

    @Test(arguments: [("it's", true), ("a\"b", true), ("a\\b", true), ("a\nb", true), ("Müller & Co.", false)])
    func quotationMarksFallBack(_ value: String, _ isFallback: Bool) {
        let desired = Fixture.expand(
            [Fixture.cpu(style: Self.byTeam)], [Fixture.instance("i-1", tags: ["team": value])], context: Self.context)
        #expect((desired.alarms.first?.query == nil) == isFallback)
        #expect(desired.alarms.count == 1)
    }

    @Test(arguments: [
        ("InstanceId", "InstanceId"), ("AWS/EC2", "\"AWS/EC2\""), ("Cluster Name", "\"Cluster Name\""),
        ("5xx", "\"5xx\""), ("group", "\"group\""), ("a_1", "a_1"), ("", "\"\""),
    ])
    func identifiers(_ name: String, _ expected: String) throws {
        #expect(try FleetAlarms.identifier(name) == expected)
    }

    @Test(arguments: [(200, 200), (201, 200)])
    func aRegionHasTwoHundred(_ teams: Int, _ fleets: Int) {
        let resources = (0..<teams).map { Fixture.instance("i-\($0)", tags: ["team": "t\($0)"]) }
        let desired = Fixture.expand([Fixture.cpu(style: Self.byTeam)], resources, context: Self.context)
        #expect(desired.alarms.count == teams)
        #expect(desired.alarms.filter { $0.query != nil }.count == fleets)
        #expect(desired.notices.count == teams - fleets)
    }

    @Test(arguments: [(500, 0), (501, 1)])
    func moreThanFiveHundredSeriesAreToldOf(_ count: Int, _ notices: Int) {
        let resources = (0..<count).map { Fixture.instance("i-\($0)") }
        let desired = Fixture.expand([Fixture.cpu(style: .fleet(groupByTag: nil))], resources)
        #expect(desired.alarms.count == 1)
        #expect(desired.notices.count == notices)
    }

    @Test func theCatalogueGivesWayToAFleet() {
        var catalogue = Fixture.cpu()
        catalogue.name = "ec2-cpu"
        catalogue.origin = RuleOrigin(.catalogue)
        let desired = Fixture.expand(
            [catalogue, Fixture.cpu(style: .fleet(groupByTag: nil))], [Fixture.instance("i-1")])
        #expect(desired.names == ["tocsin-cpu-fleet"])
    }
}
