import AWS
import Basics
import Experiments
import JSON

/// Lets databases and caches whose primary is in a zone fail over to another.
///
/// A failover has no way back: what was a replica is the primary then, and the service works.
enum ZoneFailovers {
    static let (cluster, instance, cache) = ("rds:cluster", "rds:db", "elasticache:replicationgroup")
    static let databaseReads: [NativeActivity.Call] = [
        .read("rds:DescribeDBInstances"), .read("rds:DescribeDBClusters"),
    ]
    static let cacheReads: [NativeActivity.Call] = [
        .read("elasticache:DescribeReplicationGroups"), .read("elasticache:ListTagsForResource"),
    ]
    static let changes: [NativeActivity.Call] = [
        .change("rds:FailoverDBCluster"), .change("rds:RebootDBInstance"), .change("elasticache:TestFailover"),
    ]

    /// A database or cache that can fail over from the zone.
    struct Primary: Sendable {
        let kind: String
        let id: String
        let tags: [String: String]
        /// Empty where the service does not tell it.
        let vpc: String
    }

    /// The databases whose primary is in the zone and that have another elsewhere, and how many databases there are.
    static func databases(in zone: String, _ client: ActivityClient) async throws -> (found: [Primary], all: Int) {
        let instances = try await client.items("DescribeDBInstances")
        let clusters = try await client.items("DescribeDBClusters")
        let inZone = instances.filter { $0["AvailabilityZone"] == .string(zone) }
        let single = inZone.filter { $0["MultiAZ"] == true && !($0["DBClusterIdentifier"]?.isTruthy ?? false) }
        var found = single.map { database in
            Primary(
                kind: instance, id: database["DBInstanceIdentifier"]?.stringValue ?? "",
                tags: database["TagList"]?.tags ?? [:], vpc: vpc(of: database))
        }
        for database in clusters {
            let members = database["DBClusterMembers"]?.elements ?? []
            guard let writer = members.first(where: { $0["IsClusterWriter"] == true }), members.count > 1,
                let home = inZone.first(where: { $0["DBInstanceIdentifier"] == writer["DBInstanceIdentifier"] })
            else { continue }
            found.append(
                Primary(
                    kind: cluster, id: database["DBClusterIdentifier"]?.stringValue ?? "",
                    tags: database["TagList"]?.tags ?? [:], vpc: vpc(of: home)))
        }
        return (found, single.count + clusters.count)
    }

    private static func vpc(of database: JSONValue) -> String { database["DBSubnetGroup"]?["VpcId"]?.stringValue ?? "" }

    /// The replication groups with a primary in the zone that can fail over, and how many groups there are.
    static func caches(in zone: String, _ client: ActivityClient) async throws -> (found: [Primary], all: Int) {
        let groups = try await client.items("DescribeReplicationGroups")
        var found: [Primary] = []
        for group in groups where !nodeGroups(of: group, in: zone).isEmpty {
            var tags: [String: String] = [:]
            if let arn = group["ARN"] {
                tags = try await client.call("ListTagsForResource", ["ResourceName": arn])["TagList"]?.tags ?? [:]
            }
            found.append(
                Primary(kind: cache, id: group["ReplicationGroupId"]?.stringValue ?? "", tags: tags, vpc: ""))
        }
        return (found, groups.count)
    }

    /// The node groups whose primary is in the zone.
    ///
    /// The service does not tell the roles of nodes in cluster mode.
    private static func nodeGroups(of group: JSONValue, in zone: String) -> [JSONValue] {
        guard group["AutomaticFailover"] == "enabled" else { return [] }
        return (group["NodeGroups"]?.elements ?? []).filter { nodes in
            (nodes["NodeGroupMembers"]?.elements ?? []).contains {
                $0["CurrentRole"] == "primary" && $0["PreferredAvailabilityZone"] == .string(zone)
            }
        }.compactMap { $0["NodeGroupId"] }
    }

    static func fail(
        _ target: NativeActivity.Target, zone: String, _ invocation: NativeActivity.Invocation
    ) async throws {
        let id = JSONValue.string(target.id)
        switch target.kind {
        case cluster:
            _ = try await invocation.client(.rds).call("FailoverDBCluster", ["DBClusterIdentifier": id])
        case instance:
            let input: JSONObject = ["DBInstanceIdentifier": id, "ForceFailover": true]
            _ = try await invocation.client(.rds).call("RebootDBInstance", input)
        default:
            let client = try invocation.client(.elastiCache)
            let groups = try await client.items("DescribeReplicationGroups", ["ReplicationGroupId": id])
            for nodes in groups.flatMap({ nodeGroups(of: $0, in: zone) }) {
                _ = try await client.call("TestFailover", ["ReplicationGroupId": id, "NodeGroupId": nodes])
            }
        }
    }
}
