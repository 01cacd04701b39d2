import AlarmProvisioner
import CloudWatchAlarms
import Foundation
import TestSupport
import Testing

/// Tocsin's own metrics and the defaults of auto-alarms.
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
        #expect(AlarmCatalogue.rules(kinds: [.metric]).contains { $0.name == name })
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Workspace.root.appending(path: path), encoding: .utf8)
    }
}

/// The default alarms of amazon-cloudwatch-auto-alarms, as its code has them.
struct AutoAlarmsDefaultsTests {
    @Test("defaults are auto-alarms' own", arguments: Default.all)
    func alarm(_ expected: Default) throws {
        let rule = try #require(AlarmCatalogue.autoAlarmsDefaults.first { $0.name == expected.name })
        guard case .metric(let metric) = rule.template.data else {
            Issue.record("\(expected.name) is math")
            return
        }
        #expect(metric.namespace == expected.namespace)
        #expect(metric.metric == expected.metric)
        #expect(metric.statistic == "Average")
        #expect(metric.dimensions == expected.dimensions)
        #expect(rule.template.threshold == .value(expected.comparison, expected.threshold))
        #expect(rule.template.period == 300)
        #expect(rule.template.evaluationPeriods == 1)
        #expect(rule.template.missingData == .missing)
        #expect(rule.match.tags == ["Create_Auto_Alarms": ["*"]])
    }

    @Test("there are no others")
    func count() {
        #expect(AlarmCatalogue.autoAlarmsDefaults.map(\.name) == Default.all.map(\.name))
    }

    struct Default: Sendable {
        var name, namespace, metric: String
        var comparison: AlarmThreshold.Comparison
        var threshold: Double
        var dimensions: [String: TemplateDimension]

        private static let agent: [String: TemplateDimension] = [
            "InstanceId": .resource, "ImageId": .resource, "InstanceType": .resource,
        ]

        static let all = [
            Self(
                name: "auto-ec2-cpu", namespace: "AWS/EC2", metric: "CPUUtilization", comparison: .greater,
                threshold: 75, dimensions: ["InstanceId": .resource]),
            Self(
                name: "auto-linux-disk", namespace: "CWAgent", metric: "disk_used_percent", comparison: .greater,
                threshold: 80,
                dimensions: agent.merging(["device": .listed, "fstype": .listed, "path": .fixed("/")]) { $1 }),
            Self(
                name: "auto-linux-memory", namespace: "CWAgent", metric: "mem_used_percent", comparison: .greater,
                threshold: 75, dimensions: agent),
            Self(
                name: "auto-windows-disk", namespace: "CWAgent", metric: "LogicalDisk % Free Space", comparison: .less,
                threshold: 20,
                dimensions: agent.merging(["objectname": .fixed("LogicalDisk"), "instance": .fixed("C:")]) { $1 }),
            Self(
                name: "auto-windows-memory", namespace: "CWAgent", metric: "Memory % Committed Bytes In Use",
                comparison: .greater, threshold: 75,
                dimensions: agent.merging(["objectname": .fixed("Memory")]) { $1 }),
            Self(
                name: "auto-rds-cpu", namespace: "AWS/RDS", metric: "CPUUtilization", comparison: .greater,
                threshold: 75, dimensions: ["DBInstanceIdentifier": .resource]),
            Self(
                name: "auto-lambda-errors", namespace: "AWS/Lambda", metric: "Errors", comparison: .greater,
                threshold: 1, dimensions: ["FunctionName": .resource]),
            Self(
                name: "auto-lambda-throttles", namespace: "AWS/Lambda", metric: "Throttles", comparison: .greater,
                threshold: 1, dimensions: ["FunctionName": .resource]),
        ]
    }
}
