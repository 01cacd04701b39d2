import AlarmProvisioner
import CloudWatchAlarms
import Foundation
import TestSupport
import Testing

/// The entries for Tocsin's own metrics.
struct OwnMetricsTests {
    /// The files that name what functions write: an alarm on another name would never go off.
    private static let sources = [
        "Monitoring/Uptime": "UptimeChecker/Engine/CheckMetrics.swift", "SLA-Monitor": "MetricWriter/MetricTable.swift",
        "Tocsin": "../Base/FunctionRuntime/PartialFailures.swift",
        "Tocsin/Experiments": "Experiments/Outputs/JournalOutput.swift",
    ]

    @Test("metrics of our own are written under these names", arguments: AlarmCatalogue.tocsin)
    func names(_ entry: CatalogueEntry) throws {
        guard case .metric(let metric) = entry.data else {
            Issue.record("\(entry.name) is math")
            return
        }
        var text = try Self.text("Sources/Functions/" + #require(Self.sources[metric.namespace]))
        if metric.metric == "still_broken" {
            text = try Self.text("Sources/Functions/Experiments/Executor/ChaosExecutor+Sweep.swift")
        }
        #expect(text.contains("\"\(metric.metric)\""))
        for dimension in metric.dimensions.keys { #expect(text.contains("\"\(dimension)\"")) }
    }

    @Test(
        "the namespaces are those that functions write to unless told otherwise",
        arguments: [
            ("Monitoring/Uptime", "docs/uptime-checker.md"), ("SLA-Monitor", "docs/metric-writer.md"),
            ("Tocsin", "Sources/Base/FunctionRuntime/PartialFailures.swift"),
            ("Tocsin/Experiments", "terraform/aws/modules/tocsin/variables.tf"),
        ])
    func namespaces(_ namespace: String, _ file: String) throws {
        #expect(try Self.text(file).contains(namespace))
        #expect(Self.sources[namespace] != nil)
    }

    @Test(
        "what Terraform's alarms on experiments watch has an entry", arguments: ["deviated", "failed", "still_broken"])
    func experiments(_ metric: String) throws {
        #expect(try Self.text("terraform/aws/modules/tocsin/chaos-executor.tf").contains("metric = \"\(metric)\""))
        let entry = AlarmCatalogue.tocsin.first { entry in
            guard case .metric(let own) = entry.data else { return false }
            return own.namespace == "Tocsin/Experiments" && own.metric == metric && own.dimensions.isEmpty
        }
        #expect(entry?.threshold == .value(.greaterOrEqual, 1))
        #expect(entry?.period == 300)
        #expect(entry?.evaluationPeriods == (metric == "still_broken" ? 3 : 1))
    }

    @Test(
        "the alarms that tell of failures are defaults",
        arguments: ["uptime-down", "uptime-url-down", "sla-test-failed"])
    func defaults(_ name: String) {
        #expect(AlarmCatalogue.rules(CatalogueChoice(kinds: [.metric])).contains { $0.name == name })
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Workspace.root.appending(path: path), encoding: .utf8)
    }
}
