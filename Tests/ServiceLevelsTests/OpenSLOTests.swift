import Basics
import Testing

@testable import ServiceLevels

@Suite struct OpenSLOTests {
    private static func read(_ text: String) throws -> [Objective] {
        try ObjectiveFile(parsing: Array(text.utf8), file: "slo.yaml").objectives.map(\.objective)
    }

    /// An SLO of one line for each part.
    private static func slo(
        indicator: String, objective: String = "{target: 0.99}", method: String = "Occurrences",
        window: String = "{duration: 28d, isRolling: true}", more: String = ""
    ) -> String {
        """
        apiVersion: openslo/v1
        kind: SLO
        metadata: {name: web, labels: {env: [prod, dev]}}
        spec:
          service: shop
          description: Requests succeed.
          \(indicator)
          timeWindow: [\(window)]
          budgetingMethod: \(method)
          objectives: [\(objective)]
          \(more)
        """
    }

    private static func ratio(_ counted: String, _ total: String, counter: Bool = true, key: String = "good") -> String
    {
        func source(_ query: String) -> String { "{metricSource: {type: Prometheus, spec: {query: '\(query)'}}}" }
        return "indicator: {metadata: {name: i}, spec: {ratioMetric: {counter: \(counter), \(key): \(source(counted)), "
            + "total: \(source(total))}}}"
    }

    // MARK: Indicators

