import AWS
import Experiments
import JSON

/// Clusters of EMR.
enum EMRClusters {
    /// The states after which nothing of a cluster is left.
    private static let ends: [JSONValue] = ["TERMINATED", "TERMINATED_WITH_ERRORS", "TERMINATING"]

    /// The cluster that the arguments name, and its tags.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.emr)
        let id = invocation.argument("cluster_id")
        return [
            NativeActivity.Target(
                kind: "elasticmapreduce:cluster", id: id.pythonText, region: client.region,
                tags: try await tags(invocation, client) ?? [:])
        ]
    }

    /// The tags of the cluster that the arguments name; nil when there is none, of which the action itself tells.
    static func tags(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> [String: String]? {
        try await existing(["InvalidRequestException"]) {
            try await client.call("DescribeCluster", ["ClusterId": invocation.argument("cluster_id")])["Cluster"]?[
                "Tags"]?.tags ?? [:]
        }
    }

    /// The cluster that the arguments name; nil when it has ended.
    static func find(_ invocation: NativeActivity.Invocation) async throws -> JSONValue? {
        let client = try invocation.client(.emr)
        let cluster = try await existing(["InvalidRequestException"]) {
            try await client.call("DescribeCluster", ["ClusterId": invocation.argument("cluster_id")])["Cluster"]
        }
        guard let cluster = cluster ?? nil, let state = cluster["Status"]?["State"] else { return nil }
        guard !ends.contains(state) else { return nil }
        return cluster
    }

    /// All instances that fit; chaosaws reads all pages, too.
    ///
    /// - Parameter filters: the arguments by the members of the input.
    static func instances(
        _ invocation: NativeActivity.Invocation, _ filters: [String: String]
    ) async throws -> JSONValue {
        var input: JSONObject = ["ClusterId": invocation.argument("cluster_id")]
        for (member, argument) in filters {
            guard let value = invocation.given(argument) else { continue }
            input[member] = member.hasSuffix("Types") ? [value] : value
        }
        input["InstanceStates"] = invocation.given("instance_states")
        let instances = try await refusals(\.message) {
            try await invocation.client(.emr).items("ListInstances", input)
        }
        return ["Instances": .array(instances)]
    }

    /// Sets the number of steps that ran at once before.
    static let resetConcurrency = NativeActivity.Undo(
        "sets the number of concurrent steps that the cluster had",
        calls: [.read("elasticmapreduce:DescribeCluster"), .change("elasticmapreduce:ModifyCluster")],
        capture: { invocation, _ in ["concurrency": try await find(invocation)?["StepConcurrencyLevel"] ?? .null] },
        check: { invocation, target, before in
            guard let cluster = try await find(invocation) else {
                return .nothingLeft("the cluster \(target.id) has ended")
            }
            let (now, old) = (cluster["StepConcurrencyLevel"] ?? .null, before["concurrency"] ?? .null)
            return now == old
                ? .restored
                : .stillBroken(
                    "the step concurrency of \(target.id) is \(now.pythonText), it was \(old.pythonText)")
        },
        restore: { invocation, target, before in
            guard let old = before["concurrency"], !old.isNull, let cluster = try await find(invocation),
                cluster["StepConcurrencyLevel"] != old
            else { return }
            _ = try await invocation.client(.emr).call(
                "ModifyCluster", ["ClusterId": .string(target.id), "StepConcurrencyLevel": old])
        })
}
