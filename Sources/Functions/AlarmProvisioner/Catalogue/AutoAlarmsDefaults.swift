import CloudWatchAlarms

extension AlarmCatalogue {
    /// The alarms that amazon-cloudwatch-auto-alarms makes when its environment says nothing else, for resources with
    /// the tag `Create_Auto_Alarms`: by default five minutes, once, and no word on missing data.
    ///
    /// Disks are those that the agent reports, not the device names that auto-alarms supposes for each distribution.
    /// Of functions it compares the average with 1, which is the share of the invocations that fail and never above 1;
    /// here it is the sum. The 1 is that of its code; its documentation says 0.
    public static let autoAlarmsDefaults: [AlarmRule] = [
        autoAlarm("auto-ec2-cpu", .ec2Instance, "AWS/EC2", "CPUUtilization", ["InstanceId": .resource], .greater, 75),
        autoAlarm(
            "auto-linux-disk", .ec2Instance, "CWAgent", "disk_used_percent",
            agentDimensions.merging(["device": .listed, "fstype": .listed, "path": .fixed("/")]) { $1 }, .greater, 80,
            attributes: linux),
        autoAlarm(
            "auto-linux-memory", .ec2Instance, "CWAgent", "mem_used_percent", agentDimensions, .greater, 75,
            attributes: linux),
        autoAlarm(
            "auto-windows-disk", .ec2Instance, "CWAgent", "LogicalDisk % Free Space",
            agentDimensions.merging(["objectname": .fixed("LogicalDisk"), "instance": .fixed("C:")]) { $1 }, .less, 20,
            attributes: windows),
        autoAlarm(
            "auto-windows-memory", .ec2Instance, "CWAgent", "Memory % Committed Bytes In Use",
            agentDimensions.merging(["objectname": .fixed("Memory")]) { $1 }, .greater, 75, attributes: windows),
        autoAlarm(
            "auto-rds-cpu", .rdsInstance, "AWS/RDS", "CPUUtilization", ["DBInstanceIdentifier": .resource], .greater,
            75),
        autoAlarm(
            "auto-lambda-errors", .lambdaFunction, "AWS/Lambda", "Errors", ["FunctionName": .resource], .greater, 1,
            statistic: "Sum"),
        autoAlarm(
            "auto-lambda-throttles", .lambdaFunction, "AWS/Lambda", "Throttles", ["FunctionName": .resource],
            .greater, 1, statistic: "Sum"),
    ]

    /// The tag that auto-alarms asks of a resource, with any value.
    public static let autoAlarmsTag = "Create_Auto_Alarms"

    /// `append_dimensions` of the agent's configuration that auto-alarms brings along.
    private static let agentDimensions: [String: TemplateDimension] = [
        "InstanceId": .resource, "ImageId": .resource, "InstanceType": .resource,
    ]
    private static let linux = ["platform": ["linux"]]
    private static let windows = ["platform": ["windows"]]

    private static func autoAlarm(
        _ name: String, _ kind: ResourceKind, _ namespace: String, _ metric: String,
        _ dimensions: [String: TemplateDimension], _ comparison: AlarmThreshold.Comparison, _ threshold: Double,
        statistic: String = "Average", attributes: [String: [String]] = [:]
    ) -> AlarmRule {
        AlarmRule(
            name: name, origin: RuleOrigin(.catalogue),
            match: ResourceMatch(kinds: [kind], tags: [autoAlarmsTag: ["*"]], attributes: attributes),
            template: AlarmTemplate(
                data: .metric(
                    TemplateMetric(
                        namespace: namespace, metric: metric, statistic: statistic, dimensions: dimensions)),
                threshold: .value(comparison, threshold), period: 300))
    }
}
