import AWS
import Basics
import Experiments
import JSON

/// The actions and probes of `chaosaws.eks`.
extension ChaosActivities {
    static var eks: [NativeActivity] {
        let (actions, probes) = ("chaosaws.eks.actions", "chaosaws.eks.probes")
        return [
            .aws(
                actions, "create_cluster", .action, "Creates a cluster.",
                arguments: [
                    .init("name", .text), .init("role_arn", .text), .init("vpc_config", .object),
                    .init("version", .text, .null),
                ], calls: [.change("eks:CreateCluster")], choice: "the cluster that it creates",
                targets: EKSClusters.newCluster, undo: EKSClusters.deleteAgain, run: EKSClusters.create),
            // Without an undo: the workloads and the certificates of a deleted cluster are lost.
            .aws(
                actions, "delete_cluster", .action, "Deletes a cluster.", arguments: [.init("name", .text, .null)],
                calls: [.read("eks:DescribeCluster"), .change("eks:DeleteCluster")], choice: "the cluster",
                targets: EKSClusters.targets
            ) { invocation, targets in
                try firstTarget(of: targets)
                return try await invocation.client(.eks).response(
                    "DeleteCluster", ["name": invocation.argument("name")])
            },
            .aws(
                probes, "describe_cluster", .probe, "Describes a cluster; null when it does not exist.",
                arguments: [.init("name", .text)], calls: [.read("eks:DescribeCluster")]
            ) { invocation, _ in
                let client = try invocation.client(.eks)
                return try await existing(["ResourceNotFoundException"]) {
                    try await client.response("DescribeCluster", ["name": invocation.argument("name")])
                } ?? .null
            },
            .aws(
                probes, "list_clusters", .probe, "Lists the names of all clusters.",
                calls: [.read("eks:ListClusters")]
            ) { invocation, _ in
                let client = try invocation.client(.eks)
                var list = try await client.response("ListClusters").objectValue ?? [:]
                // chaosaws returns the first 100.
                while let token = list["nextToken"], !token.isNull {
                    let page = try await client.call("ListClusters", ["nextToken": token])
                    list["clusters"] = .array((list["clusters"]?.elements ?? []) + (page["clusters"]?.elements ?? []))
                    list["nextToken"] = page["nextToken"]
                }
                return .object(list)
            },
        ]
    }
}

/// Creates clusters, and deletes those that it created.
private enum EKSClusters {
    static let kind = "eks:cluster"

    @Sendable static func newCluster(_ invocation: NativeActivity.Invocation) throws -> [NativeActivity.Target] {
        [
            NativeActivity.Target(
                kind: kind, id: invocation.argument("name").pythonText, region: try invocation.client(.eks).region)
        ]
    }

    /// The cluster `name`; one that does not exist stays a target, so that EKS tells that it does not.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.eks)
        let name = invocation.argument("name")
        var tags: [String: String] = [:]
        for (key, value) in try await find(name, client)?["tags"]?.objectValue ?? [:] { tags[key] = value.stringValue }
        return [NativeActivity.Target(kind: kind, id: name.pythonText, region: client.region, tags: tags)]
    }

    @Sendable static func create(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        var input: JSONObject = [
            "name": invocation.argument("name"), "roleArn": invocation.argument("role_arn"),
            "resourcesVpcConfig": invocation.argument("vpc_config"),
        ]
        input["version"] = invocation.given("version")
        return try await invocation.client(.eks).response("CreateCluster", input)
    }

    private static func find(_ name: JSONValue, _ client: ActivityClient) async throws -> JSONValue? {
        try await existing(["ResourceNotFoundException"]) {
            try await client.call("DescribeCluster", ["name": name])["cluster"]
        } ?? nil
    }

    /// Deletes the cluster that the action created; one that was there before is not touched.
    static let deleteAgain = NativeActivity.Undo(
        "deletes the cluster",
        calls: [.read("eks:DescribeCluster"), .change("eks:DeleteCluster")],
        capture: { invocation, target in
            let client = try invocation.client(.eks)
            return ["existed": .bool(try await find(.string(target.id), client) != nil)]
        },
        check: { invocation, target, before in
            guard try await isOurs(target, before, invocation, invocation.client(.eks)) else { return .restored }
            return .stillBroken("the cluster \(target.id) exists, it did not before")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.eks)
            guard try await isOurs(target, before, invocation, client) else { return }
            let name: JSONObject = ["name": .string(target.id)]
            // EKS refuses to delete a cluster that is being created.
            if try await find(.string(target.id), client)?["status"] == "CREATING" {
                try await client.wait("cluster_active", name)
            }
            if try await find(.string(target.id), client)?["status"] != "DELETING" {
                _ = try await client.call("DeleteCluster", name)
            }
            try await client.wait("cluster_deleted", name)
        })

    /// Whether the cluster exists and is the one that the action made.
    private static func isOurs(
        _ target: NativeActivity.Target, _ before: JSONValue, _ invocation: NativeActivity.Invocation,
        _ client: ActivityClient
    ) async throws -> Bool {
        guard before["existed"] == false, let cluster = try await find(.string(target.id), client) else { return false }
        return cluster["roleArn"] == invocation.argument("role_arn")
    }
}
