import JSON

extension MotoTests.UndoTests {
    static let autoScaling: [Case] = [
        Case(
            setup: "groups", function: "asg.actions.suspend_processes", arguments: ["asg_names": ["web"]],
            removal: ("autoscaling", "delete_auto_scaling_group", deletion("web"))),
        Case(
            setup: "groups", function: "asg.actions.suspend_processes",
            arguments: ["asg_names": ["api"], "process_names": ["Launch", "AZRebalance"]],
            removal: ("autoscaling", "delete_auto_scaling_group", deletion("api"))),
        Case(
            setup: "groups", function: "asg.actions.stop_random_instances",
            arguments: ["asg_names": ["web"], "instance_count": 2],
            removal: ("autoscaling", "delete_auto_scaling_group", deletion("web"))),
        Case(
            setup: "groups", function: "asg.actions.detach_random_instances",
            arguments: ["asg_names": ["web"], "instance_count": 2, "decrement_capacity": true],
            removal: ("autoscaling", "delete_auto_scaling_group", deletion("web"))),
        // Without a smaller capacity others are launched and terminated again: see InstanceStepTests.
        Case(
            setup: "zonal_groups", function: "asg.actions.change_subnets",
            arguments: ["asg_names": ["both"], "subnets": ["<subnet-of-b>"]],
            removal: ("autoscaling", "delete_auto_scaling_group", deletion("both"))),
        Case(
            setup: "zonal_groups", function: "asg.actions.detach_random_volume", arguments: ["asg_names": ["one"]],
            removal: ("ec2", "delete_volume", ["VolumeId": "<data>"])),
    ]

    private static func deletion(_ group: String) -> JSONValue {
        ["AutoScalingGroupName": .string(group), "ForceDelete": true]
    }
}
