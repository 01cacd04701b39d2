/// What the permissions of ElastiCache can be limited to.
extension PolicyResources {
    private static let cluster = Kind(targets: ["elasticache:cluster"], service: "elasticache") { "cluster:\($0)" }
    private static let group = Kind(targets: ["elasticache:replicationgroup"], service: "elasticache") {
        "replicationgroup:\($0)"
    }
    private static let snapshot = Kind(targets: [], service: "elasticache") { "snapshot:\($0)" }

    static let elastiCache: [String: [Kind]] = [
        "elasticache:DescribeCacheClusters": [cluster], "elasticache:DescribeReplicationGroups": [group],
        "elasticache:ListTagsForResource": [cluster, group], "elasticache:RebootCacheCluster": [cluster],
        "elasticache:DeleteCacheCluster": [cluster, snapshot],
        "elasticache:DeleteReplicationGroup": [group, snapshot], "elasticache:TestFailover": [group],
    ]
}
