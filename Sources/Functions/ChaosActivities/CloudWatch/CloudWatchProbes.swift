import AWS
import Basics
import Experiments
import JSON

/// The probes of `chaosaws.cloudwatch`.
extension ChaosActivities {
    static var cloudWatchProbes: [NativeActivity] {
        let module = "chaosaws.cloudwatch.probes"
        let metric: [NativeActivity.Argument] = [
            .init("namespace", .text), .init("metric_name", .text), .init("dimension_name", .text, .null),
            .init("dimension_value", .text, .null), .init("dimensions", .list, .null),
        ]
        return [
            .aws(
                module, "get_alarm_state_value", .probe, "The state of an alarm: OK, ALARM or INSUFFICIENT_DATA.",
                arguments: [.init("alarm_name", .text)], calls: [.read("cloudwatch:DescribeAlarms")]
            ) { invocation, _ in
                let name = invocation.argument("alarm_name")
                let output = try await invocation.client(.cloudWatch).call("DescribeAlarms", ["AlarmNames": [name]])
                guard let alarm = output["MetricAlarms"]?[0] else {
                    throw ExperimentError.failedActivity("CloudWatch alarm name \(name.pythonText) not found")
                }
                return alarm["StateValue"] ?? .null
            },
            .aws(
                module, "get_metric_statistics", .probe,
                "A statistic of a metric over the last seconds; 0 without data.",
                arguments: metric + [
                    .init("duration", .integer, 60), .init("offset", .integer, 0), .init("statistic", .text, .null),
                    .init("extended_statistic", .text, .null), .init("unit", .text, .null),
                ], calls: [.read("cloudwatch:GetMetricStatistics")], run: metricStatistics),
            .aws(
                module, "get_metric_data", .probe,
                "A statistic of a metric's values in a time, rounded to two digits; 0 without data.",
                arguments: metric + [
                    .init("statistic", .text, .null), .init("duration", .integer, 300), .init("period", .integer, 60),
                    .init("offset", .integer, 0), .init("unit", .text, .null),
                ], calls: [.read("cloudwatch:GetMetricData")], run: metricData),
        ]
    }

    @Sendable private static func metricStatistics(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let (statistic, extended) = (invocation.argument("statistic"), invocation.argument("extended_statistic"))
        guard !statistic.isNull || !extended.isNull else {
            throw ExperimentError.failedActivity("You must supply argument for statistic or extended_statistic")
        }
        try requireDimensions(invocation)
        let duration = try seconds("duration", invocation)
        let end = try invocation.time.now() - seconds("offset", invocation)
        var input: JSONObject = [
            "Namespace": invocation.argument("namespace"), "MetricName": invocation.argument("metric_name"),
            "StartTime": .string((end - duration).iso8601), "EndTime": .string(end.iso8601),
            "Period": invocation.argument("duration"),
        ]
        input["Dimensions"] =
            invocation.given("dimensions") ?? [
                ["Name": invocation.argument("dimension_name"), "Value": invocation.argument("dimension_value")]
            ]
        if statistic.isTruthy { input["Statistics"] = [statistic] }
        if extended.isTruthy { input["ExtendedStatistics"] = [extended] }
        input["Unit"] = invocation.given("unit")
        let output = try await invocation.client(.cloudWatch).call("GetMetricStatistics", input)
        guard let point = output["Datapoints"]?[0] else { return 0 }
        let value = statistic.isTruthy ? point[statistic.pythonText] : point["ExtendedStatistics"]?[extended.pythonText]
        guard let value else {
            let missing: JSONValue = statistic.isTruthy ? statistic : "ExtendedStatistics"
            throw ExperimentError.failedActivity(
                "Unable to parse response '\(output)': ''\(missing.pythonText)''")
        }
        return value
    }

    @Sendable private static func metricData(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try requireDimensions(invocation)
        let now = invocation.time.now()
        let (start, end) = try (now - seconds("duration", invocation), now - seconds("offset", invocation))
        let statistic = invocation.argument("statistic")
        var metric: JSONObject = [
            "Namespace": invocation.argument("namespace"), "MetricName": invocation.argument("metric_name"),
        ]
        if let dimensions = invocation.given("dimensions") {
            metric["Dimensions"] = dimensions
        } else if let name = invocation.given("dimension_name"), let value = invocation.given("dimension_value") {
            metric["Dimensions"] = [["Name": name, "Value": value]]
        }
        var statement: JSONObject = [
            "Metric": .object(metric), "Period": invocation.argument("period"), "Stat": statistic,
        ]
        statement["Unit"] = invocation.given("unit")
        let input: JSONObject = [
            "MetricDataQueries": [
                ["Id": "m1", "MetricStat": .object(statement), "Label": invocation.argument("metric_name")]
            ],
            "StartTime": .string(start.iso8601),
            "EndTime": .string(end.iso8601),
        ]
        let output = try await invocation.client(.cloudWatch).call("GetMetricData", input)
        let results = output["MetricDataResults"]?.elements ?? []
        let values = results.flatMap { ($0["Values"]?.elements ?? []).compactMap(\.doubleValue) }
        guard !values.isEmpty else { return 0 }
        let sum = values.reduce(0, +)
        let value =
            switch statistic {
            case "Sum": sum
            case "Minimum": values.min() ?? 0
            case "Maximum": values.max() ?? 0
            default: sum / Double(values.count)
            }
        return .double(value.roundedToHundredths)
    }

    private static func requireDimensions(_ invocation: NativeActivity.Invocation) throws(ExperimentError) {
        let names = ["dimensions", "dimension_name", "dimension_value"]
        guard names.contains(where: { !invocation.argument($0).isNull }) else {
            throw .failedActivity("You must supply argument for dimensions")
        }
    }

    /// CloudWatch keeps data for 15 months; what is older is only empty.
    private static func seconds(
        _ name: String, _ invocation: NativeActivity.Invocation
    ) throws(ExperimentError) -> Duration {
        try invocation.seconds(name, upTo: 86_400 * 3_660)
    }
}

extension Double {
    /// Python's `round(x, 2)`: decided on the exact value of the number, a tie goes to the even digit.
    var roundedToHundredths: Double {
        let scaled = self * 100
        guard scaled.magnitude < 0x1p52 else { return self }
        let rest = (-scaled).addingProduct(self, 100)  // what the multiplication lost
        let floor = scaled.rounded(.down)
        let half = (scaled - floor) - 0.5 + rest
        let isUp = half == 0 ? floor.truncatingRemainder(dividingBy: 2) != 0 : half > 0
        return (isUp ? floor + 1 : floor) / 100
    }
}
