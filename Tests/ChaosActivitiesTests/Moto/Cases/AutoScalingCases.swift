import JSON

extension MotoTests.ChaosawsTests {
    private static let teamA: JSONValue = [["Key": "team", "Value": "a"]]
    private static let nobody: JSONValue = [["Key": "team", "Value": "x"]]

    static let autoScaling: [Case] = scaling + membership

    private static let membership: [Case] = [
        // The cause tells the time.
        Case(
            "groups", "asg.actions.detach_random_instances", ["asg_names": ["web", "api"], "instance_count": 1],
            except: ["Cause"]),
        Case(
            "groups", "asg.actions.detach_random_instances",
            ["tags": teamA, "instance_percent": 67, "decrement_capacity": true], except: ["Cause"]),
        Case("groups", "asg.actions.detach_random_instances", ["asg_names": ["api"], "instance_count": 3]),
        Case("groups", "asg.actions.detach_random_instances", ["asg_names": ["api"]]),
        Case("groups", "asg.actions.detach_random_instances", ["instance_count": 1]),
        Case(
            "zonal_groups", "asg.actions.change_subnets", ["asg_names": ["both"], "subnets": ["<subnet-of-b>"]]),
        Case(
            "zonal_groups", "asg.actions.change_subnets",
            ["tags": [["Key": "team", "Value": "b"]], "subnets": ["<subnet-of-b>", "<subnet-of-a>"]]),
        Case("zonal_groups", "asg.actions.change_subnets", ["asg_names": ["x"], "subnets": ["<subnet-of-b>"]]),
        Case("zonal_groups", "asg.actions.change_subnets", ["subnets": ["<subnet-of-b>"]]),
        Case("zonal_groups", "asg.actions.detach_random_volume", ["asg_names": ["one"]]),
        Case("zonal_groups", "asg.actions.detach_random_volume", ["tags": [["Key": "team", "Value": "b"]]]),
        Case(
            "zonal_groups", "asg.actions.detach_random_volume", ["asg_names": ["one"]],
            script: ["ec2:DetachVolume": [["error": "IncorrectState", "message": "Volume is busy."]]]),
        Case("zonal_groups", "asg.actions.detach_random_volume", [:]),
        Case("zonal_groups", "asg.actions.attach_volume", ["asg_names": ["one"]]),
        Case("zonal_groups", "asg.actions.attach_volume", ["asg_names": ["x"]]),
        Case("groups", "asg.probes.is_scaling_in_progress", ["tags": teamA]),
        Case("groups", "asg.probes.is_scaling_in_progress", ["tags": nobody]),
        Case("groups", "asg.probes.is_scaling_in_progress", ["tags": []]),
        Case("groups", "asg.probes.wait_desired_not_equals_healthy_tags", ["tags": teamA, "timeout": -1]),
        Case("groups", "asg.probes.wait_desired_not_equals_healthy_tags", ["tags": nobody]),
        Case(
            "zonal_groups", "asg.probes.has_subnets",
            ["asg_names": ["both"], "subnets": ["<subnet-of-b>", "<subnet-of-a>"]]),
        Case("zonal_groups", "asg.probes.has_subnets", ["asg_names": ["both"], "subnets": ["<subnet-of-b>"]]),
        Case(
            "zonal_groups", "asg.probes.has_subnets",
            ["tags": [["Key": "team", "Value": "b"]], "subnets": ["<subnet-of-a>"]]),
        Case("zonal_groups", "asg.probes.has_subnets", ["subnets": ["<subnet-of-a>"]]),
        Case("zonal_groups", "asg.probes.has_subnets", ["asg_names": ["x"], "subnets": ["<subnet-of-a>"]]),
    ]

