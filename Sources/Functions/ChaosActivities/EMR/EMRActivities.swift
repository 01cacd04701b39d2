import AWS
import Experiments
import JSON

/// The actions and probes of `chaosaws.emr`.
extension ChaosActivities {
    static var emr: [NativeActivity] { emrActions + emrProbes }

    private static let cluster = NativeActivity.Argument("cluster_id", .text)
    private static let fleet = NativeActivity.Argument("fleet_id", .text)
    private static let group = NativeActivity.Argument("group_id", .text)

    private static var emrActions: [NativeActivity] {
        let module = "chaosaws.emr.actions"
        let cluster = Self.cluster
        let groupCalls: [NativeActivity.Call] = [
            .read("elasticmapreduce:DescribeCluster"), .read("elasticmapreduce:ListInstanceGroups"),
            .change("elasticmapreduce:ModifyInstanceGroups"),
        ]
        return [
            .aws(
                module, "modify_cluster", .action, "Sets how many steps of a cluster run at once.",
                arguments: [cluster, .init("concurrency", .integer)],
                calls: [.read("elasticmapreduce:DescribeCluster"), .change("elasticmapreduce:ModifyCluster")],
                choice: "the cluster that is named", targets: EMRClusters.targets, undo: EMRClusters.resetConcurrency
            ) { invocation, targets in
                let input: JSONObject = [
                    "ClusterId": .string(try firstTarget(of: targets).id),
                    "StepConcurrencyLevel": invocation.argument("concurrency"),
                ]
                return try await refusals(\.message) {
                    try await invocation.client(.emr).response("ModifyCluster", input)
                }
            },
            .aws(
                module, "modify_instance_fleet", .action, "Sets the target capacities of an instance fleet.",
                arguments: [
                    cluster, fleet, .init("on_demand_capacity", .integer, .null),
                    .init("spot_capacity", .integer, .null),
                ],
                calls: [
                    .read("elasticmapreduce:DescribeCluster"), .read("elasticmapreduce:ListInstanceFleets"),
                    .change("elasticmapreduce:ModifyInstanceFleet"),
                ],
                choice: "the instance fleet that is named", targets: EMRFleets.targets, undo: EMRFleets.resetCapacity,
                run: EMRFleets.modify),
            .aws(
                module, "modify_instance_groups_instance_count", .action, "Sets the size of an instance group.",
                arguments: [cluster, group, .init("instance_count", .integer)], calls: groupCalls,
                choice: "the instance group that is named", targets: EMRGroups.targets, undo: EMRGroups.resetCount
            ) { invocation, targets in
                try await EMRGroups.modify(
                    invocation, targets, ["InstanceCount": invocation.argument("instance_count")])
            },
            .aws(
                module, "modify_instance_groups_shrink_policy", .action,
                "Sets which instances of a group go first when it shrinks, and how long they have.",
                arguments: [
                    cluster, group, .init("decommission_timeout", .integer, .null),
                    .init("terminate_instances", .list, .null), .init("protect_instances", .list, .null),
                    .init("termination_timeout", .integer, .null),
                ], calls: groupCalls, choice: "the instance group that is named",
                targets: EMRGroups.shrinkTargets, undo: EMRGroups.resetShrinkPolicy
            ) { invocation, targets in
                try await EMRGroups.modify(
                    invocation, targets, ["ShrinkPolicy": EMRGroups.shrinkPolicy(invocation)])
            },
        ]
    }

    private static var emrProbes: [NativeActivity] {
        let module = "chaosaws.emr.probes"
        let states = NativeActivity.Argument("instance_states", .list, .null)
        return [
            .aws(
                module, "describe_cluster", .probe, "A cluster: its state, times and settings.", arguments: [cluster],
                calls: [.read("elasticmapreduce:DescribeCluster")]
            ) { invocation, _ in
                try await refusals(\.message) {
                    try await invocation.client(.emr).response(
                        "DescribeCluster", ["ClusterId": invocation.argument("cluster_id")])
                }
            },
            .aws(
                module, "describe_instance_fleet", .probe, "An instance fleet; null when there is none.",
                arguments: [cluster, fleet], calls: [.read("elasticmapreduce:ListInstanceFleets")]
            ) { invocation, _ in try await EMRFleets.describe(invocation) },
            .aws(
                module, "describe_instance_group", .probe, "An instance group; null when there is none.",
                arguments: [cluster, group], calls: [.read("elasticmapreduce:ListInstanceGroups")]
            ) { invocation, _ in try await EMRGroups.describe(invocation) },
            .aws(
                module, "list_cluster_fleet_instances", .probe, "The instances of a fleet.",
                arguments: [cluster, fleet, .init("fleet_type", .text, .null), states],
                calls: [.read("elasticmapreduce:ListInstances")]
            ) { invocation, _ in
                try await EMRClusters.instances(
                    invocation, ["InstanceFleetId": "fleet_id", "InstanceFleetType": "fleet_type"])
            },
            .aws(
                module, "list_cluster_group_instances", .probe, "The instances of a group.",
                arguments: [cluster, group, .init("group_type", .text, .null), states],
                calls: [.read("elasticmapreduce:ListInstances")]
            ) { invocation, _ in
                try await EMRClusters.instances(
                    invocation, ["InstanceGroupId": "group_id", "InstanceGroupTypes": "group_type"])
            },
        ]
    }
}
