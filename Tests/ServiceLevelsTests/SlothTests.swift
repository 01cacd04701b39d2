import Basics
import Testing

@testable import ServiceLevels

@Suite struct SlothTests {
    private static let file = """
        version: "prometheus/v1"
        service: "shop"
        labels: {owner: web, tier: 2}
        slo_plugins: {chain: [{id: p}]}
        slos:
          - name: "availability"
            objective: 99.9
            description: Requests succeed.
            labels: {tier: 1}
            interval: 4m
            sli:
              events:
                error_query: sum(rate(errors_total{job="shop"}[{{.window}}]))
                total_query: |
                  sum(rate(requests_total{job="shop"}[{{ .window }}]))
            alerting:
              name: ShopErrors
              labels: {category: availability}
              annotations: {summary: Many errors}
              page_alert:
                labels: {severity: pageteam}
                annotations: {summary: Wake up}
              ticket_alert: {disable: true}
          - name: "satisfaction"
            objective: 95
            sli: {raw: {error_ratio_query: "avg_over_time(bad[{{.window}}])"}}
        """

    private static func read(_ text: String) throws -> ObjectiveFile {
        try ObjectiveFile(parsing: Array(text.utf8), file: "slo.yaml")
    }

    static func fault(_ text: String) -> String {
        do throws(ServiceLevelsError) {
            _ = try ObjectiveFile(parsing: Array(text.utf8), file: "slo.yaml")
            return ""
        } catch { return error.message }
    }

    @Test func readsEvents() throws {
        let entry = try #require(Self.read(Self.file).objectives.first)
        let labels = ["alertname": "ShopErrors", "category": "availability"]
        #expect(entry.line == 6)
        #expect(
            entry.objective
                == Objective(
                    name: "availability", service: "shop", description: "Requests succeed.", target: 0.999,
                    window: .seconds(30 * 86_400),
                    indicator: .promQLEvents(
                        bad: #"sum(rate(errors_total{job="shop"}[{{.window}}]))"#,
                        total: #"sum(rate(requests_total{job="shop"}[{{.window}}]))"#, unit: .perSecond),
                    labels: ["owner": "web", "tier": "1"],
                    page: ObjectiveAlert(
                        labels: labels.merging(["severity": "pageteam"]) { $1 }, annotations: ["summary": "Wake up"]),
                    ticket: nil))
    }

    @Test func readsARatioWithoutAlerting() throws {
        let objective = try #require(Self.read(Self.file).objectives.last).objective
        #expect(objective.indicator == .promQLRatio(bad: "avg_over_time(bad[{{.window}}])"))
        #expect(objective.page == ObjectiveAlert())
        #expect(objective.ticket == ObjectiveAlert())
    }

    @Test func namesKeysWithoutEffect() throws {
        let notUsed = try Self.read(Self.file).notUsed
        #expect(notUsed.count == 2)
        #expect(notUsed[0].hasPrefix("line 4: slo_plugins"))
        #expect(notUsed[1].hasPrefix("line 10: slos[].interval"))
    }

    /// The resource of Kubernetes is the same in other letters.
    @Test func readsTheResource() throws {
        var lines = Self.file.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines.removeFirst()
        let body = lines.map { line in
            [
                ("error_query", "errorQuery"), ("total_query", "totalQuery"), ("page_alert", "pageAlert"),
                ("ticket_alert", "ticketAlert"), ("error_ratio_query", "errorRatioQuery"),
                ("slo_plugins", "sloPlugins"),
            ].reduce("  " + line) { $0.replacingBytes($1.0, with: $1.1) }
        }
        let head = ["apiVersion: sloth.slok.dev/v1", "kind: PrometheusServiceLevel", "metadata: {name: x}", "spec:"]
        let resource = try Self.read((head + body).joined(separator: "\n"))
        #expect(resource.objectives.map(\.objective) == (try Self.read(Self.file)).objectives.map(\.objective))
    }

    @Test func readsSeveralDocuments() throws {
        let second = Self.file.replacingBytes(#""shop""#, with: "pay")
        let file = try Self.read(Self.file + "\n---\n" + second)
        #expect(file.objectives.map(\.objective.service) == ["shop", "shop", "pay", "pay"])
    }

    @Test func tellsEveryFaultAtOnce() {
        let message = Self.fault(
            """
            version: prometheus/v1
            servce: shop
            slos:
              - name: a
                objective: 100
                sli: {events: {error_query: 'rate(x[5m])', total_query: 'rate(x{a="{{.service}}"}[{{.window}}])'}}
              - name: b
                objective: 99
                sli: {plugin: {id: x}}
                alerting: {page_alert: {disabel: true}}
              - name: c
                sli: {raw: {error_query: a}, events: {}}
              - objective: 99
            """)
        let lines = message.split(separator: "\n")
        let expected = [
            "slo.yaml: 11 faults:", "line 1: service is not set", "line 2: servce: unknown key, did you mean service?",
            "line 5: slos[0].objective is \"100\", expected a percentage above 0 and below 100",
            "line 6: slos[0].sli.events.error_query: the query has no {{.window}}",
            "line 6: slos[0].sli.events.total_query: only {{.window}} is filled in",
            "line 9: slos[1].sli.plugin: SLI plugins are Go code",
            "line 10: slos[1].alerting.page_alert.disabel: unknown key, did you mean disable?",
            "line 11: slos[2].objective is not set", "line 12: slos[2].sli: expected exactly one of events, raw",
            "line 13: slos[3].name is not set", "line 13: slos[3].sli is not set",
        ]
        #expect(lines.count == expected.count, "\(message)")
        for (line, start) in zip(lines, expected) { #expect(line.hasPrefix(start), "\(line)") }
    }

    @Test(arguments: [
        ("version: prometheus/v2\n", "slo.yaml: line 1: version: expected version: prometheus/v1 or apiVersion"),
        ("a: [\n", "slo.yaml: "), ("", "slo.yaml: there is no objective in it"),
        ("version: prometheus/v1\nservice: s\nslos: []\n", "slo.yaml: there is no objective in it"),
        (
            "version: prometheus/v1\nservice: s\nslos:\n- &a {name: a, objective: 9, sli: {raw: {error_ratio_query: 'x[{{.window}}]'}}}\n- *a\n",
            "slo.yaml: line 4: a second objective s/a, after the one on line 4"
        ),
    ])
    private func faults(text: String, start: String) {
        #expect(Self.fault(text).hasPrefix(start), "\(Self.fault(text))")
    }

    @Test(arguments: [
        (file, true), ("apiVersion: openslo/v1\nkind: SLO\n", true), ("apiVersion: sloth.slok.dev/v1\n", true),
        ("rules: []\n", false), ("objectives: []", false), ("[", false), ("", false), ("a\n---\nb", false),
    ])
    private func isTold(text: String, expected: Bool) {
        #expect(ObjectiveFile.isObjectiveFile(Array(text.utf8)) == expected)
    }
}