    private static let scaling: [Case] = [
        Case("groups", "asg.actions.suspend_processes", ["asg_names": ["web", "api"]]),
        Case("groups", "asg.actions.suspend_processes", ["tags": teamA, "process_names": ["Launch", "Terminate"]]),
        Case("groups", "asg.actions.suspend_processes", ["asg_names": ["web"], "process_names": ["Lunch"]]),
        Case("groups", "asg.actions.suspend_processes", ["asg_names": ["nope"]]),
        Case("groups", "asg.actions.suspend_processes", ["asg_names": ["web", "nope"]]),
        Case("groups", "asg.actions.suspend_processes", ["tags": nobody]),
        Case("groups", "asg.actions.suspend_processes", [:]),
        Case("groups", "asg.actions.suspend_processes", ["asg_names": ["web"], "tags": teamA]),
        Case("groups", "asg.actions.resume_processes", ["asg_names": ["api"]]),
        Case("groups", "asg.actions.resume_processes", ["asg_names": ["api"], "process_names": ["AZRebalance"]]),
        Case("groups", "asg.actions.stop_random_instances", ["asg_names": ["web"], "instance_count": 2]),
        Case("groups", "asg.actions.stop_random_instances", ["asg_names": ["web", "api"], "instance_percent": 50]),
        Case("groups", "asg.actions.stop_random_instances", ["tags": teamA, "az": "eu-central-1a", "force": true]),
        Case("groups", "asg.actions.stop_random_instances", ["tags": teamA, "az": "eu-central-1b"]),
        Case("groups", "asg.actions.stop_random_instances", ["tags": teamA, "instance_count": 4]),
        Case("groups", "asg.actions.terminate_random_instances", ["asg_names": ["web"], "instance_count": 1]),
        Case("groups", "asg.actions.terminate_random_instances", ["asg_names": ["web"], "instance_percent": 99.9]),
        Case("groups", "asg.actions.terminate_random_instances", ["asg_names": ["web"], "instance_percent": 200]),
        Case("groups", "asg.actions.terminate_random_instances", ["asg_names": ["web"]]),
        Case(
            "groups", "asg.actions.terminate_random_instances",
            ["asg_names": ["web"], "instance_count": 1, "instance_percent": 1, "az": "eu-central-1a"]),
        Case("groups", "asg.probes.describe_auto_scaling_groups", ["asg_names": ["web", "api"]]),
        Case("groups", "asg.probes.describe_auto_scaling_groups", ["tags": teamA]),
        Case("groups", "asg.probes.describe_auto_scaling_groups", ["asg_names": ["nope"]]),
        Case("groups", "asg.probes.describe_auto_scaling_groups", [:]),
        Case("groups", "asg.probes.desired_equals_healthy", ["asg_names": ["web", "api"]]),
        Case("groups", "asg.probes.desired_equals_healthy", ["asg_names": ["nope"]]),
        Case("groups", "asg.probes.desired_equals_healthy", ["asg_names": []]),
        Case("groups", "asg.probes.desired_equals_healthy_tags", ["tags": teamA]),
        Case("groups", "asg.probes.desired_equals_healthy_tags", ["tags": nobody]),
        Case("groups", "asg.probes.desired_equals_healthy_tags", ["tags": []]),
        Case("groups", "asg.probes.wait_desired_equals_healthy", ["asg_names": ["web"]]),
        Case("groups", "asg.probes.wait_desired_equals_healthy", ["asg_names": ["web"], "timeout": -1]),
        Case("groups", "asg.probes.wait_desired_equals_healthy_tags", ["tags": teamA]),
        Case("groups", "asg.probes.process_is_suspended", ["asg_names": ["api"], "process_names": ["AZRebalance"]]),
        Case("groups", "asg.probes.process_is_suspended", ["tags": teamA, "process_names": ["AZRebalance"]]),
        Case("groups", "asg.probes.process_is_suspended", ["asg_names": ["api"]]),
        Case("groups", "asg.probes.process_is_suspended", ["process_names": ["Launch"]]),
        Case("groups", "asg.probes.instance_count_by_health", ["asg_names": ["web", "api"]]),
        Case("groups", "asg.probes.instance_count_by_health", ["asg_names": ["web"], "count_healthy": false]),
        Case("groups", "asg.probes.instance_count_by_health", [:]),
    ]
}
