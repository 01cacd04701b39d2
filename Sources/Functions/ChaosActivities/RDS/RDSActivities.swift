import AWS
import Experiments
import JSON

/// The actions and probes of `chaosaws.rds`.
extension ChaosActivities {
    static var rds: [NativeActivity] { rdsActions + rdsDeletions + rdsProbes }

    private static let module = "chaosaws.rds.actions"
    private static let cluster = NativeActivity.Argument("db_cluster_identifier", .text)
    private static let instance = NativeActivity.Argument("db_instance_identifier", .text)

    private static var rdsActions: [NativeActivity] {
        [
            // A failover cannot be taken back: another one is another disturbance.
            .aws(
                module, "failover_db_cluster", .action, "Makes a replica of a cluster its writer.",
                arguments: [cluster, .init("target_db_instance_identifier", .text, .null)],
                calls: [.read("rds:DescribeDBClusters"), .change("rds:FailoverDBCluster")],
                choice: "the cluster that is named", targets: Databases.clusterTargets, run: Databases.failOver),
            // A reboot ends by itself.
            .aws(
                module, "reboot_db_instance", .action, "Reboots an instance, or fails it over to its standby.",
                arguments: [instance, .init("force_failover", .flag, false)],
                calls: [.read("rds:DescribeDBInstances"), .change("rds:RebootDBInstance")],
                choice: "the instance that is named", targets: Databases.instanceTargets, run: Databases.reboot),
            .aws(
                module, "stop_db_instance", .action, "Stops an instance, with a snapshot where one is named.",
                arguments: [instance, .init("db_snapshot_identifier", .text, .null)],
                calls: [.read("rds:DescribeDBInstances"), .change("rds:StopDBInstance")],
                choice: "the instance that is named", targets: Databases.instanceTargets,
                undo: DatabaseStart.ofInstance
            ) { invocation, targets in
                let name = try firstTarget(of: targets).id
                var input: JSONObject = ["DBInstanceIdentifier": invocation.argument("db_instance_identifier")]
                input["DBSnapshotIdentifier"] = invocation.given("db_snapshot_identifier")
                return try await refusals({ "Failed to stop RDS DB instance \(name): \($0.message)" }) {
                    try await invocation.client(.rds).response("StopDBInstance", input)
                }
            },
            .aws(
                module, "stop_db_cluster", .action, "Stops a cluster with all its instances.", arguments: [cluster],
                calls: [.read("rds:DescribeDBClusters"), .change("rds:StopDBCluster")],
                choice: "the cluster that is named", targets: Databases.clusterTargets,
                undo: DatabaseStart.ofCluster
            ) { invocation, targets in
                let name = try firstTarget(of: targets).id
                let input: JSONObject = ["DBClusterIdentifier": invocation.argument("db_cluster_identifier")]
                return try await refusals({ "Failed to stop RDS DB Cluster \(name): \($0.message)" }) {
                    try await invocation.client(.rds).response("StopDBCluster", input)
                }
            },
        ]
    }

    /// Data that was deleted cannot be put back, so only the endpoint has an undo.
    private static var rdsDeletions: [NativeActivity] {
        let snapshot: [NativeActivity.Argument] = [
            .init("skip_final_snapshot", .flag, true), .init("db_snapshot_identifier", .text, .null),
        ]
        return [
            .aws(
                module, "delete_db_instance", .action, "Deletes an instance, with a last snapshot where it is wanted.",
                arguments: [instance] + snapshot + [.init("delete_automated_backups", .flag, true)],
                calls: [.read("rds:DescribeDBInstances"), .change("rds:DeleteDBInstance")],
                choice: "the instance that is named", targets: Databases.instanceTargets
            ) { invocation, targets in
                let name = try firstTarget(of: targets).id
                var input = try Databases.finalSnapshot(invocation)
                input["DBInstanceIdentifier"] = invocation.argument("db_instance_identifier")
                input["DeleteAutomatedBackups"] = invocation.argument("delete_automated_backups")
                return try await refusals({ "Failed to delete RDS DB instance \(name): \($0.message)" }) {
                    try await invocation.client(.rds).response("DeleteDBInstance", input)
                }
            },
            .aws(
                module, "delete_db_cluster", .action, "Deletes a cluster, with a last snapshot where it is wanted.",
                arguments: [cluster] + snapshot,
                calls: [.read("rds:DescribeDBClusters"), .change("rds:DeleteDBCluster")],
                choice: "the cluster that is named", targets: Databases.clusterTargets
            ) { invocation, targets in
                let name = try firstTarget(of: targets).id
                var input = try Databases.finalSnapshot(invocation)
                input["DBClusterIdentifier"] = invocation.argument("db_cluster_identifier")
                return try await refusals({ "Failed to delete RDS DB cluster \(name): \($0.message)" }) {
                    try await invocation.client(.rds).response("DeleteDBCluster", input)
                }
            },
            .aws(
                module, "delete_db_cluster_endpoint", .action,
                "Deletes a custom endpoint of a cluster; of several a random one.", arguments: [cluster],
                calls: [
                    .read("rds:DescribeDBClusters"), .read("rds:DescribeDBClusterEndpoints"),
                    .change("rds:DeleteDBClusterEndpoint"),
                ],
                choice: "one of the custom endpoints of the cluster", targets: ClusterEndpoints.targets,
                undo: ClusterEndpoints.createAgain, run: ClusterEndpoints.delete),
        ]
    }

    private static var rdsProbes: [NativeActivity] {
        let module = "chaosaws.rds.probes"
        return [
            .aws(
                module, "instance_status", .probe, "The status of instances: a text where all have the same.",
                arguments: [.init("instance_id", .text, .null), .init("filters", .list, .null)],
                calls: [.read("rds:DescribeDBInstances")], run: Databases.instanceStatus),
            .aws(
                module, "cluster_status", .probe, "The status of clusters: a text where all have the same.",
                arguments: [.init("cluster_id", .text, .null), .init("filters", .list, .null)],
                calls: [.read("rds:DescribeDBClusters")], run: Databases.clusterStatus),
            .aws(
                module, "cluster_membership_count", .probe, "The number of a cluster's instances.",
                arguments: [.init("cluster_id", .text)], calls: [.read("rds:DescribeDBClusters")]
            ) { invocation, _ in
                let id = invocation.argument("cluster_id")
                let found = try await invocation.client(.rds).items("DescribeDBClusters", ["DBClusterIdentifier": id])
                guard let cluster = found.first else {
                    throw ExperimentError.failedActivity("no cluster found matching \(id.pythonText)")
                }
                return .integer(Int64(cluster["DBClusterMembers"]?.elements.count ?? 0))
            },
        ]
    }
}
