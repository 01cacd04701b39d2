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
        Case(
            setup: "instances", function: "ec2.actions.stop_instances_by_incremental_steps",
            arguments: ["volume": 100, "step_quantity": 2, "step_duration": 5, "tags": ["app": "web"]],
            removal: ("ec2", "terminate_instances", ["InstanceIds": ["<web0>", "<web1>", "<web2>"]])),
        Case(
            setup: "volumes", function: "ec2.actions.detach_random_volume", arguments: ["instance_ids": ["<db>"]],
            removal: ("ec2", "delete_volume", ["VolumeId": "<rows>"])),
        Case(
            setup: "volumes", function: "ec2.actions.detach_random_volume", arguments: ["instance_ids": ["<db>"]],
            removal: ("ec2", "terminate_instances", ["InstanceIds": ["<db>"]])),
        Case(
            setup: "volumes", function: "ec2.actions.set_tags_on_instances",
            arguments: [
                "tags": [["Key": "team", "Value": "c"], ["Key": "new", "Value": "x"]],
                "filters": [["Name": "tag-key", "Values": ["team"]]],
            ], removal: ("ec2", "terminate_instances", ["InstanceIds": ["<web>", "<db>"]])),
        Case(
            setup: "volumes", function: "ec2.actions.remove_tags_from_instances", arguments: ["tags": "team=a"],
            removal: ("ec2", "terminate_instances", ["InstanceIds": ["<web>"]])),
    ]
}
