import AWS
import Experiments
import JSON

/// The actions and probes of `chaosaws.elasticache`.
///
/// No action has an undo: a reboot and a failover end by themselves, and what a deleted cache held is gone.
extension ChaosActivities {
    static var elastiCache: [NativeActivity] { elastiCacheActions + elastiCacheProbes }

    private static var elastiCacheActions: [NativeActivity] {
        let module = "chaosaws.elasticache.actions"
        let snapshot = NativeActivity.Argument("final_snapshot_id", .text, .null)
        let clusterReads: [NativeActivity.Call] = [
            .read("elasticache:DescribeCacheClusters"), .read("elasticache:ListTagsForResource"),
        ]
        let groupReads: [NativeActivity.Call] = [
            .read("elasticache:DescribeReplicationGroups"), .read("elasticache:ListTagsForResource"),
        ]
        return [
            .aws(
                module, "reboot_cache_clusters", .action, "Reboots nodes of cache clusters, all by default.",
                arguments: [.init("cluster_ids", .list), .init("node_ids", .list, .null)],
                calls: clusterReads + [.change("elasticache:RebootCacheCluster")],
                choice: "the clusters that are named", targets: Caches.clusterTargets, run: Caches.reboot),
            .aws(
                module, "delete_cache_clusters", .action,
                "Deletes cache clusters, with a last snapshot where one is named.",
                arguments: [.init("cluster_ids", .list), snapshot],
                calls: clusterReads + [.change("elasticache:DeleteCacheCluster")],
                choice: "the clusters that are named", targets: Caches.clusterTargets, run: Caches.deleteClusters),
            .aws(
                module, "delete_replication_groups", .action,
                "Deletes the replicas of replication groups, or the groups with their primaries.",
                arguments: [.init("group_ids", .list), snapshot, .init("retain_primary_cluster", .flag, true)],
                calls: groupReads + [.change("elasticache:DeleteReplicationGroup")],
                choice: "the replication groups that are named", targets: Caches.groupTargets,
                run: Caches.deleteGroups),
            .aws(
                module, "test_failover", .action, "Lets the primary of a node group fail over to a replica.",
                arguments: [.init("replication_group_id", .text), .init("node_group_id", .text)],
                calls: groupReads + [.change("elasticache:TestFailover")],
                choice: "the replication group that is named", targets: Caches.failoverTargets, run: Caches.failOver),
        ]
    }

    private static var elastiCacheProbes: [NativeActivity] {
        let module = "chaosaws.elasticache.probes"
        let cluster = NativeActivity.Argument("cluster_id", .text)
        let calls: [NativeActivity.Call] = [.read("elasticache:DescribeCacheClusters")]
        return [
            .aws(
                module, "describe_cache_cluster", .probe, "A cache cluster, with its nodes where they are wanted.",
                arguments: [cluster, .init("show_node_info", .flag, false)], calls: calls
            ) { invocation, _ in
                try await Caches.describe(invocation, showsNodes: invocation.given("show_node_info") != nil)
            },
            .aws(
                module, "get_cache_node_count", .probe, "The number of a cache cluster's nodes.", arguments: [cluster],
                calls: calls
            ) { invocation, _ in
                try await Caches.describe(invocation)["CacheClusters"]?[0]?["NumCacheNodes"] ?? 0
            },
            .aws(
                module, "get_cache_node_status", .probe,
                "The status of a cache cluster: available, rebooting and so on.",
                arguments: [cluster], calls: calls
            ) { invocation, _ in
                try await Caches.describe(invocation)["CacheClusters"]?[0]?["CacheClusterStatus"] ?? ""
            },
            .aws(
                module, "count_cache_clusters_from_replication_group", .probe,
                "The number of a replication group's members.", arguments: [.init("replication_group_id", .text)],
                calls: [.read("elasticache:DescribeReplicationGroups")]
            ) { invocation, _ in
                let id = invocation.argument("replication_group_id")
                let output = try await invocation.client(.elastiCache)
                    .call("DescribeReplicationGroups", ["ReplicationGroupId": id])
                guard let group = output["ReplicationGroups"]?[0] else {
                    throw ExperimentError.failedActivity("Error retrieving ReplicationGroups for \(id.pythonText)")
                }
                return .integer(Int64(group["MemberClusters"]?.elements.count ?? 0))
            },
        ]
    }
}
