import AWS
import Experiments
import JSON

/// Cache clusters and replication groups.
enum Caches {
    /// The clusters that the arguments name, and their tags; nodes that are named must be theirs.
    @Sendable static func clusterTargets(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.elastiCache)
        var targets: [NativeActivity.Target] = []
        for cluster in try await clusters(invocation.argument("cluster_ids").elements, client) {
            _ = try nodes(of: cluster, invocation)
            targets.append(
                NativeActivity.Target(
                    kind: "elasticache:cluster", id: cluster["CacheClusterId"]?.stringValue ?? "",
                    region: client.region, tags: try await tags(cluster, client)))
        }
        return targets
    }

    /// The replication groups that the arguments name, and their tags.
    @Sendable static func groupTargets(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.elastiCache)
        var targets: [NativeActivity.Target] = []
        for id in invocation.argument("group_ids").elements {
            let found = try await client.items("DescribeReplicationGroups", ["ReplicationGroupId": id])
            guard !found.isEmpty else {
                throw ExperimentError.failedActivity("Replication group \(id.pythonText) not found.")
            }
            for group in found { targets.append(try await target(group, client)) }
        }
        return targets
    }

    /// The replication group whose primary is to fail over; of one that does not exist the action itself tells.
    @Sendable static func failoverTargets(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        guard let id = invocation.given("replication_group_id"), invocation.given("node_group_id") != nil else {
            throw ExperimentError.failedActivity("you must specify the replication group id and node group id")
        }
        let client = try invocation.client(.elastiCache)
        let found = try await existing(["ReplicationGroupNotFoundFault"]) {
            try await client.items("DescribeReplicationGroups", ["ReplicationGroupId": id])
        }
        return [try await target(found?.first ?? ["ReplicationGroupId": id], client)]
    }

    private static func target(_ group: JSONValue, _ client: ActivityClient) async throws -> NativeActivity.Target {
        NativeActivity.Target(
            kind: "elasticache:replicationgroup", id: group["ReplicationGroupId"]?.pythonText ?? "",
            region: client.region, tags: try await tags(group, client))
    }

    private static func tags(_ resource: JSONValue, _ client: ActivityClient) async throws -> [String: String] {
        guard let arn = resource["ARN"] else { return [:] }
        let output = try await existing(["CacheClusterNotFound", "ReplicationGroupNotFoundFault"]) {
            try await client.call("ListTagsForResource", ["ResourceName": arn])
        }
        return output?["TagList"]?.tags ?? [:]
    }

    private static func clusters(_ ids: [JSONValue], _ client: ActivityClient) async throws -> [JSONValue] {
        var clusters: [JSONValue] = []
        for id in ids {
            let found = try await client.items(
                "DescribeCacheClusters", ["CacheClusterId": id, "ShowCacheNodeInfo": true])
            guard !found.isEmpty else {
                throw ExperimentError.failedActivity("Cache cluster \(id.pythonText) not found.")
            }
            clusters += found
        }
        return clusters
    }

    /// The nodes that are named, all of the cluster by default.
    ///
    /// chaosaws takes the nodes of the first cluster for all the others, too.
    private static func nodes(
        of cluster: JSONValue, _ invocation: NativeActivity.Invocation
    ) throws(ExperimentError) -> JSONValue {
        let actual = (cluster["CacheNodes"]?.elements ?? []).compactMap { $0["CacheNodeId"] }
        guard let named = invocation.given("node_ids")?.elements else { return .array(actual) }
        let missing = named.filter { !actual.contains($0) }
        guard missing.isEmpty else {
            throw .failedActivity(
                "Cache Cluster \((cluster["CacheClusterId"] ?? .null).pythonText) has no node(s) matching: "
                    + JSONValue.array(missing).pythonText)
        }
        return .array(named)
    }

    @Sendable static func reboot(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.elastiCache)
        let clusters = try await clusters(targets.map { .string($0.id) }, client)
        let results = try await forEachInTurn(
            clusters, "rebooted", name: { ($0["CacheClusterId"] ?? .null).pythonText },
            { cluster in
                let input: JSONObject = [
                    "CacheClusterId": cluster["CacheClusterId"] ?? .null,
                    "CacheNodeIdsToReboot": try nodes(of: cluster, invocation),
                ]
                return try await client.call("RebootCacheCluster", input)["CacheCluster"] ?? .null
            })
        return .array(results)
    }

    @Sendable static func deleteClusters(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.elastiCache)
        let results = try await forEachInTurn(targets, "deleted", name: \.id) { target in
            var input: JSONObject = ["CacheClusterId": .string(target.id)]
            input["FinalSnapshotIdentifier"] = invocation.given("final_snapshot_id")
            return try await client.call("DeleteCacheCluster", input)["CacheCluster"] ?? .null
        }
        return .array(results)
    }

    @Sendable static func deleteGroups(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.elastiCache)
        let results = try await forEachInTurn(targets, "deleted", name: \.id) { target in
            var input: JSONObject = [
                "ReplicationGroupId": .string(target.id),
                "RetainPrimaryCluster": invocation.argument("retain_primary_cluster"),
            ]
            input["FinalSnapshotIdentifier"] = invocation.given("final_snapshot_id")
            return try await client.call("DeleteReplicationGroup", input)["ReplicationGroup"] ?? .null
        }
        return .array(results)
    }

    @Sendable static func failOver(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let (group, node) = (try firstTarget(of: targets).id, invocation.argument("node_group_id"))
        let words = { (text: String) in
            "failed invoking the test failover API for replication group '\(group)' and node group "
                + "'\(node.pythonText)': '\(text)'"
        }
        return try await failures(words) {
            try await invocation.client(.elastiCache).response(
                "TestFailover", ["ReplicationGroupId": .string(group), "NodeGroupId": node])
        }
    }

    /// What chaosaws's `describe_cache_cluster` returns.
    static func describe(
        _ invocation: NativeActivity.Invocation, showsNodes: Bool = false
    ) async throws -> JSONValue {
        let id = invocation.argument("cluster_id")
        let output = try await refusals({ "describe_cache_cluster failed: (\($0.code)) \($0.message)" }) {
            try await invocation.client(.elastiCache).response(
                "DescribeCacheClusters", ["CacheClusterId": id, "ShowCacheNodeInfo": .bool(showsNodes)])
        }
        guard output["CacheClusters"]?.elements.isEmpty == false else {
            throw ExperimentError.failedActivity(
                "describe_cache_cluster failed: unable to find cache cluster with id: \(id.pythonText)")
        }
        return output
    }
}
