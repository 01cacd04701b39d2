import Basics
import Configuration
import ConfigurationSources
import ServiceLevels
import Testing
import YAML

@testable import AlarmProvisioner

@Suite struct ShortObjectiveTests {
    /// The rules and faults of a file that has a list `objectives`.
    static func read(_ text: String) throws -> (rules: [ObjectiveRule], faults: [String]) {
        let diagnostics = Diagnostics()
        let root = try #require(
            ConfigurationSection(YAMLNode(parsing: Array(text.utf8)), path: "", diagnostics: diagnostics))
        let rules = ObjectiveRule.read(root.sections("objectives"), file: "slo.yaml")
        return (rules, diagnostics.faults.map(\.description))
    }

    static func rule(_ text: String) throws -> ObjectiveRule {
        let (rules, faults) = try read(text)
        #expect(faults == [])
        return try #require(rules.first)
    }

    @Test func readsUptime() throws {
        let rule = try Self.rule(
            """
            objectives:
              - name: checks
                target: 99.9%
                window: 28d
                labels: {team: web}
                uptime: {group: shop, name: [front, api]}
            """)
        let dimensions = ["front", "api"].map { ["group": "shop", "name": $0, "region": "{region}"] }
        func metrics(_ statistic: CountedMetric.Statistic) -> [CountedMetric] {
            dimensions.map {
                CountedMetric(
                    namespace: "Monitoring/Uptime", metric: "success", dimensions: $0, statistic: statistic)
            }
        }
        #expect(rule.origin.description == "slo.yaml:2")
        #expect(rule.objective.service == "shop")
        #expect(rule.objective.target == 0.999)
        #expect(rule.objective.budget == 0.001)
        #expect(rule.objective.window == .seconds(28 * 86_400))
        #expect(rule.objective.labels == ["team": "web"])
        #expect(
            rule.objective.indicator
                == .metrics(metrics(.sum), counts: .good, total: metrics(.sampleCount), source: .cloudwatch))
    }

    @Test func readsUptimeOfAGroupByOTLP() throws {
        let rule = try Self.rule(
            "objectives: [{name: checks, target: 99, source: otlp, uptime: {group: shop}}]")
        guard case .metrics(let counted, .good, _, .otlp) = rule.objective.indicator else {
            Issue.record("\(rule.objective.indicator)")
            return
        }
        #expect(counted.map(\.dimensions) == [["group": "shop"]])
    }

    @Test(arguments: [
        ("{service: shop}", ["Region": "{region}", "Service": "shop"]),
        ("{group: pay, region: eu-west-1}", ["Region": "eu-west-1", "Group": "pay"]),
    ])
    private func readsSLATests(section: String, dimensions: [String: String]) throws {
        let rule = try Self.rule("objectives: [{name: tests, target: 99%, sla-test: \(section)}]")
        func metric(_ name: String) -> [CountedMetric] {
            [CountedMetric(namespace: "SLA-Monitor", metric: name, dimensions: dimensions)]
        }
        #expect(
            rule.objective.indicator
                == .metrics(
                    metric("integration-sla-failure"), counts: .bad, total: metric("integration-sla-attempts"),
                    source: .cloudwatch))
    }

    @Test func readsMetricsAndSettings() throws {
        let rule = try Self.rule(
            """
            objectives:
              - name: errors
                service: api
                target: 0.95
                bad: {namespace: AWS/Lambda, metric: Errors, dimensions: {FunctionName: f}}
                total:
                  - {namespace: AWS/Lambda, metric: Invocations, dimensions: {FunctionName: f}}
                  - {namespace: N, metric: M, statistic: samplecount}
                min-failures: 5
                min-events: 20
                page: false
                style: math
            """)
        guard case .metrics(let counted, .bad, let total, .cloudwatch) = rule.objective.indicator else {
            Issue.record("\(rule.objective.indicator)")
            return
        }
        #expect(counted.map(\.metric) == ["Errors"])
        #expect(total.map(\.statistic) == [.sum, .sampleCount])
        #expect(rule.objective.traffic == TrafficMinimum(failures: 5, events: 20))
        #expect(rule.objective.page == nil)
        #expect(rule.objective.ticket != nil)
        #expect(rule.style == .metricMath)
    }

    @Test func readsPromQL() throws {
        let rule = try Self.rule(
            """
            objectives:
              - name: errors
                target: 99%
                promql: {bad: 'rate(e[{{ .window }}])', total: 'rate(t[{{.window}}])'}
            """)
        #expect(
            rule.objective.indicator
                == .promQLEvents(bad: "rate(e[{{.window}}])", total: "rate(t[{{.window}}])", unit: .perSecond))
    }

    @Test(arguments: [
        ("99.9%", 0.999), ("99.9", 0.999), ("0.999", 0.999), ("1", 0.01), ("1%", 0.01), ("99.99 %", 0.9999),
    ])
    private func targets(text: String, expected: Double) throws {
        let rule = try Self.rule("objectives: [{name: a, target: \(text), sla-test: {service: s}}]")
        #expect(rule.objective.target == expected)
    }

    @Test(arguments: ["100%", "100", "0", "0%", "-1", "1e-3", "99,9", "nan", "101%"])
    private func wrongTargets(text: String) throws {
        let faults = try Self.read("objectives: [{name: a, target: '\(text)', sla-test: {service: s}}]").faults
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("line 1: objectives[0].target is \"\(text)\", expected the share") == true)
    }

    @Test func tellsEveryFaultAtOnce() throws {
        let faults = try Self.read(
            """
            objectives:
              - name: one
                target: 99%
                windw: 30d
                uptime: {group: shop}
              - target: 99%
                window: 1h
                sla-test: {service: a, group: b}
              - {name: three, target: 99%}
              - {name: four, target: 99%, bad: {namespace: N, metrik: M}, page: false, ticket: false}
              - {name: five, target: 99%, promql: {ratio: 'x[5m]'}}
              - {name: six, target: 99%, source: otlp, good: {namespace: AWS/EC2, metric: a}, total: {namespace: B, metric: b}}
              - {name: seven, target: 99%, sla-test: {service: a}, uptime: {name: b}}
              - {name: eight, target: 99%, service: x, sla-test: {service: a}}
              - {name: eight, target: 99%, service: x, sla-test: {service: a}}
            """
        ).faults
        let expected = [
            "line 5: objectives[0].uptime.name: metric math needs every dimension",
            "line 4: objectives[0].windw: unknown key, did you mean window?",
            "line 6: objectives[1].name is not set, expected a name",
            "line 7: objectives[1].window is \"1h\", expected at least 1d",
            "line 8: objectives[1].sla-test.service: expected either",
            "line 9: objectives[2].uptime: what is measured is missing",
            "line 10: objectives[3].bad.metric is not set",
            "line 10: objectives[3].bad.metrik: unknown key, did you mean metric?",
            "line 10: objectives[3].total is not set, expected the metric that counts all events",
            "line 10: objectives[3].ticket: neither page nor ticket",
            "line 11: objectives[4].promql.ratio: the query has no {{.window}}",
            "line 12: objectives[5].good.namespace: AWS's own metrics have another form",
            "line 13: objectives[6].uptime: only one of uptime, sla-test can be measured",
            "line 15: objectives[8].name: a second objective x/eight, after the one on line 14",
        ]
        #expect(faults.count == expected.count, "\(faults)")
        for (fault, start) in zip(faults, expected) { #expect(fault.hasPrefix(start), "\(fault)") }
    }
}
