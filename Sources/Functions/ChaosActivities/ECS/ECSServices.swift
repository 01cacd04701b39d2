import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Settings of services: desired count, deployment configuration, placement strategy.
enum ECSServices {
    /// The kind of the targets; their ids are `cluster/service`.
    static let kind = "ecs:service"

    /// The service that the arguments name, and its tags.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.ecs)
        let service = try await validate(invocation, client)
        return [target(invocation.argument("service").stringValue, service, invocation, client)]
    }

    /// A service as a target.
    ///
    /// - Parameters:
    ///   - name: the name or the ARN.
    ///   - service: its description with tags; nil when it was not found.
    static func target(
        _ name: String?, _ service: JSONValue?, _ invocation: NativeActivity.Invocation, _ client: ActivityClient,
        candidates: Int = 1
    ) -> NativeActivity.Target {
        NativeActivity.Target(
            kind: kind, id: "\(clusterName(invocation))/\(ARN.lastPart(name) ?? "")", region: client.region,
            tags: service?["tags"]?.tags ?? [:], candidates: candidates)
    }

    /// Makes sure that the cluster and, where one is named, the service exist.
    ///
    /// - Parameter place: how chaosaws writes where a service is missing.
    /// - Returns: the service; nil when none is named.
    @discardableResult
    static func validate(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient, place: String = "on cluster: "
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
                "unable to locate service: \(service.pythonText) \(place)"
                    + invocation.argument("cluster").pythonText)
        }
        return found
    }

    /// Refuses a count below zero, which ECS refuses with a message of its own, and moto accepts.
    @Sendable static func targetsOfCount(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        if let count = invocation.argument("desired_count").intValue, count < 0 {
            throw ExperimentError.failedActivity("desired_count must be 0 or more, it is \(count)")
        }
        return try await targets(invocation)
    }

    @Sendable static func updateDesiredCount(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        var input = input(try firstTarget(of: targets))
        input["desiredCount"] = invocation.argument("desired_count")
        return try await invocation.client(.ecs).response("UpdateService", input)
    }

    @Sendable static func targetsOfDeploymentConfiguration(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        guard
            invocation.argument("minimum_healthy_percent").doubleValue ?? 0
                <= invocation.argument("maximum_percent").doubleValue ?? 0
        else {
            throw ExperimentError.failedActivity("minimum_healthy_percent cannot be larger than maximum_percent")
        }
        let client = try invocation.client(.ecs)
        let service = try await validate(invocation, client, place: "on ")
        return [target(invocation.argument("service").stringValue, service, invocation, client)]
    }

    @Sendable static func setDeploymentConfiguration(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        var input = input(try firstTarget(of: targets))
        input["deploymentConfiguration"] = deploymentConfiguration(invocation)
        return try await invocation.client(.ecs).response("UpdateService", input)
    }

    @Sendable static func targetsOfPlacementStrategy(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let type = invocation.argument("placement_type")
        guard invocation.given("placement_field") != nil || !["spread", "binpack"].contains(type) else {
            throw ExperimentError.failedActivity(
                #""placement_field" is required when using "spread" or "binpack""#)
        }
        return try await targets(invocation)
    }

    @Sendable static func setPlacementStrategy(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        var input = input(try firstTarget(of: targets))
        let type = invocation.argument("placement_type")
        var strategy: JSONObject = ["type": type]
        if type != "random" { strategy["field"] = invocation.given("placement_field") }
        input["placementStrategy"] = [.object(strategy)]
        let request = input
        return try await refusals(\.message) { try await invocation.client(.ecs).response("UpdateService", request) }
    }

    /// Sets a member of the service to its old value.
    ///
    /// - Parameters:
    ///   - member: as ECS describes and updates it: `desiredCount`.
    ///   - label: the member for people: `desired count`.
    ///   - absent: what a service has that does not show it; nil when every service shows it.
    ///   - after: what the action sets; nil where ECS writes it in its own way.
    static func reset(
        _ member: String, _ label: String, absent: JSONValue? = nil,
        after: (@Sendable (NativeActivity.Invocation) -> JSONValue)?
    ) -> NativeActivity.Undo {
        SavedSetting(
            summary: "sets the \(label) that the service had",
            calls: [.read("ecs:DescribeServices"), .change("ecs:UpdateService")], name: "the \(label)",
            read: { invocation, target in
                try await find(target, invocation.client(.ecs)).map { $0[member] ?? absent ?? .null }
            },
            after: after.map { after in { @Sendable invocation, _ in after(invocation) } },
            write: { invocation, target, old, _ in
                var input = input(target)
                input[member] = old
                _ = try await invocation.client(.ecs).call("UpdateService", input)
            }
        ).undo
    }

    /// The deployment configuration that the arguments tell.
    @Sendable static func deploymentConfiguration(_ invocation: NativeActivity.Invocation) -> JSONValue {
        [
            "maximumPercent": invocation.argument("maximum_percent"),
            "minimumHealthyPercent": invocation.argument("minimum_healthy_percent"),
        ]
    }

    /// The service of a target; nil when it was deleted, or its cluster was.
    static func find(_ target: NativeActivity.Target, _ client: ActivityClient) async throws -> JSONValue? {
        let service = try await describe(target, client)
        // ECS describes a deleted service for some time.
        return service?["status"] == "INACTIVE" ? .none : service
    }

    /// The service of a target, also one that was deleted; nil when ECS does not know it.
    static func describe(_ target: NativeActivity.Target, _ client: ActivityClient) async throws -> JSONValue? {
        var input = input(target)
        input["services"] = [input["service"] ?? .null]
        input["service"] = nil
        input["include"] = ["TAGS"]
        let request = input
        return try await existing(["ClusterNotFoundException"]) {
            try await client.call("DescribeServices", request)["services"]?[0]
        } ?? nil
    }

    /// The members `cluster` and `service` of a request.
    static func input(_ target: NativeActivity.Target) -> JSONObject {
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
