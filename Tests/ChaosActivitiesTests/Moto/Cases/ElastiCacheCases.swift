import JSON

extension MotoTests.ChaosawsTests {
    /// moto shows no nodes.
    private static let rebooting: JSONObject = [
        "elasticache:DescribeCacheClusters": [
            [
                "CacheClusters": [
                    ["CacheClusterId": "sessions", "CacheNodes": [["CacheNodeId": "0001"], ["CacheNodeId": "0002"]]]
                ]
            ]
        ],
        "elasticache:RebootCacheCluster": [
            ["CacheCluster": ["CacheClusterId": "sessions", "CacheClusterStatus": "rebooting cluster nodes"]]
        ],
    ]

    private static let failingOver: JSONObject = [
        "elasticache:TestFailover": [["ReplicationGroup": ["ReplicationGroupId": "carts", "Status": "modifying"]]]
    ]

    static let elastiCache: [Case] =
        [
            ["cluster_ids": ["sessions"]], ["cluster_ids": ["sessions"], "node_ids": ["0001"]],
            ["cluster_ids": ["sessions"], "node_ids": ["0001", "0009"]],
        ].map {
            Case(
                "", "elasticache.actions.reboot_cache_clusters", $0, script: rebooting,
                uncompared: ["DescribeCacheClusters"])
        }
        + [["cluster_ids": ["nope"]]].map { Case("caches", "elasticache.actions.reboot_cache_clusters", $0) }
        + [
            ["cluster_ids": ["sessions", "pages"]], ["cluster_ids": ["pages"], "final_snapshot_id": "last"],
            ["cluster_ids": ["nope"]],
        ].map { Case("caches", "elasticache.actions.delete_cache_clusters", $0) }
        + [
            ["group_ids": ["carts"]], ["group_ids": ["carts"], "retain_primary_cluster": false],
            ["group_ids": ["carts"], "final_snapshot_id": "last"], ["group_ids": ["nope"]],
            // moto invents the addresses anew.
        ].map { Case("caches", "elasticache.actions.delete_replication_groups", $0, except: ["Address"]) }
        + [
            ["replication_group_id": "carts", "node_group_id": "0001"],
            ["replication_group_id": "", "node_group_id": "0001"],
            ["replication_group_id": "carts", "node_group_id": ""],
        ].map { Case("caches", "elasticache.actions.test_failover", $0, script: failingOver) }
        + [
            Case(
                "caches", "elasticache.actions.test_failover",
                ["replication_group_id": "nope", "node_group_id": "0001"],
                script: [
                    "elasticache:TestFailover": [
                        ["error": "ReplicationGroupNotFoundFault", "message": "not there", "status": 404]
                    ]
                ]),
            Case(
                "", "elasticache.probes.get_cache_node_count", ["cluster_id": "c"],
                script: ["elasticache:DescribeCacheClusters": [["CacheClusters": []]]]),
            Case(
                "", "elasticache.probes.count_cache_clusters_from_replication_group", ["replication_group_id": "c"],
                script: ["elasticache:DescribeReplicationGroups": [["ReplicationGroups": []]]]),
        ]
        + [["cluster_id": "sessions"], ["cluster_id": "sessions", "show_node_info": true], ["cluster_id": "nope"]].map {
            Case("caches", "elasticache.probes.describe_cache_cluster", $0)
        }
        + ["sessions", "nope"].flatMap { id in
            [
                Case("caches", "elasticache.probes.get_cache_node_count", ["cluster_id": id]),
                Case("caches", "elasticache.probes.get_cache_node_status", ["cluster_id": id]),
            ]
        }
        + ["carts", "nope"].map {
            Case(
                "caches", "elasticache.probes.count_cache_clusters_from_replication_group",
                ["replication_group_id": $0])
        }
}
