/// What the permissions of RDS can be limited to.
extension PolicyResources {
    private static let database = Kind(targets: ["rds:db"], service: "rds") { "db:\($0)" }
    private static let cluster = Kind(targets: ["rds:cluster"], service: "rds") { "cluster:\($0)" }
    private static let endpoint = Kind(targets: ["rds:cluster-endpoint"], service: "rds") { "cluster-endpoint:\($0)" }
    private static let anyCluster = Kind(targets: [], service: "rds") { "cluster:\($0)" }
    private static let snapshot = Kind(targets: [], service: "rds") { "snapshot:\($0)" }
    private static let clusterSnapshot = Kind(targets: [], service: "rds") { "cluster-snapshot:\($0)" }

    static let rds: [String: [Kind]] = [
        "rds:DescribeDBInstances": [database], "rds:DescribeDBClusters": [cluster],
        "rds:RebootDBInstance": [database], "rds:StartDBInstance": [database],
        "rds:StopDBInstance": [database, snapshot], "rds:DeleteDBInstance": [database, snapshot],
        "rds:FailoverDBCluster": [cluster], "rds:StopDBCluster": [cluster], "rds:StartDBCluster": [cluster],
        "rds:DeleteDBCluster": [cluster, clusterSnapshot], "rds:DeleteDBClusterEndpoint": [endpoint],
        "rds:CreateDBClusterEndpoint": [endpoint, anyCluster],
    ]
}