    @Test(arguments: [
        (
            "sum(g{a=\"b\"})", "sum(t)", true, "sum(increase(g{a=\"b\"}[{{.window}}]))",
            "sum(increase(t[{{.window}}]))",
            Indicator.EventUnit.events
        ),
        ("g", "t{}", true, "sum(increase(g[{{.window}}]))", "sum(increase(t{}[{{.window}}]))", .events),
        (
            "sum by (x) (g)", "t", true, "increase((sum by (x) (g))[{{.window}}:1m])", "sum(increase(t[{{.window}}]))",
            .events
        ),
        ("g", "t", false, "sum_over_time((g)[{{.window}}:1m])", "sum_over_time((t)[{{.window}}:1m])", .unknown),
        (
            "rate(g[{{ .window }}])", "rate(t[{{.window}}])", false, "rate(g[{{.window}}])", "rate(t[{{.window}}])",
            .perSecond
        ),
        ("rate(g[{{.window}}])", "t", true, "rate(g[{{.window}}])", "sum(increase(t[{{.window}}]))", .unknown),
    ])
    private func queriesGetARange(
        counted: String, total: String, counter: Bool, first: String, second: String, unit: Indicator.EventUnit
    ) throws {
        let bad = try #require(
            Self.read(Self.slo(indicator: Self.ratio(counted, total, counter: counter, key: "bad"))).first)
        #expect(bad.indicator == .promQLEvents(bad: first, total: second, unit: unit))
        let good = try #require(Self.read(Self.slo(indicator: Self.ratio(counted, total, counter: counter))).first)
        let rest = "(\(second)) - ((\(first)) or (\(second)) * 0)"
        #expect(good.indicator == .promQLEvents(bad: rest, total: second, unit: unit))
    }

    @Test(
        arguments: [
            ("a", "a"), ("sum(a)", "a"), ("sum( a{b=\"}\"} )", "a{b=\"}\"}"), ("{__name__=\"a\"}", "{__name__=\"a\"}"),
            ("a{b=\"\\\"\"}", "a{b=\"\\\"\"}"), ("a / b", nil), ("sum(a) / sum(b)", nil),
            ("a{b=\"c\"} / a{b=\"d\"}", nil),
            ("rate(a[5m])", nil), ("sum(a) by (b)", nil), ("", nil),
        ] as [(String, String?)])
    private func selectors(query: String, expected: String?) {
        #expect(OpenSLOIndicator.selector(of: query) == expected)
    }

    @Test func readsCommonFields() throws {
        let objective = try #require(Self.read(Self.slo(indicator: Self.ratio("g", "t"))).first)
        #expect(objective.name == "web")
        #expect(objective.service == "shop")
        #expect(objective.description == "Requests succeed.")
        #expect(objective.labels == ["env": "prod,dev"])
        #expect(objective.window == .seconds(28 * 86_400))
        #expect(objective.target == 0.99)
    }

    @Test(arguments: [
        ("success", "1 - (avg_over_time((q)[{{.window}}:1m]))"), ("failure", "avg_over_time((q)[{{.window}}:1m])"),
    ])
    private func rawShares(type: String, expected: String) throws {
        let indicator =
            "indicator: {spec: {ratioMetric: {rawType: \(type), raw: {metricSource: {type: prometheus, spec: {query: q}}}}}}"
        #expect(try Self.read(Self.slo(indicator: indicator)).map(\.indicator) == [.promQLRatio(bad: expected)])
    }

    @Test(arguments: [("lt", ">="), ("lte", ">"), ("gt", "<="), ("gte", "<")])
    private func thresholds(sign: String, opposite: String) throws {
        let indicator =
            "indicator: {spec: {thresholdMetric: {metricSource: {type: Prometheus, spec: {query: latency}}}}}"
        let text = Self.slo(indicator: indicator, objective: "{op: \(sign), value: 200, target: 0.99}")
        #expect(
            try Self.read(text).map(\.indicator)
                == [.promQLRatio(bad: "avg_over_time(((latency) \(opposite) bool 200.0)[{{.window}}:1m])")])
    }

    @Test(arguments: [
        ("Timeslices", "(((sum(increase(b[5m]))) / (sum(increase(t[5m]))))) > bool 0.05"),
        ("RatioTimeslices", "(((sum(increase(b[5m]))) / (sum(increase(t[5m]))))) >= 0"),
    ])
    private func timeslices(method: String, judged: String) throws {
        let text = Self.slo(
            indicator: Self.ratio("b", "t", key: "bad"),
            objective: "{target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 5m}", method: method)
        let inner = judged.replacingBytes(
            "(((sum(increase(b[5m]))) / (sum(increase(t[5m])))))",
            with: "((sum(increase(b[5m]))) / (sum(increase(t[5m]))))")
        #expect(
            try Self.read(text).map(\.indicator)
                == [.promQLRatio(bad: "avg_over_time((\(inner))[{{.window}}:5m])")])
    }

    @Test(arguments: [
        "{ELB: a}", "[{name: ELB, value: a}]", "[{Name: ELB, Value: a}]",
    ])
    private func cloudWatchMetrics(dimensions: String) throws {
        func source(_ metric: String) -> String {
            "{metricSource: {type: CloudWatch, spec: {namespace: N, metricName: \(metric), stat: Sum, dimensions: \(dimensions)}}}"
        }
        let text = Self.slo(
            indicator: "indicator: {spec: {ratioMetric: {bad: \(source("B")), total: \(source("T"))}}}")
        func metric(_ name: String) -> [CountedMetric] {
            [CountedMetric(namespace: "N", metric: name, dimensions: ["ELB": "a"])]
        }
        #expect(
            try Self.read(text).map(\.indicator)
                == [.metrics(metric("B"), counts: .bad, total: metric("T"), source: .cloudwatch)])
    }

    // MARK: References and windows

    @Test func resolvesReferences() throws {
        let text =
            Self.slo(indicator: "indicatorRef: sli", more: "alertPolicies: [policy, {alertPolicyRef: policy}]") + """

                ---
                apiVersion: openslo/v1
                kind: SLI
                metadata: {name: sli}
                spec:
                  ratioMetric:
                    counter: true
                    good: {metricSource: {metricSourceRef: prom, spec: {query: g}}}
                    total: {metricSource: {metricSourceRef: prom, spec: {query: t}}}
                ---
                apiVersion: openslo/v1
                kind: DataSource
                metadata: {name: prom}
                spec: {type: Prometheus, connectionDetails: {url: x}}
                ---
                apiVersion: openslo/v1
                kind: AlertPolicy
                metadata: {name: policy}
                spec:
                  alertWhenBreaching: true
                  conditions:
                    - conditionRef: condition
                    - kind: AlertCondition
                      metadata: {name: inline}
                      spec: {severity: warning, condition: {kind: burnrate, op: gt, threshold: 1, lookbackWindow: 1d}}
                  notificationTargets: [{targetRef: mail}]
                ---
                apiVersion: openslo/v1
                kind: AlertCondition
                metadata: {name: condition}
                spec: {severity: page, condition: {kind: burnrate, op: gte, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}}
                ---
                apiVersion: openslo/v1
                kind: Service
                metadata: {name: shop}
                spec: {description: A shop}
                """
        let objective = try #require(Self.read(text).first)
        #expect(
            objective.conditions == [
                BurnCondition(severity: .page, factor: 2, window: .seconds(3_600), pending: .seconds(300)),
                BurnCondition(severity: .ticket, factor: 1, window: .seconds(86_400)),
            ])
        #expect(objective.ticket?.labels == ["severity": "warning"])
        #expect(objective.page?.labels == [:])
    }

    @Test(arguments: [
        ("28d", 28), ("4w", 28), ("1M", 30), ("1Q", 90), ("1Y", 365), ("720h", 30),
    ])
    private func windows(text: String, days: Int) throws {
        let objective = try #require(
            Self.read(
                Self.slo(
                    indicator: Self.ratio("g", "t"),
                    window:
                        "{duration: \(text), isRolling: false, calendar: {startTime: 2022-01-01 12:00:00, timeZone: UTC}}"
                )
            ).first)
        #expect(objective.window == .seconds(days * 86_400))
    }

    @Test func severalObjectivesAreNamed() throws {
        let text = Self.slo(
            indicator: Self.ratio("g", "t"), objective: "{displayName: Very Good!, target: 0.99}, {targetPercent: 99.5}"
        )
        let objectives = try Self.read(text)
        #expect(objectives.map(\.name) == ["web-very-good", "web-2"])
        #expect(objectives.map(\.target) == [0.99, 0.995])
    }

    @Test func readsV1Alpha() throws {
        let text = """
            - apiVersion: openslo/v1alpha
              kind: SLO
              metadata: {name: ratio, displayName: R}
              spec:
                service: api
                objectives:
                  - ratioMetrics:
                      good: {source: prometheus, queryType: promql, query: "sum(rate(g[{{.window}}]))"}
                      total: {source: prometheus, queryType: promql, query: "sum(rate(t[{{.window}}]))"}
                    target: 0.999
                timeWindows: [{count: 30, unit: Day}]
            - apiVersion: openslo/v1alpha
              kind: SLO
              metadata: {name: threshold}
              spec:
                service: api
                indicator: {thresholdMetric: {source: Prometheus, queryType: query, query: latency}}
                timeWindows: [{unit: Week, count: 1, isRolling: false}]
                budgetingMethod: Occurrences
                objectives: [{value: 200, op: lt, target: 0.98}]
            """
        let objectives = try Self.read(text)
        #expect(objectives.map(\.name) == ["ratio", "threshold"])
        #expect(objectives.map(\.window) == [.seconds(30 * 86_400), .seconds(7 * 86_400)])
        let total = "sum(rate(t[{{.window}}]))"
        #expect(
            objectives[0].indicator
                == .promQLEvents(
                    bad: "(\(total)) - ((sum(rate(g[{{.window}}]))) or (\(total)) * 0)", total: total, unit: .perSecond)
        )
    }

    // MARK: Faults

    @Test(arguments: [
        (
            slo(indicator: ratio("g", "t"), window: "{duration: 1h}"),
            "line 8: spec.timeWindow[0].duration: burn rates are made for windows of a day"
        ),
        (slo(indicator: ratio("g", "t"), window: "{duration: 1x}"), "line 8: spec.timeWindow[0].duration is \"1x\""),
        (
            slo(indicator: ratio("g", "t"), objective: "{target: 99}"),
            "line 10: spec.objectives[0].target is \"99\", expected a share"
        ),
        (
            slo(indicator: ratio("g", "t"), objective: "{target: 0.9, indicator: {}}"),
            "line 10: spec.objectives[0].indicator: an objective of several"
        ),
        (
            slo(indicator: ratio("g", "t"), method: "Timeslices"),
            "line 10: spec.objectives[0].timeSliceTarget is not set"
        ),
        (
            slo(indicator: ratio("g", "t"), method: "Slices"),
            "line 9: spec.budgetingMethod is \"Slices\", expected one of Occurrences"
        ),
        (
            slo(indicator: "indicatorRef: slii"),
            "line 7: spec.indicatorRef: there is no SLI slii: put it into the same file"
        ),
        (slo(indicator: "x: 1"), "2 faults"),
        (
            slo(indicator: ratio("g", "t"), more: "alertPolicies: [p]"),
            "line 11: spec.alertPolicies: there is no AlertPolicy p"
        ),
        (
            slo(
                indicator:
                    "indicator: {spec: {ratioMetric: {good: {metricSource: {type: Datadog, spec: {query: a}}}, total: {metricSource: {type: Datadog, spec: {query: a}}}}}}"
            ),
            "2 faults"
        ),
        (
            slo(
                indicator:
                    "indicator: {spec: {ratioMetric: {good: {metricSource: {type: CloudWatch, spec: {namespace: N, metricName: M}}}, total: {metricSource: {type: CloudWatch, spec: {namespace: N, metricName: M}}}}}}",
                objective: "{target: 0.9, timeSliceTarget: 0.9}", method: "Timeslices"),
            "line 10: spec.objectives[0].target: metric math cannot count good slices"
        ),
        (
            slo(
                indicator:
                    "indicator: {spec: {thresholdMetric: {metricSource: {type: CloudWatch, spec: {namespace: N, metricName: M}}}}}"
            ),
            "line 7: spec.indicator.spec.thresholdMetric.metricSource: an objective about the values of a CloudWatch metric"
        ),
        (
            slo(
                indicator:
                    "indicator: {spec: {ratioMetric: {good: {metricSource: {metricSourceRef: p, spec: {query: a}}}, total: {metricSource: {type: Prometheus, spec: {query: a}}}}}}"
            ),
            "line 7: spec.indicator.spec.ratioMetric.good.metricSource.metricSourceRef is \"p\", expected Prometheus or CloudWatch as type"
        ),
        ("apiVersion: openslo/v1\nkind: SLOO\n", "line 2: kind is \"SLOO\", expected one of SLO"),
        ("apiVersion: openslo/v2\nkind: SLO\n", "line 1: apiVersion: expected version: prometheus/v1"),
    ])
    private func faults(text: String, start: String) {
        let message = SlothTests.fault(text)
        #expect(message.hasPrefix("slo.yaml: \(start)"), "\(message)")
    }
}
