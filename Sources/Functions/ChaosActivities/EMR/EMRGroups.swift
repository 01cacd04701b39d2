import AWS
import Experiments
import JSON

/// Instance groups of EMR.
enum EMRGroups {
    /// The group that the arguments name, with the tags of its cluster.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.emr)
        let tags = try await EMRClusters.tags(invocation, client)
        if tags != nil, try await find(invocation) == nil {
            throw ExperimentError.failedActivity(
                "the cluster has no instance group \(invocation.argument("group_id").pythonText)")
        }
        let id = "\(invocation.argument("cluster_id").pythonText)/\(invocation.argument("group_id").pythonText)"
        return [
            NativeActivity.Target(
                kind: "elasticmapreduce:instancegroup", id: id, region: client.region, tags: tags ?? [:])
        ]
    }

    @Sendable static func shrinkTargets(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let names = ["decommission_timeout", "terminate_instances", "protect_instances"]
        guard names.contains(where: { invocation.given($0) != nil }) else {
            throw ExperimentError.failedActivity(
                "Must provide at least one of [\"decommission_timeout\", \"terminate_instances\","
                    + "\"protect_instances\"]")
        }
        guard invocation.given("termination_timeout") == nil || invocation.given("terminate_instances") != nil else {
            throw ExperimentError.failedActivity(
                "Must provide \"terminate_instances\" when specifying \"termination_timeout\"")
        }
        return try await targets(invocation)
    }

    /// The policy that the arguments describe.
    static func shrinkPolicy(_ invocation: NativeActivity.Invocation) -> JSONValue {
        var resize: JSONObject = [:]
        resize["InstancesToTerminate"] = invocation.given("terminate_instances")
        resize["InstancesToProtect"] = invocation.given("protect_instances")
        resize["InstanceTerminationTimeout"] = invocation.given("termination_timeout")
        var policy: JSONObject = [:]
        policy["DecommissionTimeout"] = invocation.given("decommission_timeout")
        if !resize.isEmpty { policy["InstanceResizePolicy"] = .object(resize) }
        return .object(policy)
    }

    /// Changes the group, and returns what it is afterwards.
    static func modify(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target], _ change: JSONObject
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        try await modify(invocation, change)
        return try await describe(invocation)
    }

    private static func modify(_ invocation: NativeActivity.Invocation, _ change: JSONObject) async throws {
        var group = change
        group["InstanceGroupId"] = invocation.argument("group_id")
        let input: JSONObject = [
            "ClusterId": invocation.argument("cluster_id"), "InstanceGroups": [.object(group)],
        ]
        _ = try await refusals(\.message) {
            try await invocation.client(.emr).call("ModifyInstanceGroups", input)
        }
    }

    /// What chaosaws returns: the group, or `null`, under the name of the list.
    static func describe(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        ["InstanceGroups": try await find(invocation) ?? .null]
    }

    private static func find(_ invocation: NativeActivity.Invocation) async throws -> JSONValue? {
        let id = invocation.argument("group_id")
        return try await refusals(\.message) {
            try await invocation.client(.emr)
                .items("ListInstanceGroups", ["ClusterId": invocation.argument("cluster_id")]).first { $0["Id"] == id }
        }
    }

    /// Sets the size of before; the service then starts or stops instances by itself.
    static let resetCount = reset(
        "sets the size that the group had", "size", member: "InstanceCount",
        read: { $0["RequestedInstanceCount"] ?? .null })

    /// Sets the policy of before.
    static let resetShrinkPolicy = reset(
        "sets the shrink policy that the group had", "shrink policy", member: "ShrinkPolicy",
        read: { $0["ShrinkPolicy"] ?? [:] })

    /// - Parameters:
    ///   - member: what the operation calls it.
    ///   - read: takes it from the description of a group.
    private static func reset(
        _ summary: String, _ word: String, member: String, read: @escaping @Sendable (JSONValue) -> JSONValue
    ) -> NativeActivity.Undo {
        NativeActivity.Undo(
            summary,
            calls: [
                .read("elasticmapreduce:DescribeCluster"), .read("elasticmapreduce:ListInstanceGroups"),
                .change("elasticmapreduce:ModifyInstanceGroups"),
            ],
            capture: { invocation, _ in ["before": try await find(invocation).map(read) ?? .null] },
            check: { invocation, target, before in
                guard try await EMRClusters.find(invocation) != nil, let group = try await find(invocation) else {
                    return .nothingLeft("the cluster of \(target.id) has ended")
                }
                let (now, old) = (read(group), before["before"] ?? .null)
                return now == old
                    ? .restored
                    : .stillBroken("the \(word) of \(target.id) is \(now.pythonText), it was \(old.pythonText)")
            },
            restore: { invocation, _, before in
                guard let old = before["before"], !old.isNull, try await EMRClusters.find(invocation) != nil,
                    let group = try await find(invocation), read(group) != old
                else { return }
                try await modify(invocation, [member: old])
            })
    }
}
