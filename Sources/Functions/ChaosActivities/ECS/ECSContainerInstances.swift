import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Deregisters and drains container instances.
enum ECSContainerInstances {
    /// The kind of the targets; their ids are `cluster/instance`.
    private static let kind = "ecs:container-instance"

    /// The instance `instance_id`; one that is not known stays a target, so that ECS tells what is wrong with it.
    @Sendable static func one(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.ecs)
        let id = invocation.argument("instance_id")
        let found = try await describe([id], invocation, client)
        return [target(id.pythonText, found.first, invocation, client)]
    }

    /// The instances of `container_instances`.
    @Sendable static func all(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.ecs)
        try await ECSServices.validate(invocation, client)
        let names = invocation.argument("container_instances").texts
        guard !names.isEmpty else {
            throw ExperimentError.failedActivity("container_instances must be a list of ids or ARNs, and not empty")
        }
        let found = try await describe(names.map { .string($0) }, invocation, client)
        let byID = Dictionary(
            found.map { (ARN.lastPart($0["containerInstanceArn"]?.stringValue) ?? "", $0) }, uniquingKeysWith: { $1 })
        let missing = names.filter { byID[ARN.lastPart($0) ?? ""] == nil }
        guard missing.isEmpty else {
            throw ExperimentError.failedActivity(
                "unable to locate container instance(s): \(JSONValue(texts: missing).pythonText) on cluster: "
                    + invocation.argument("cluster").pythonText)
        }
        return names.map { target($0, byID[ARN.lastPart($0) ?? ""], invocation, client) }
    }

    private static func describe(
        _ instances: [JSONValue], _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> [JSONValue] {
        let input = ECSServices.inCluster(
            invocation, ["containerInstances": .array(instances), "include": ["TAGS"]])
        let output = try await existing(["ClusterNotFoundException", "InvalidParameterException"]) {
            try await client.call("DescribeContainerInstances", input)
        }
        return output?["containerInstances"]?.elements ?? []
    }

    private static func target(
        _ name: String, _ instance: JSONValue?, _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) -> NativeActivity.Target {
        NativeActivity.Target(
            kind: kind, id: "\(ECSServices.clusterName(invocation))/\(ARN.lastPart(name) ?? "")",
            region: client.region, tags: instance?["tags"]?.tags ?? [:])
    }

    @Sendable static func deregister(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let instance = ARN.lastPart(try firstTarget(of: targets).id) ?? ""
        return try await invocation.client(.ecs).response(
            "DeregisterContainerInstance",
            ECSServices.inCluster(
                invocation, ["containerInstance": .string(instance), "force": invocation.argument("force")]))
    }

    @Sendable static func updateState(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let instances = targets.compactMap { ARN.lastPart($0.id) }
        return try await refusals(\.message) {
            try await invocation.client(.ecs).response(
                "UpdateContainerInstancesState",
                ECSServices.inCluster(
                    invocation,
                    ["containerInstances": JSONValue(texts: instances), "status": invocation.argument("status")]))
        }
    }

    /// Sets the old status.
    static let resetState = NativeActivity.Undo(
        "sets the status that the container instances had",
        calls: [.read("ecs:DescribeContainerInstances"), .change("ecs:UpdateContainerInstancesState")],
        capture: { invocation, target in
            ["status": try await status(target, invocation, invocation.client(.ecs)) ?? .null]
        },
        check: { invocation, target, before in
            guard let now = try await status(target, invocation, invocation.client(.ecs)) else {
                return .nothingLeft("the container instance \(target.id) is not registered any more")
            }
            let old = before["status"] ?? .null
            return now == old ? .restored : .stillBroken("\(target.id) is \(now.pythonText), it was \(old.pythonText)")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.ecs)
            guard let old = before["status"], !old.isNull,
                let now = try await status(target, invocation, client), now != old
            else { return }
            let instance = JSONValue.string(ARN.lastPart(target.id) ?? "")
            _ = try await client.call(
                "UpdateContainerInstancesState",
                ECSServices.inCluster(invocation, ["containerInstances": [instance], "status": old]))
        })

    /// The status of an instance; nil when it is not registered.
    private static func status(
        _ target: NativeActivity.Target, _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> JSONValue? {
        let id = JSONValue.string(ARN.lastPart(target.id) ?? "")
        let status = try await describe([id], invocation, client).first?["status"]
        return status == "INACTIVE" ? .none : status
    }
}
