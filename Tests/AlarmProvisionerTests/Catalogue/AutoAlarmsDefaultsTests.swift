import AlarmProvisioner
import CloudWatchAlarms
import Foundation
import TestSupport
import Testing

/// The default alarms of amazon-cloudwatch-auto-alarms, as its code has them but for what can never go off.
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
        // The average of what a function counts is a share, and never above 1.
        #expect(metric.statistic == (expected.namespace == "AWS/Lambda" ? "Sum" : "Average"))
        #expect(metric.dimensions == expected.dimensions)
        #expect(rule.template.threshold == .value(expected.comparison, expected.threshold))
        #expect(rule.template.period == 300)
        #expect(rule.template.evaluationPeriods == 1)
        #expect(rule.template.missingData == .missing)
        #expect(rule.match.tags == ["Create_Auto_Alarms": ["*"]])
    }

    @Test("the rules file of the examples has the same rules")
    func example() throws {
        let url = Workspace.root.appending(path: "docs/examples/auto-alarms-defaults.yaml")
        let source = RuleFile.Source(name: "auto-alarms-defaults.yaml", bytes: Array(try Data(contentsOf: url)))
        let rules = try RuleFile.read([source], catalogue: .recommended).rules
        #expect(rules.map(\.name) == AlarmCatalogue.autoAlarmsDefaults.map(\.name))
        #expect(rules.map(\.match) == AlarmCatalogue.autoAlarmsDefaults.map(\.match))
        #expect(rules.map(\.template) == AlarmCatalogue.autoAlarmsDefaults.map(\.template))
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
