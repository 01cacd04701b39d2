import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// The desired count of services.
enum ECSServices {
    /// The kind of the targets; their ids are `cluster/service`.
    static let kind = "ecs:service"

    /// The service that the arguments name, and its tags.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.ecs)
        let service = try await validate(invocation, client)
        let name = ARN.lastPart(invocation.argument("service").stringValue) ?? ""
        return [
            NativeActivity.Target(
                kind: kind, id: "\(clusterName(invocation))/\(name)", region: client.region,
                tags: service?["tags"]?.tags ?? [:])
        ]
    }

    /// Makes sure that the cluster and, where one is named, the service exist.
    ///
    /// - Returns: the service; nil when none is named.
    @discardableResult
    static func validate(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> JSONValue? {
        if let cluster = invocation.given("cluster") {
            let output = try await client.call("DescribeClusters", ["clusters": [cluster]])
            guard output["clusters"]?[0] != nil else {
                throw ExperimentError.failedActivity("unable to locate cluster: \(cluster.pythonText)")
            }
        }
        guard let service = invocation.given("service") else { return nil }
        let input = inCluster(invocation, ["services": [service], "include": ["TAGS"]])
        guard let found = try await client.call("DescribeServices", input)["services"]?[0] else {
            throw ExperimentError.failedActivity(
                "unable to locate service: \(service.pythonText) on cluster: "
                    + invocation.argument("cluster").pythonText)
        }
        return found
    }

    @Sendable static func updateDesiredCount(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        var input = input(try firstTarget(of: targets))
        input["desiredCount"] = invocation.argument("desired_count")
        return try await invocation.client(.ecs).response("UpdateService", input)
    }

    /// Sets the old count.
    static let resetDesiredCount = NativeActivity.Undo(
        "sets the desired count that the service had",
        calls: [.read("ecs:DescribeServices"), .change("ecs:UpdateService")],
        capture: { invocation, target in
            ["desiredCount": try await find(target, invocation.client(.ecs))?["desiredCount"] ?? .null]
        },
        check: { invocation, target, before in
            guard let service = try await find(target, invocation.client(.ecs)) else {
                return .nothingLeft("the service \(target.id) does not exist any more")
            }
            guard let old = before["desiredCount"]?.intValue, let now = service["desiredCount"]?.intValue else {
                return .stillBroken("the desired count of \(target.id) is not known")
            }
            return now == old
                ? .restored : .stillBroken("the desired count of \(target.id) is \(now), it was \(old)")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.ecs)
            guard let old = before["desiredCount"], !old.isNull,
                let service = try await find(target, client), service["desiredCount"] != old
            else { return }
            var input = input(target)
            input["desiredCount"] = old
            _ = try await client.call("UpdateService", input)
        })

    /// The service of a target; nil when it was deleted, or its cluster was.
    private static func find(
        _ target: NativeActivity.Target, _ client: ActivityClient
    ) async throws -> JSONValue? {
        var input = input(target)
        input["services"] = [input["service"] ?? .null]
        input["service"] = nil
        do {
            let service = try await client.call("DescribeServices", input)["services"]?[0]
            // ECS describes a deleted service for some time.
            return service?["status"] == "INACTIVE" ? .none : service
        } catch let error as AWSFailure where error.code == "ClusterNotFoundException" {
            return nil
        }
    }

    private static func input(_ target: NativeActivity.Target) -> JSONObject {
        let parts = target.id.split(separator: "/", maxSplits: 1).map { JSONValue.string(String($0)) }
        return ["cluster": parts.first ?? .null, "service": parts.last ?? .null]
    }

    /// An input with the argument `cluster`; without one ECS takes its default cluster.
    static func inCluster(_ invocation: NativeActivity.Invocation, _ input: JSONObject) -> JSONObject {
        var input = input
        input["cluster"] = invocation.given("cluster")
        return input
    }

    /// The name of the cluster, which the argument may give as an ARN.
    static func clusterName(_ invocation: NativeActivity.Invocation) -> String {
        ARN.lastPart(invocation.argument("cluster").stringValue) ?? "default"
    }
}
