import AWS
import AWSResources
import Experiments
import JSON

/// Instances and clusters of RDS.
enum Databases {
    /// The errors that tell that there is none.
    static let absence: Set<String> = ["DBInstanceNotFound", "DBClusterNotFoundFault"]

    /// The instance that the arguments name, and its tags; of one that does not exist the action itself tells.
    @Sendable static func instanceTargets(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        guard let id = invocation.given("db_instance_identifier") else {
            throw ExperimentError.failedActivity("you must specify the db instance identifier")
        }
        let client = try invocation.client(.rds)
        let found = try await existing(absence) {
            try await client.items("DescribeDBInstances", ["DBInstanceIdentifier": id])
        }
        return [target("rds:db", id, found?.first, client)]
    }

    /// The cluster that the arguments name, and its tags.
    @Sendable static func clusterTargets(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        guard let id = invocation.given("db_cluster_identifier") else {
            throw ExperimentError.failedActivity("you must specify the db cluster identifier")
        }
        let client = try invocation.client(.rds)
        let found = try await existing(absence) {
            try await client.items("DescribeDBClusters", ["DBClusterIdentifier": id])
        }
        return [target("rds:cluster", id, found?.first, client)]
    }

    private static func target(
        _ kind: String, _ id: JSONValue, _ found: JSONValue?, _ client: ActivityClient
    ) -> NativeActivity.Target {
        NativeActivity.Target(
            kind: kind, id: ARN.lastPart(id.stringValue) ?? "", region: client.region,
            tags: found?["TagList"]?.tags ?? [:])
    }

    @Sendable static func failOver(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let cluster = invocation.argument("db_cluster_identifier")
        var input: JSONObject = ["DBClusterIdentifier": cluster]
        // chaosaws sends `None` where no instance is named, which boto3 refuses.
        input["TargetDBInstanceIdentifier"] = invocation.given("target_db_instance_identifier")
        return try await failures({ "failed issuing a failover for DB cluster '\(cluster.pythonText)': '\($0)'" }) {
            try await invocation.client(.rds).response("FailoverDBCluster", input)
        }
    }

    @Sendable static func reboot(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let instance = invocation.argument("db_instance_identifier")
        let input: JSONObject = [
            "DBInstanceIdentifier": instance, "ForceFailover": invocation.argument("force_failover"),
        ]
        return try await failures({ "failed issuing a reboot of db instance '\(instance.pythonText)': '\($0)'" }) {
            try await invocation.client(.rds).response("RebootDBInstance", input)
        }
    }

    /// The part of a deletion's input that is about the last snapshot.
    static func finalSnapshot(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> JSONObject {
        var input: JSONObject = ["SkipFinalSnapshot": invocation.argument("skip_final_snapshot")]
        guard invocation.given("skip_final_snapshot") == nil else { return input }
        guard let snapshot = invocation.given("db_snapshot_identifier") else {
            throw .failedActivity("You must provide a snapshot identifier if taking a final DB snapshot")
        }
        input["FinalDBSnapshotIdentifier"] = snapshot
        return input
    }

    @Sendable static func instanceStatus(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let input = try choice(invocation, id: "instance_id", member: "DBInstanceIdentifier")
        let found = try await invocation.client(.rds).items("DescribeDBInstances", input)
        guard !found.isEmpty else { throw nothing(invocation, id: "instance_id", "instance", "instance(s)") }
        return status(found.compactMap { $0["DBInstanceStatus"] })
    }

    @Sendable static func clusterStatus(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let input = try choice(invocation, id: "cluster_id", member: "DBClusterIdentifier")
        let found = try await invocation.client(.rds).items("DescribeDBClusters", input)
        guard !found.isEmpty else { throw nothing(invocation, id: "cluster_id", "cluster", "cluster(s)") }
        return status(found.compactMap { $0["Status"] })
    }

    private static func choice(
        _ invocation: NativeActivity.Invocation, id: String, member: String
    ) throws(ExperimentError) -> JSONObject {
        let (named, filters) = (invocation.given(id), invocation.given("filters"))
        guard (named == nil) != (filters == nil) else {
            throw .failedActivity("\(id) or filters are required")
        }
        var input: JSONObject = [:]
        input[member] = named
        input["Filters"] = filters
        return input
    }

    /// chaosaws returns an empty list where nothing matches.
    private static func nothing(
        _ invocation: NativeActivity.Invocation, id: String, _ one: String, _ several: String
    ) -> ExperimentError {
        if let named = invocation.given(id) { return .failedActivity("no \(one) found matching \(named.pythonText)") }
        return .failedActivity("no \(several) found matching \(invocation.argument("filters").pythonText)")
    }

    /// One status where all are the same, else each once in the order of the list.
    private static func status(_ all: [JSONValue]) -> JSONValue {
        let distinct = all.reduce(into: [JSONValue]()) { if !$0.contains($1) { $0.append($1) } }
        return distinct.count == 1 ? distinct[0] : .array(distinct)
    }
}
