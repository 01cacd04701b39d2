import Basics
import CloudWatchAlarms
import JSON
import ServiceLevels
import Testing

@testable import AlarmProvisioner

@Suite struct ObjectiveAlarmTests {
    private static let scope = AlarmScope(account: "123456789012", region: "eu-central-1")
    private static let options = AlarmOptions(
        topics: ["critical": ["arn:page"], "": ["arn:rest"]], propagatedTags: .all)

    private static let short = """
        objectives:
          - name: tests
            target: 99.9%
            sla-test: {service: shop}
            labels: {team: "web (EU)"}
        """

    private static func alarms(_ text: String, _ options: AlarmOptions = options) throws -> DesiredAlarms {
        try ShortObjectiveTests.rule(text).alarms(options: options, scope: scope)
    }

    private static func otlp() throws -> DesiredAlarms {
        try alarms(short + "\n    source: otlp")
    }

    // MARK: Metric math

    @Test func metricMathMakesEightAlarmsAndTwoComposites() throws {
        let result = try Self.alarms(Self.short)
        #expect(
            result.alarms.map(\.alarm.name) == [
                "tocsin-slo-shop-tests-page-quick-1h", "tocsin-slo-shop-tests-page-quick-5m",
                "tocsin-slo-shop-tests-page-slow-6h", "tocsin-slo-shop-tests-page-slow-30m",
                "tocsin-slo-shop-tests-page", "tocsin-slo-shop-tests-ticket-quick-1d",
                "tocsin-slo-shop-tests-ticket-quick-2h", "tocsin-slo-shop-tests-ticket-slow-3d",
                "tocsin-slo-shop-tests-ticket-slow-6h", "tocsin-slo-shop-tests-ticket",
            ])
        #expect(result.notices == [])
    }

    @Test func windowsAreOnePeriodOfSums() throws {
        let alarm = try #require(Self.alarms(Self.short).alarms.first).alarm
        let dimensions = ["Region": "eu-central-1", "Service": "shop"]
        func query(_ id: String, _ metric: String) -> MetricQuery {
            MetricQuery(
                id: id,
                source: .metric(
                    MetricStatistic(
                        namespace: "SLA-Monitor", metric: metric, dimensions: dimensions, statistic: "Sum",
                        period: 3_600), account: nil))
        }
        let expression = "IF(FILL(bad1, 0) >= 3, IF(FILL(total1, 0) >= 1, FILL(bad1, 0) / FILL(total1, 0), 0), 0)"
        #expect(
            alarm.condition
                == .metric(
                    MetricCondition(
                        data: .queries([
                            query("bad1", "integration-sla-failure"), query("total1", "integration-sla-attempts"),
                            MetricQuery(
                                id: "burn", source: .expression(expression, period: nil),
                                label: "share of bad events", returnsData: true),
                        ]), threshold: .value(.greater, 0.0144), missingData: .notBreaching)))
        #expect(alarm.actions == AlarmActions())
    }

    @Test func goodEventsAreSubtracted() throws {
        let alarm = try #require(
            Self.alarms("objectives: [{name: c, target: 99%, min-events: 9, uptime: {group: g, name: [a, b]}}]").alarms
                .first
        ).alarm
        guard case .metric(let condition) = alarm.condition, case .queries(let queries) = condition.data,
            case .expression(let expression, _) = queries.last?.source
        else {
            Issue.record("\(alarm.condition)")
            return
        }
        let total = "(FILL(total1, 0) + FILL(total2, 0))"
        let bad = "(\(total) - (FILL(good1, 0) + FILL(good2, 0)))"
        #expect(expression == "IF(\(bad) >= 3, IF(\(total) >= 9, \(bad) / \(total), 0), 0)")
        #expect(queries.filter(\.returnsData).count == 1)
    }

    @Test func compositesJoinWindowsAndRates() throws {
        let alarms = try Self.alarms(Self.short).alarms
        let page = try #require(alarms.first { $0.alarm.name == "tocsin-slo-shop-tests-page" }).alarm
        func both(_ rate: String, _ long: String, _ short: String) -> AlarmRuleExpression {
            .and([long, short].map { .state(.alarm, alarm: "tocsin-slo-shop-tests-page-\(rate)-\($0)") })
        }
        #expect(
            page.condition
                == .composite(
                    CompositeCondition(rule: .or([both("quick", "1h", "5m"), both("slow", "6h", "30m")]))))
        #expect(page.actions == AlarmActions(alarm: ["arn:page"], ok: ["arn:page"], propagatedTags: .all))
    }

    /// CloudWatch's limits: 604,800 s in all, and 86,400 s when the period is below an hour.
    @Test(arguments: ["1d", "7d", "28d", "30d", "90d", "365d"])
    private func periodsAreWithinTheLimits(window: String) throws {
        for desired in try Self.alarms(Self.short + "\n    window: \(window)").alarms {
            #expect(desired.alarm.faults == [])
            guard case .metric(let condition) = desired.alarm.condition, case .queries(let queries) = condition.data
            else { continue }
            for query in queries {
                guard case .metric(let statistic, _) = query.source else { continue }
                #expect(statistic.period * condition.evaluationPeriods <= (statistic.period < 3_600 ? 86_400 : 604_800))
                #expect(statistic.period % 60 == 0)
            }
        }
    }

    @Test func topicsAreThoseOfTheRegion() throws {
        let options = AlarmOptions(topics: [
            "": ["arn:aws:sns:{region}:{account}:alarms", "arn:aws:sns:us-east-1:123456789012:alarms"]
        ])
        let result = try Self.alarms(Self.short, options)
        let targets = Set(result.alarms.map(\.alarm.actions.alarm))
        #expect(targets == [[], ["arn:aws:sns:eu-central-1:123456789012:alarms"]])
        #expect(result.notices.count == 2)
        for notice in result.notices { #expect(notice.text.contains("write {region} in place of us-east-1")) }
    }

    @Test func aSeverityWithoutTopicIsToldOf() throws {
        let result = try Self.alarms(Self.short, AlarmOptions(topics: ["critical": ["arn:page"]]))
        #expect(
            result.notices.map(\.text) == [
                "alarms of severity ticket notify nobody: add topics.ticket or topics.default"
            ])
    }

    // MARK: PromQL

    /// Conditions of one severity that wait for different times.
    @Test func eachDelayIsAnAlarm() throws {
        var rule = try ShortObjectiveTests.rule(Self.short + "\n    source: otlp")
        rule.objective.conditions = [
            BurnCondition(severity: .page, factor: 14.4, window: .seconds(3_600)),
            BurnCondition(severity: .page, factor: 6, window: .seconds(3_600), pending: .seconds(1_800)),
        ]
        let result = rule.alarms(options: Self.options, scope: Self.scope)
        #expect(
            result.alarms.map(\.alarm.name) == ["tocsin-slo-shop-tests-page", "tocsin-slo-shop-tests-page-after-30m"])
        let conditions = result.alarms.compactMap { desired -> PromQLCondition? in
            if case .promQL(let condition) = desired.alarm.condition { condition } else { nil }
        }
        #expect(conditions.map(\.pendingSeconds) == [0, 1_800])
        #expect(conditions.map { $0.query.contains("0.0144") } == [true, false])
        #expect(conditions.map { $0.query.contains("0.006") } == [false, true])
        #expect(result.alarms.map(\.alarm.actions.alarm) == [["arn:page"], ["arn:page"]])
    }

    @Test func promQLMakesTwoAlarms() throws {
        let result = try Self.otlp()
        #expect(result.alarms.map(\.alarm.name) == ["tocsin-slo-shop-tests-page", "tocsin-slo-shop-tests-ticket"])
        #expect(result.alarms.map(\.alarm.actions.alarm) == [["arn:page"], ["arn:rest"]])
        #expect(result.notices == [])
    }

    @Test func promQLSelectsOTLPMetrics() throws {
        let alarm = try #require(Self.otlp().alarms.first).alarm
        guard case .promQL(let condition) = alarm.condition else {
            Issue.record("\(alarm.condition)")
            return
        }
        let selector = #"Region="eu-central-1",Service="shop"}"#
        let ratio =
            #"((sum(sum_over_time({__name__="integration-sla-failure",\#(selector)[1h]))) / "#
            + #"(sum(sum_over_time({__name__="integration-sla-attempts",\#(selector)[1h])))) > 0.0144"#
        #expect(condition.query.hasPrefix("(" + ratio), "\(condition.query)")
        #expect(condition.query.contains("\nor\n"))
        #expect(condition.interval == 60)
        #expect(condition.recoverySeconds == 300)
    }

    @Test func quotesLabelsThatAreNoIdentifiers() throws {
        let query = try #require(
            Self.alarms(
                """
                objectives:
                  - name: a
                    target: 99%
                    source: otlp
                    bad: {namespace: N, metric: m, dimensions: {"service.name": 'a"b\\c', "9x": z}}
                    total: {namespace: N, metric: t}
                """
            ).alarms.first?.alarm.condition.query)
        #expect(query.contains(#"{__name__="m","9x"="z","service.name"="a\"b\\c"}"#))
    }

    // MARK: Styles

    @Test(arguments: [
        ("style: promql", "set `source: otlp`"), ("source: otlp\n    style: math", "metric math does not see"),
    ])
    private func impossibleStylesAreTold(settings: String, expected: String) throws {
        let result = try Self.alarms(Self.short + "\n    \(settings)")
        #expect(result.alarms.isEmpty)
        #expect(result.notices.map(\.level) == [.error])
        #expect(result.notices[0].text.contains(expected), "\(result.notices)")
        #expect(result.notices[0].text.hasPrefix("SLO shop/tests (slo.yaml:2): "))
    }

    /// Each endpoint is two metrics, and an alarm takes ten.
    @Test(arguments: [(5, 10), (6, 0)])
    private func tooManyMetricsAreTold(endpoints: Int, alarms: Int) throws {
        let names = (1...endpoints).map { "e\($0)" }.joined(separator: ", ")
        let result = try Self.alarms("objectives: [{name: c, target: 99%, uptime: {group: g, name: [\(names)]}}]")
        #expect(result.alarms.count == alarms)
        #expect(result.notices.count == (alarms == 0 ? 1 : 0))
    }

    @Test func costsOfBothWays() throws {
        let math = try ShortObjectiveTests.rule(Self.short).cost(options: Self.options, scope: Self.scope)
        #expect(math.chosen == .metricMath)
        #expect(math.metricMath.alarms == 10)
        // Eight alarms of two metrics, and two composites.
        #expect((math.metricMath.dollars - 2.6).magnitude < 1e-9)
        #expect(math.promQL.obstacle?.contains("METRIC_OUTPUT=otlp") == true)
        let promQL = try ShortObjectiveTests.rule(Self.short + "\n    source: otlp").cost(
            options: Self.options, scope: Self.scope)
        #expect(promQL.chosen == .promQL)
        #expect(promQL.promQL.alarms == 2)
        #expect(promQL.promQL.unknownPart != nil)
        #expect(promQL.metricMath.obstacle != nil)
    }

    @Test func describesTheCost() throws {
        let math = try ShortObjectiveTests.rule(Self.short).cost(options: Self.options, scope: Self.scope)
        #expect(math.description.hasPrefix("SLO shop/tests (slo.yaml:2): by metric math 10 alarms, $2.60 a month"))
        #expect(math.description.contains("; PromQL is not possible: "))
    }

    @Test func aPlanShowsBothWays() throws {
        let math = try ShortObjectiveTests.rule(Self.short).cost(options: Self.options, scope: Self.scope)
        var plan = AlarmPlan()
        plan.objectives = [math]
        #expect(plan.lines(width: 4_000).first == math.description)
        let json = plan.json()["objectives"]?[0]
        #expect(json?["rule"] == "shop/tests")
        #expect(json?["origin"] == "slo.yaml:2")
        #expect(json?["chosen"] == "math")
        #expect(json?["math"] == ["alarms": 10, "cost": 2.6, "unknownCost": .null])
        #expect(json?["promql"]?["obstacle"]?.stringValue?.contains("METRIC_OUTPUT=otlp") == true)
    }

    // MARK: Texts and tags

    @Test func describesInPlainWords() throws {
        let alarm = try #require(Self.otlp().alarms.first).alarm
        #expect(
            alarm.description
                == "shop/tests: 99.9 % in 30 d is in danger. Errors burn the budget 14.4 times too fast (in 1 h and in "
                + "the last 5 m), at which the budget of 30 d is used up in 2 d 2 h, or 6 times too fast (in 6 h and in "
                + "the last 30 m), at which the budget of 30 d is used up in 5 d.")
    }

    @Test func explainsTheThreshold() throws {
        let reason = try #require(Self.otlp().alarms.last).reason
        #expect(reason.threshold == "3 × 0.1 % budget = 0.3 % bad events, or 1 × 0.1 % budget = 0.1 % bad events")
        #expect(reason.rule == "shop/tests")
    }

    @Test func tagsEveryAlarm() throws {
        for desired in try Self.alarms(Self.short).alarms {
            #expect(
                desired.alarm.tags == [
                    "severity": desired.alarm.name.contains("-page") ? "page" : "ticket", "team": "web _EU_",
                    "tocsin:owner": "tocsin", "tocsin:rule": "shop/tests", "tocsin:origin": "slo.yaml",
                ])
        }
    }

    @Test func longNamesStayUniqueAndWithinTheLimit() throws {
        let names = try ["a", "b"].flatMap { end in
            try Self.alarms(
                "objectives: [{name: \(String(repeating: "ö", count: 200) + end), target: 99%, sla-test: {service: s}}]"
            ).alarms.map(\.alarm.name)
        }
        #expect(Set(names).count == 20)
        for name in names { #expect(name.utf8.count <= 255) }
    }
}

extension AlarmCondition {
    var query: String? { if case .promQL(let condition) = self { condition.query } else { nil } }
}
