import AWS
import Experiments
import JSON

/// Instance fleets of EMR.
enum EMRFleets {
    /// The fleet that the arguments name, with the tags of its cluster.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        // chaosaws cannot set a capacity to 0: it takes that for absent.
        guard !invocation.argument("on_demand_capacity").isNull || !invocation.argument("spot_capacity").isNull else {
            throw ExperimentError.failedActivity(
                "Must provide at least one of [\"on_demand_capacity\", \"spot_capacity\"]")
        }
        let client = try invocation.client(.emr)
        let tags = try await EMRClusters.tags(invocation, client)
        if tags != nil, try await find(invocation) == nil {
            throw ExperimentError.failedActivity(
                "the cluster has no instance fleet \(invocation.argument("fleet_id").pythonText)")
        }
        let id = "\(invocation.argument("cluster_id").pythonText)/\(invocation.argument("fleet_id").pythonText)"
        return [
            NativeActivity.Target(
                kind: "elasticmapreduce:instancefleet", id: id, region: client.region, tags: tags ?? [:])
        ]
    }

    @Sendable static func modify(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        var fleet: JSONObject = ["InstanceFleetId": invocation.argument("fleet_id")]
        for (member, argument) in [
            ("TargetSpotCapacity", "spot_capacity"), ("TargetOnDemandCapacity", "on_demand_capacity"),
        ] where !invocation.argument(argument).isNull {
            fleet[member] = invocation.argument(argument)
        }
        try await modify(fleet, invocation)
        return try await describe(invocation)
    }

    private static func modify(_ fleet: JSONObject, _ invocation: NativeActivity.Invocation) async throws {
        let input: JSONObject = ["ClusterId": invocation.argument("cluster_id"), "InstanceFleet": .object(fleet)]
        _ = try await refusals(\.message) {
            try await invocation.client(.emr).call("ModifyInstanceFleet", input)
        }
    }

    /// What chaosaws returns: the fleet, or `null`, under the name of the list.
    static func describe(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        ["InstanceFleets": try await find(invocation) ?? .null]
    }

    private static func find(_ invocation: NativeActivity.Invocation) async throws -> JSONValue? {
        let id = invocation.argument("fleet_id")
        return try await refusals(\.message) {
            try await invocation.client(.emr)
                .items("ListInstanceFleets", ["ClusterId": invocation.argument("cluster_id")]).first { $0["Id"] == id }
        }
    }

    /// Sets the target capacities of before; the service then starts or stops instances by itself.
    static let resetCapacity = NativeActivity.Undo(
        "sets the target capacities that the fleet had",
        calls: [
            .read("elasticmapreduce:DescribeCluster"), .read("elasticmapreduce:ListInstanceFleets"),
            .change("elasticmapreduce:ModifyInstanceFleet"),
        ],
        capture: { invocation, _ in try await find(invocation).map { .object(capacity($0)) } ?? [:] },
        check: { invocation, target, before in
            guard try await EMRClusters.find(invocation) != nil, let fleet = try await find(invocation) else {
                return .nothingLeft("the cluster of \(target.id) has ended")
            }
            let now = JSONValue.object(capacity(fleet))
            return now == before
                ? .restored : .stillBroken("the target capacities of \(target.id) are \(now), they were \(before)")
        },
        restore: { invocation, _, before in
            guard var old = before.objectValue, !old.isEmpty, try await EMRClusters.find(invocation) != nil,
                let fleet = try await find(invocation), capacity(fleet) != old
            else { return }
            old["InstanceFleetId"] = invocation.argument("fleet_id")
            try await modify(old, invocation)
        })

    private static func capacity(_ fleet: JSONValue) -> JSONObject {
        [
            "TargetOnDemandCapacity": fleet["TargetOnDemandCapacity"] ?? 0,
            "TargetSpotCapacity": fleet["TargetSpotCapacity"] ?? 0,
        ]
    }
}
