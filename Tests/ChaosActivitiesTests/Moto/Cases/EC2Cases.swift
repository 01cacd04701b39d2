import JSON

extension MotoTests.ChaosawsTests {
    private static let web: JSONValue = [["Name": "tag:app", "Values": ["web"]]]
    private static let none: JSONValue = [["Name": "tag:app", "Values": ["none"]]]

    static let ec2: [Case] = ec2Instances + ec2Volumes + ec2Tags

    private static let ec2Volumes: [Case] = [
        Case("volumes", "ec2.actions.detach_random_volume", ["instance_ids": ["<web>"]]),
        Case("volumes", "ec2.actions.detach_random_volume", ["instance_ids": ["<web>", "<plain>", "<db>"]]),
        Case("volumes", "ec2.actions.detach_random_volume", ["filters": web, "force": false]),
        Case("volumes", "ec2.actions.detach_random_volume", ["filters": none]),
        Case("volumes", "ec2.actions.detach_random_volume", [:]),
        Case("volumes", "ec2.actions.detach_random_volume", ["instance_ids": ["i-00000000000000000"]]),
        Case(
            "volumes", "ec2.actions.detach_random_volume", ["instance_ids": ["<db>"]],
            script: ["ec2:DetachVolume": [["error": "IncorrectState", "message": "Volume is busy."]]]),
        Case("volumes", "ec2.actions.attach_volume", [:]),
        Case("volumes", "ec2.actions.attach_volume", ["instance_ids": ["<db>"]]),
        Case("volumes", "ec2.actions.attach_volume", ["instance_ids": ["<web>"]]),
        Case("volumes", "ec2.actions.attach_volume", ["filters": [["Name": "tag:app", "Values": ["db"]]]]),
        Case(
            "volumes", "ec2.actions.attach_volume", [:],
            script: ["ec2:AttachVolume": [["error": "VolumeInUse", "message": "It is attached."]]]),
    ]

    private static let ec2Tags: [Case] = [
        Case("volumes", "ec2.actions.set_tags_on_instances", ["tags": "team=c,new=x=y", "filters": web]),
        Case(
            "volumes", "ec2.actions.set_tags_on_instances",
            ["tags": [["Key": "new", "Value": ""]], "percentage": 50, "az": "eu-central-1a"]),
        Case(
            "volumes", "ec2.actions.set_tags_on_instances",
            ["tags": "a=b", "percentage": 0, "filters": [["Name": "tag-key", "Values": ["team"]]]]),
        Case("volumes", "ec2.actions.set_tags_on_instances", ["tags": []]),
        Case("volumes", "ec2.actions.remove_tags_from_instances", ["tags": "team=a"]),
        Case(
            "volumes", "ec2.actions.remove_tags_from_instances",
            ["tags": [["Key": "team", "Value": "b"]], "az": "eu-central-1a"]),
    ]

    private static let ec2Instances: [Case] = [
        Case("instances", "ec2.actions.stop_instance", ["instance_id": "<web0>"]),
        Case("instances", "ec2.actions.stop_instance", ["filters": web]),
        Case("instances", "ec2.actions.stop_instance", [:]),
        Case("instances", "ec2.actions.stop_instance", ["az": "eu-central-1z"]),
        Case("instances", "ec2.actions.stop_instances", ["filters": web, "force": true]),
        Case("instances", "ec2.actions.stop_instances", ["instance_ids": ["<web1>", "<db>"]]),
        Case("instances", "ec2.actions.stop_instances", ["instance_ids": ["i-00000000000000000"]]),
        Case("instances", "ec2.actions.stop_instances", ["filters": none]),
        Case("instances", "ec2.actions.stop_instances", [:]),
        Case("instances", "ec2.actions.start_instances", ["instance_ids": ["<db>"]]),
        Case("instances", "ec2.actions.start_instances", ["filters": none, "az": "a'b"]),
        Case("instances", "ec2.actions.start_instances", [:]),
        Case("instances", "ec2.actions.terminate_instance", ["instance_id": "<web2>"]),
        Case("instances", "ec2.actions.terminate_instance", ["filters": web]),
        Case("instances", "ec2.actions.terminate_instance", ["filters": none]),
        Case("instances", "ec2.actions.terminate_instance", [:]),
        Case("instances", "ec2.actions.terminate_instances", ["filters": web]),
        Case("instances", "ec2.actions.terminate_instances", ["instance_ids": ["<web0>", "<web1>"]]),
        Case("instances", "ec2.actions.terminate_instances", ["az": "x"]),
        Case("instances", "ec2.actions.terminate_instances", [:]),
        Case("instances", "ec2.actions.restart_instances", ["filters": web]),
        Case("instances", "ec2.actions.restart_instances", [:]),
        Case("instances", "ec2.probes.describe_instances", ["filters": web]),
        Case("instances", "ec2.probes.count_instances", ["filters": web]),
        Case("instances", "ec2.probes.count_instances", ["filters": none]),
        Case("instances", "ec2.probes.count_min_instances", ["filters": web, "min_count": 1]),
        Case("instances", "ec2.probes.count_min_instances", ["filters": web, "min_count": 2]),
        Case("instances", "ec2.probes.instance_state", ["state": "running", "filters": web]),
        Case("instances", "ec2.probes.instance_state", ["state": "running", "instance_ids": ["<db>"]]),
        Case("instances", "ec2.probes.instance_state", ["state": "running", "filters": none]),
        Case("instances", "ec2.probes.instance_state", ["state": "running"]),
    ]
}
