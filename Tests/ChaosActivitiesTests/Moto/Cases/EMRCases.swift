import JSON

extension MotoTests.ChaosawsTests {
    private static let refused: JSONValue = [
        "error": "InvalidRequestException", "message": "Cluster id 'j-0' is not valid.", "status": 400,
    ]
    private static let fleets: JSONValue = [
        "InstanceFleets": [
            ["Id": "if-1", "TargetOnDemandCapacity": 2, "TargetSpotCapacity": 0],
            ["Id": "if-2", "TargetOnDemandCapacity": 1, "TargetSpotCapacity": 3],
        ]
    ]
    private static let ofFleets: JSONObject = [
        "emr:ListInstanceFleets": [fleets], "emr:ModifyInstanceFleet": [[:]],
    ]
    private static let ofGroups: JSONObject = ["emr:ModifyInstanceGroups": [[:]]]

    private static func fleet(_ more: JSONObject) -> JSONValue {
        var arguments: JSONObject = ["cluster_id": "<job>", "fleet_id": "if-2"]
        for (key, value) in more { arguments[key] = value }
        return .object(arguments)
    }

    private static func group(_ more: JSONObject) -> JSONValue {
        var arguments: JSONObject = ["cluster_id": "<job>", "group_id": "<core>"]
        for (key, value) in more { arguments[key] = value }
        return .object(arguments)
    }

    static let emr: [Case] = emrActions + emrProbes

    private static let emrActions: [Case] =
        [
            Case("mapreduce", "emr.actions.modify_cluster", ["cluster_id": "<job>", "concurrency": 5]),
            Case(
                "", "emr.actions.modify_cluster", ["cluster_id": "j-0", "concurrency": 5],
                script: ["emr:DescribeCluster": [refused], "emr:ModifyCluster": [refused]],
                uncompared: ["DescribeCluster"]),
            Case("", "emr.actions.modify_instance_fleet", ["cluster_id": "j-0", "fleet_id": "if-2"]),
        ]
        + [
            fleet(["on_demand_capacity": 4]), fleet(["spot_capacity": 1]),
            fleet(["on_demand_capacity": 4, "spot_capacity": 1]),
        ].map {
            Case(
                "mapreduce", "emr.actions.modify_instance_fleet", $0, script: ofFleets,
                uncompared: ["ListInstanceFleets"])
        }
        + [
            Case(
                "mapreduce", "emr.actions.modify_instance_groups_instance_count", group(["instance_count": 5])),
            Case(
                "", "emr.actions.modify_instance_groups_instance_count",
                ["cluster_id": "j-0", "group_id": "ig-0", "instance_count": 5],
                script: ["emr:DescribeCluster": [refused], "emr:ModifyInstanceGroups": [refused]],
                uncompared: ["DescribeCluster"]),
        ]
        + [
            group(["decommission_timeout": 60]), group(["protect_instances": ["i-1"]]),
            group(["terminate_instances": ["i-1"], "termination_timeout": 10]), group([:]),
            group(["protect_instances": ["i-1"], "termination_timeout": 10]),
        ].map { Case("mapreduce", "emr.actions.modify_instance_groups_shrink_policy", $0, script: ofGroups) }

    private static let instances: JSONObject = [
        "emr:ListInstances": [["Instances": [["Id": "ci-1"]], "Marker": "more"], ["Instances": [["Id": "ci-2"]]]]
    ]

    private static let emrProbes: [Case] =
        [
            Case("mapreduce", "emr.probes.describe_cluster", ["cluster_id": "<job>"]),
            Case(
                "", "emr.probes.describe_cluster", ["cluster_id": "j-0"], script: ["emr:DescribeCluster": [refused]]),
            Case(
                "", "emr.probes.describe_instance_fleet", ["cluster_id": "j-0", "fleet_id": "if-1"], script: ofFleets),
            Case(
                "", "emr.probes.describe_instance_fleet", ["cluster_id": "j-0", "fleet_id": "if-0"], script: ofFleets),
            Case(
                "", "emr.probes.describe_instance_fleet", ["cluster_id": "j-0", "fleet_id": "if-2"],
                script: ["emr:ListInstanceFleets": [["InstanceFleets": [], "Marker": "more"], fleets]]),
            Case(
                "", "emr.probes.describe_instance_fleet", ["cluster_id": "j-0", "fleet_id": "if-0"],
                script: ["emr:ListInstanceFleets": [refused]]),
            Case("mapreduce", "emr.probes.describe_instance_group", group([:])),
            Case("mapreduce", "emr.probes.describe_instance_group", group(["group_id": "ig-0"])),
        ]
        + [
            ["cluster_id": "j-0", "fleet_id": "if-1"],
            [
                "cluster_id": "j-0", "fleet_id": "if-1", "fleet_type": "CORE",
                "instance_states": ["RUNNING", "BOOTSTRAPPING"],
            ],
        ].map { Case("", "emr.probes.list_cluster_fleet_instances", $0, script: instances) }
        + [
            Case(
                "", "emr.probes.list_cluster_group_instances",
                ["cluster_id": "j-0", "group_id": "ig-1", "instance_states": ["RUNNING"]], script: instances),
            Case(
                "", "emr.probes.list_cluster_group_instances", ["cluster_id": "j-0", "group_id": "ig-1"],
                script: ["emr:ListInstances": [refused]]),
        ]
}
