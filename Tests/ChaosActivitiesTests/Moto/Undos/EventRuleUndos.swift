import JSON

extension MotoTests.UndoTests {
    static let eventRules: [Case] = [
        Case(
            setup: "rules", function: "cloudwatch.actions.put_rule",
            arguments: ["rule_name": "new", "schedule_expression": "rate(5 minutes)"]),
        Case(
            setup: "rules", function: "cloudwatch.actions.put_rule",
            arguments: ["rule_name": "off", "schedule_expression": "rate(5 minutes)", "description": "new"],
            removal: ("events", "delete_rule", ["Name": "off"])),
        Case(
            setup: "rules", function: "cloudwatch.actions.enable_rule", arguments: ["rule_name": "off"],
            removal: ("events", "delete_rule", ["Name": "off"])),
        Case(setup: "rules", function: "cloudwatch.actions.disable_rule", arguments: ["rule_name": "hourly"]),
        Case(
            setup: "rules", function: "cloudwatch.actions.put_rule_targets",
            arguments: [
                "rule_name": "hourly", "targets": [["Id": "t9", "Arn": "<queue>"], ["Id": "t1", "Arn": "<queue>-2"]],
            ]),
        Case(
            setup: "rules", function: "cloudwatch.actions.remove_rule_targets", arguments: ["rule_name": "hourly"],
            removal: ("events", "delete_rule", ["Name": "hourly"])),
        Case(
            setup: "rules", function: "cloudwatch.actions.remove_rule_targets",
            arguments: ["rule_name": "hourly", "target_ids": ["t2"]]),
        Case(setup: "rules", function: "cloudwatch.actions.delete_rule", arguments: ["rule_name": "off"]),
        Case(
            setup: "rules", function: "cloudwatch.actions.delete_rule",
            arguments: ["rule_name": "hourly", "force": true]),
    ]
}
