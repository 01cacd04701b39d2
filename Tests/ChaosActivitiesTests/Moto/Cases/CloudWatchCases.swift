import JSON

extension MotoTests.ChaosawsTests {
    private static func metric(_ more: JSONObject) -> JSONValue {
        var arguments: JSONObject = ["namespace": "Shop", "metric_name": "Errors"]
        for (key, value) in more { arguments[key] = value }
        return .object(arguments)
    }

    private static let service: JSONObject = ["dimension_name": "Service", "dimension_value": "front"]

    private static func ofService(_ more: JSONObject) -> JSONValue {
        var arguments = service
        for (key, value) in more { arguments[key] = value }
        return metric(arguments)
    }

    static let cloudWatch: [Case] =
        [
            Case("metrics", "cloudwatch.probes.get_alarm_state_value", ["alarm_name": "quiet"]),
            Case("metrics", "cloudwatch.probes.get_alarm_state_value", ["alarm_name": "loud"]),
            Case("metrics", "cloudwatch.probes.get_alarm_state_value", ["alarm_name": "nope"]),
            Case("metrics", "cloudwatch.probes.get_metric_statistics", metric(["statistic": "Sum"])),
            Case("metrics", "cloudwatch.probes.get_metric_statistics", ofService([:])),
            Case(
                "metrics", "cloudwatch.probes.get_metric_statistics",
                ofService(["statistic": "Sum", "duration": 600, "unit": "Seconds"])),
            Case(
                "metrics", "cloudwatch.probes.get_metric_statistics",
                metric([
                    "dimensions": [["Name": "Service", "Value": "front"]], "statistic": "Average", "duration": 600,
                ])),
            Case(
                "metrics", "cloudwatch.probes.get_metric_statistics",
                ofService(["statistic": "Sum", "duration": 60, "offset": 3600])),
            Case("metrics", "cloudwatch.probes.get_metric_data", metric(["statistic": "Sum"])),
        ]
        + ["Sum", "Average", "Minimum", "Maximum", "SampleCount"].flatMap { statistic in
            [
                Case(
                    "metrics", "cloudwatch.probes.get_metric_statistics",
                    ofService(["statistic": .string(statistic), "duration": 600])),
                Case(
                    "metrics", "cloudwatch.probes.get_metric_data",
                    ofService(["statistic": .string(statistic), "duration": 600])),
            ]
        } + [
            Case("metrics", "cloudwatch.probes.get_metric_data", ofService(["statistic": "Sum", "offset": 250]))
        ]
}
