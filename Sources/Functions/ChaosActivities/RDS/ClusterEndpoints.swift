import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// The custom endpoints of Aurora clusters.
///
/// chaosaws deletes "the endpoint" by the address of the writer, which no service accepts: only custom endpoints have
/// identifiers, and can be deleted.
enum ClusterEndpoints {
    private static let kind = "rds:cluster-endpoint"

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.rds)
        let cluster = invocation.argument("db_cluster_identifier")
        let name = cluster.pythonText
        return try await refusals({ "unable to identify cluster \(name): \($0.message)" }) {
            _ = try await client.call("DescribeDBClusters", ["DBClusterIdentifier": cluster])
            let custom = try await client.items("DescribeDBClusterEndpoints", ["DBClusterIdentifier": cluster]).filter {
                $0["EndpointType"] == "CUSTOM"
            }
            let ids = custom.compactMap { $0["DBClusterEndpointIdentifier"]?.stringValue }.sorted()
            guard !ids.isEmpty else {
                throw ExperimentError.failedActivity("the cluster \(name) has no custom endpoint that could be deleted")
            }
            var random = SeededRandom(invocation.seed)
            let id = ids[Int(random.next(below: UInt64(ids.count)))]
            return [NativeActivity.Target(kind: kind, id: id, region: client.region, candidates: ids.count)]
        }
    }

    @Sendable static func delete(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let input: JSONObject = ["DBClusterEndpointIdentifier": .string(try firstTarget(of: targets).id)]
        let cluster = invocation.argument("db_cluster_identifier").pythonText
        return try await refusals({ "unable to delete endpoint for cluster \(cluster): \($0.message)" }) {
            try await invocation.client(.rds).response("DeleteDBClusterEndpoint", input)
        }
    }

    /// Creates the endpoint anew; its address follows from its name, and is the same again.
    ///
    /// Its tags are lost.
    static let createAgain = NativeActivity.Undo(
        "creates the endpoint again with the members that it had",
        calls: [
            .read("rds:DescribeDBClusters"), .read("rds:DescribeDBClusterEndpoints"),
            .change("rds:CreateDBClusterEndpoint"),
        ],
        capture: { invocation, target in try await find(invocation, target).map(content) ?? [:] },
        check: { invocation, target, before in
            guard before["EndpointType"] != nil else { return .nothingLeft("there was no endpoint \(target.id)") }
            guard let endpoint = try await find(invocation, target) else {
                guard try await hasCluster(invocation) else {
                    return .nothingLeft("the cluster of the endpoint \(target.id) does not exist any more")
                }
                return .stillBroken("the endpoint \(target.id) does not exist")
            }
            guard content(endpoint) == before else {
                return .stillBroken("the endpoint \(target.id) is not as it was")
            }
            let status = endpoint["Status"]?.stringValue ?? "unknown"
            return status == "available" ? .restored : .stillBroken("the endpoint \(target.id) is \(status)")
        },
        restore: { invocation, target, before in
            guard var input = before.objectValue, input["EndpointType"] != nil else { return }
            input["DBClusterIdentifier"] = invocation.argument("db_cluster_identifier")
            input["DBClusterEndpointIdentifier"] = .string(target.id)
            var isCreated = false
            // An endpoint that is being deleted takes its name along for some seconds.
            while try await hasCluster(invocation) {
                let endpoint = try await find(invocation, target)
                if endpoint?["Status"] == "available" { return }
                if endpoint == nil, !isCreated {
                    _ = try await invocation.client(.rds).call("CreateDBClusterEndpoint", input)
                    isCreated = true
                } else {
                    guard try await invocation.pauseBeforeNextLook() else { return }
                }
            }
        })

    private static func content(_ endpoint: JSONValue) -> JSONValue {
        var content: JSONObject = ["EndpointType": endpoint["CustomEndpointType"] ?? "ANY"]
        for list in ["StaticMembers", "ExcludedMembers"] {
            guard let members = endpoint[list]?.texts, !members.isEmpty else { continue }
            content[list] = JSONValue(texts: members.sorted())
        }
        return .object(content)
    }

    private static func find(
        _ invocation: NativeActivity.Invocation, _ target: NativeActivity.Target
    ) async throws -> JSONValue? {
        let client = try invocation.client(.rds)
        let found = try await existing(Databases.absence) {
            try await client.items(
                "DescribeDBClusterEndpoints",
                [
                    "DBClusterIdentifier": invocation.argument("db_cluster_identifier"),
                    "DBClusterEndpointIdentifier": .string(target.id),
                ])
        }
        return found?.first { $0["DBClusterEndpointIdentifier"] == .string(target.id) }
    }

    private static func hasCluster(_ invocation: NativeActivity.Invocation) async throws -> Bool {
        let client = try invocation.client(.rds)
        let cluster = invocation.argument("db_cluster_identifier")
        return try await existing(Databases.absence) {
            try await client.call("DescribeDBClusters", ["DBClusterIdentifier": cluster])
        } != nil
    }
}
