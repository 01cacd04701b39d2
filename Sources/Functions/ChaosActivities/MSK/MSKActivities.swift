import AWS
import AWSResources
import Experiments
import JSON

/// The actions and probes of `chaosaws.msk`.
///
/// No action has an undo: a reboot ends by itself, and what a deleted cluster held is gone.
extension ChaosActivities {
    static var msk: [NativeActivity] {
        let (actions, probes) = ("chaosaws.msk.actions", "chaosaws.msk.probes")
        let cluster = NativeActivity.Argument("cluster_arn", .text)
        return [
            .aws(
                actions, "reboot_msk_broker", .action, "Reboots brokers of a cluster; the service takes one at a time.",
                arguments: [cluster, .init("broker_ids", .list)],
                calls: [.read("kafka:DescribeCluster"), .change("kafka:RebootBroker")],
                choice: "the brokers that are named", targets: KafkaClusters.brokers
            ) { invocation, targets in
                let ids = targets.map { JSONValue.string(ARN.lastPart($0.id) ?? "") }
                try firstTarget(of: targets)
                return try await KafkaClusters.calling {
                    try await invocation.client(.kafka).response(
                        "RebootBroker",
                        ["ClusterArn": invocation.argument("cluster_arn"), "BrokerIds": .array(ids)])
                }
            },
            .aws(
                actions, "delete_cluster", .action, "Deletes a cluster with its data.", arguments: [cluster],
                calls: [.read("kafka:DescribeCluster"), .change("kafka:DeleteCluster")],
                choice: "the cluster that is named", targets: KafkaClusters.targets
            ) { invocation, targets in
                try firstTarget(of: targets)
                return try await KafkaClusters.calling {
                    try await invocation.client(.kafka).response(
                        "DeleteCluster", ["ClusterArn": invocation.argument("cluster_arn")])
                }
            },
            .aws(
                probes, "describe_msk_cluster", .probe, "A cluster: its state, brokers and version.",
                arguments: [cluster], calls: [.read("kafka:DescribeCluster")]
            ) { invocation, _ in
                try await KafkaClusters.calling {
                    try await invocation.client(.kafka).response(
                        "DescribeCluster", ["ClusterArn": invocation.argument("cluster_arn")])
                }
            },
            .aws(
                probes, "get_bootstrap_servers", .probe, "The addresses at which clients begin.",
                arguments: [cluster], calls: [.read("kafka:GetBootstrapBrokers")], run: KafkaClusters.bootstrapServers),
        ]
    }
}

/// Clusters of Managed Streaming for Kafka.
private enum KafkaClusters {
    /// Runs calls that name a cluster.
    static func calling<R>(_ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let error as AWSFailure where error.code == "NotFoundException" {
            throw ExperimentError.failedActivity("The specified cluster was not found")
        }
    }

    /// The cluster that the arguments name; its id is `name/uuid`.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let (info, region) = try await find(invocation)
        return [
            NativeActivity.Target(kind: "kafka:cluster", id: id(invocation), region: region, tags: tags(info))
        ]
    }

    /// The brokers that the arguments name, out of all of the cluster.
    @Sendable static func brokers(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let (info, region) = try await find(invocation)
        let ids = invocation.argument("broker_ids").elements.map(\.pythonText)
        let count = info["NumberOfBrokerNodes"]?.intValue ?? 0
        return ids.map { broker in
            NativeActivity.Target(
                kind: "kafka:broker", id: "\(id(invocation))/\(broker)", region: region, tags: tags(info),
                candidates: max(Int(count), ids.count))
        }
    }

    /// What the service knows of the cluster; of one that does not exist the action itself tells.
    private static func find(
        _ invocation: NativeActivity.Invocation
    ) async throws -> (info: JSONValue, region: String) {
        let client = try invocation.client(.kafka)
        let output = try await existing(["NotFoundException"]) {
            try await client.call("DescribeCluster", ["ClusterArn": invocation.argument("cluster_arn")])
        }
        return (output?["ClusterInfo"] ?? .null, client.region)
    }

    private static func id(_ invocation: NativeActivity.Invocation) -> String {
        let text = invocation.argument("cluster_arn").pythonText
        return ARN(text)?.name ?? text
    }

    private static func tags(_ info: JSONValue) -> [String: String] {
        (info["Tags"]?.objectValue ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.stringValue }
    }

    /// chaosaws knows the plain listener only, and fails for clusters that do not have it.
    @Sendable static func bootstrapServers(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let output = try await calling {
            try await invocation.client(.kafka).call(
                "GetBootstrapBrokers", ["ClusterArn": invocation.argument("cluster_arn")])
        }
        let lists = [
            "BootstrapBrokerString", "BootstrapBrokerStringTls", "BootstrapBrokerStringSaslScram",
            "BootstrapBrokerStringSaslIam", "BootstrapBrokerStringPublicTls", "BootstrapBrokerStringPublicSaslScram",
            "BootstrapBrokerStringPublicSaslIam", "BootstrapBrokerStringVpcConnectivityTls",
            "BootstrapBrokerStringVpcConnectivitySaslScram", "BootstrapBrokerStringVpcConnectivitySaslIam",
        ]
        let known = lists.lazy.compactMap { output[$0]?.stringValue }.first { !$0.isEmpty }
        guard let known else {
            throw ExperimentError.failedActivity("the cluster has no bootstrap brokers yet")
        }
        return JSONValue(texts: known.split(separator: ",").map { String($0) })
    }
}
