import JSON

extension MotoTests.UndoTests {
    static let ec2: [Case] = [
        Case(
            setup: "instances", function: "ec2.actions.stop_instance", arguments: ["instance_id": "<web0>"],
            removal: ("ec2", "terminate_instances", ["InstanceIds": ["<web0>"]])),
        Case(
            setup: "instances", function: "ec2.actions.stop_instances",
            arguments: ["filters": [["Name": "tag:app", "Values": ["web"]]]],
            removal: ("ec2", "terminate_instances", ["InstanceIds": ["<web0>", "<web1>", "<web2>"]])),
    ]
}
