import Basics
import CloudWatchAlarms
import ServiceLevels
import Testing

@testable import AlarmProvisioner

/// Files of other tools, from their text to alarms that CloudWatch and Prometheus take.
@Suite struct ObjectiveFileTests {
    private static let sloth = """
        version: prometheus/v1
        service: shop
        slos:
          - name: availability
            objective: 99.9
            sli:
              events:
                error_query: sum(rate(requests_total{code=~"5.."}[{{.window}}]))
                total_query: sum(rate(requests_total[{{.window}}]))
            alerting:
              name: ShopErrors
              annotations: {summary: Many errors, description: "{{ $labels.job }} fails", runbook: "https://r.example"}
              page_alert: {labels: {severity: pageteam}}
          - name: satisfaction
            objective: 95
            sli:
              raw: {error_ratio_query: 'avg_over_time((wifi < bool 0.7)[{{.window}}:1m])'}
            alerting: {ticket_alert: {disable: true}}
        """

    private static func openSLO(_ indicator: String, _ method: String, _ objective: String) -> String {
        """
        apiVersion: openslo/v1
        kind: SLO
        metadata: {name: web}
        spec:
          service: shop
          indicator: {spec: \(indicator)}
          timeWindow: [{duration: 28d}]
          budgetingMethod: \(method)
          objectives: [\(objective)]
        """
    }

    private static func ratio(_ counter: Bool, _ first: String, _ second: String) -> String {
        func source(_ query: String) -> String { "{metricSource: {type: Prometheus, spec: {query: '\(query)'}}}" }
        return "{ratioMetric: {counter: \(counter), \(first): \(source("sum(a{b=\"c\"})")), "
            + "\(second): \(source(second == "bad" ? "sum(a{b=\"d\"})" : "sum(a)"))}}"
    }

    private static func alarms(_ text: String, _ options: AlarmOptions = AlarmOptions()) throws -> DesiredAlarms {
        var result = DesiredAlarms()
        for rule in try ObjectiveRule.read(Array(text.utf8), file: "slo.yaml").rules {
            let alarms = rule.alarms(options: options, scope: AlarmScope(account: "1", region: "eu-west-1"))
            result.alarms += alarms.alarms
            result.notices += alarms.notices
        }
        return result
    }

    @Test func slothBecomesPageAndTicket() throws {
        let options = AlarmOptions(topics: ["pageteam": ["arn:team"], "critical": ["arn:all"], "": ["arn:rest"]])
        let result = try Self.alarms(Self.sloth, options)
        #expect(
            result.alarms.map(\.alarm.name) == [
                "tocsin-slo-shop-availability-page", "tocsin-slo-shop-availability-ticket",
                "tocsin-slo-shop-satisfaction-page",
            ])
        // The label severity of the file chooses the topic, before the alarm's own severity does.
        #expect(result.alarms.map(\.alarm.actions.alarm) == [["arn:team"], ["arn:rest"], ["arn:all"]])
        #expect(result.alarms[0].alarm.tags["alertname"] == "ShopErrors")
        #expect(result.alarms[0].alarm.tags["severity"] == "pageteam")
        #expect(result.alarms[0].alarm.description.hasSuffix(" Many errors https://r.example"))
        // The number of events behind a raw share is not known.
        #expect(result.notices.map(\.level) == [.warning])
        #expect(result.notices[0].text.contains("a share of unknown size"))
    }

    @Test func keysWithoutEffectBecomeNotices() throws {
        let notices = try ObjectiveRule.read(Array((Self.sloth + "\nslo_plugins: {}").utf8), file: "slo.yaml").notices
        #expect(notices.count == 1)
        #expect(notices[0].text.hasPrefix("slo.yaml: not used: line 19: slo_plugins ("))
    }

    @Test func faultsNameTheFile() {
        let error = #expect(throws: ProvisionerError.self) {
            try ObjectiveRule.read(Array("version: prometheus/v1\nservice: a\n".utf8), file: "slo.yaml")
        }
        #expect(error?.code == .invalid)
        #expect(error?.message.hasPrefix("slo.yaml: line 1: slos is not set") == true)
    }

    private static let openSLOFiles = [
        openSLO(ratio(true, "good", "total"), "Occurrences", "{target: 0.99}"),
        openSLO(ratio(false, "bad", "total"), "Occurrences", "{target: 0.99}"),
        openSLO(ratio(true, "good", "bad"), "Occurrences", "{target: 0.99}"),
        openSLO(
            ratio(true, "good", "total"), "Timeslices", "{target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 5m}"),
        openSLO(ratio(true, "bad", "total"), "RatioTimeslices", "{target: 0.99, timeSliceWindow: 5m}"),
        openSLO(
            "{thresholdMetric: {metricSource: {type: Prometheus, spec: {query: 'max(latency)'}}}}", "Occurrences",
            "{target: 0.99, op: lt, value: 0.2}"),
        openSLO(
            "{thresholdMetric: {metricSource: {type: Prometheus, spec: {query: 'max(latency)'}}}}", "Timeslices",
            "{target: 0.99, op: lte, value: 0.2, timeSliceTarget: 0.9, timeSliceWindow: 5m}"),
        openSLO(
            "{ratioMetric: {rawType: success, raw: {metricSource: {type: Prometheus, spec: {query: 'avg(up)'}}}}}",
            "Occurrences", "{target: 0.99}"),
    ]

    /// Every form of query is PromQL, and alarms when everything is bad, and only then.
    @Test(.enabled(if: Promtool.path != nil, "run ./build.sh test"), arguments: openSLOFiles + [sloth])
    private func queriesAlarm(text: String) throws {
        for desired in try Self.alarms(text).alarms {
            let query = try #require(desired.alarm.condition.query)
            // `a{b="c"}` is what the indicator counts: good events, or bad ones.
            let countsBad = text.contains("{bad:") || text.contains(", bad: {metricSource") && !text.contains("good:")
            let isGauge = text.contains("counter: false")
            let (many, none) = (isGauge ? "100+0x360" : "0+100x360", "0+0x360")
            func series(isWell: Bool) -> [(name: String, values: String)] {
                let (good, bad) = isWell ? (many, none) : (none, many)
                return [
                    (#"a{b="c"}"#, countsBad ? bad : good), (#"a{b="d"}"#, countsBad ? good : bad),
                    (#"requests_total{code="500"}"#, bad), (#"requests_total{code="200"}"#, good),
                    ("latency", isWell ? "0.1+0x360" : "0.9+0x360"), ("up", isWell ? "1+0x360" : none),
                    ("wifi", isWell ? "1+0x360" : none),
                ]
            }
            #expect(try Promtool.test(query, series(isWell: false), [(300, true)]) == nil, "\(text)\n\(query)")
            #expect(try Promtool.test(query, series(isWell: true), [(300, false)]) == nil, "\(text)\n\(query)")
        }
    }

    /// CloudWatch's own limits, by the check that every alarm passes before it is written.
    @Test(arguments: openSLOFiles + [sloth]) private func alarmsAreValid(text: String) throws {
        for desired in try Self.alarms(text).alarms { #expect(desired.alarm.faults == []) }
    }
}
