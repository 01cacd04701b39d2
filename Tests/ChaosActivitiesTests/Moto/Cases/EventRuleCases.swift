import JSON

extension MotoTests.ChaosawsTests {
    static let eventRules: [Case] = [
        Case(
            "rules", "cloudwatch.actions.put_rule",
            [
                "rule_name": "new", "schedule_expression": "rate(5 minutes)", "state": "DISABLED",
                "description": "a rule", "role_arn": "arn:aws:iam::123456789012:role/events",
            ]),
        Case(
            "rules", "cloudwatch.actions.put_rule",
            ["rule_name": "hourly", "event_pattern": "{\"source\":[\"shop\"]}"]),
        Case("rules", "cloudwatch.actions.put_rule", ["rule_name": "new"]),
        Case(
            "rules", "cloudwatch.actions.put_rule_targets",
            ["rule_name": "hourly", "targets": [["Id": "t9", "Arn": "<queue>"], ["Id": "t1", "Arn": "<queue>-2"]]]),
        Case(
            "rules", "cloudwatch.actions.put_rule_targets",
            ["rule_name": "nope", "targets": [["Id": "t9", "Arn": "<queue>"]]]),
        Case("rules", "cloudwatch.actions.disable_rule", ["rule_name": "hourly"]),
        Case("rules", "cloudwatch.actions.disable_rule", ["rule_name": "nope"]),
        Case("rules", "cloudwatch.actions.enable_rule", ["rule_name": "off"]),
        Case("rules", "cloudwatch.actions.enable_rule", ["rule_name": "nope"]),
        Case("rules", "cloudwatch.actions.delete_rule", ["rule_name": "off"]),
        Case("rules", "cloudwatch.actions.delete_rule", ["rule_name": "hourly"]),
        Case("rules", "cloudwatch.actions.delete_rule", ["rule_name": "hourly", "force": true]),
        Case("rules", "cloudwatch.actions.remove_rule_targets", ["rule_name": "hourly"]),
        Case("rules", "cloudwatch.actions.remove_rule_targets", ["rule_name": "hourly", "target_ids": ["t2"]]),
        Case("rules", "cloudwatch.actions.remove_rule_targets", ["rule_name": "nope", "target_ids": ["t2"]]),
        Case(
            "rules", "cloudwatch.actions.put_metric_data",
            [
                "namespace": "Shop",
                "metric_data": [
                    [
                        "MetricName": "Errors", "Value": 55.5, "Unit": "Count",
                        "Dimensions": [["Name": "Service", "Value": "front"]],
                    ]
                ],
            ]),
        Case(
            "rules", "cloudwatch.actions.put_metric_data",
            ["namespace": "Shop", "metric_data": [["MetricName": "Errors", "Value": 1, "Values": [1]]]]),
    ]
}
