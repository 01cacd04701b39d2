import AWS
import AWSResources
import Basics
import Experiments
import JSON
import RegularExpressions

/// Deletes services and clusters, and makes them again.
enum ECSDeletions {
    /// The service `service`, or a random one of the cluster whose ARN matches `service_pattern`.
    @Sendable static func serviceTargets(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.ecs)
        var (name, candidates) = (invocation.given("service")?.stringValue ?? "", 1)
        if name.isEmpty { (name, candidates) = try await randomService(invocation, client) }
        let input = ECSServices.inCluster(invocation, ["services": [.string(name)], "include": ["TAGS"]])
        // What does not exist stays a target, so that ECS tells what is wrong with it.
        let service =
            try await existing(["ClusterNotFoundException", "InvalidParameterException"]) {
                try await client.call("DescribeServices", input)["services"]?[0]
            } ?? nil
        return [ECSServices.target(name, service, invocation, client, candidates: candidates)]
    }

    private static func randomService(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> (arn: String, candidates: Int) {
        var services = try await client.items("ListServices", ECSServices.inCluster(invocation, [:]))
            .compactMap(\.stringValue)
        guard !services.isEmpty else {
            throw ExperimentError.failedActivity(
                "No ECS services found in cluster: \(invocation.argument("cluster").pythonText)")
        }
        if let pattern = invocation.given("service_pattern")?.pythonText {
            let expression = try RegularExpression(pattern)
            services = services.filter(expression.matches)
            guard !services.isEmpty else {
                throw ExperimentError.failedActivity("No ECS services matching pattern: \(pattern)")
            }
        }
        let selection = try Selection(.count(1), of: services, by: \.self, seed: invocation.seed)
        return (selection.chosen[0], selection.available)
    }

    @Sendable static func deleteService(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let service = ECSServices.input(try firstTarget(of: targets))
        let client = try invocation.client(.ecs)
        var update = service
        update["desiredCount"] = 0
        update["deploymentConfiguration"] = ["maximumPercent": 100, "minimumHealthyPercent": 0]
        _ = try await client.call("UpdateService", update)
        return try await client.response("DeleteService", service)
    }

    /// Makes the service again from its description, or scales it up where it was only scaled down.
    static let recreateService = NativeActivity.Undo(
        "creates the service again with its old settings; its tasks are new ones",
        calls: [
            .read("ecs:DescribeClusters"), .read("ecs:DescribeServices"), .change("ecs:UpdateService"),
            .change("ecs:CreateService"),
        ],
        capture: { invocation, target in
            ["service": try await ECSServices.find(target, invocation.client(.ecs)) ?? .null]
        },
        check: { invocation, target, before in
            guard let old = before["service"], !old.isNull else {
                return .nothingLeft("the service \(target.id) did not exist before")
            }
            let client = try invocation.client(.ecs)
            guard try await clusterExists(target, client) else {
                return .nothingLeft("the cluster of the service \(target.id) does not exist any more")
            }
            guard let now = try await ECSServices.find(target, client), now["status"] == "ACTIVE" else {
                return .stillBroken("the service \(target.id) is deleted")
            }
            let changed = changing.filter { now[$0] != old[$0] }
            return changed.isEmpty
                ? .restored : .stillBroken("\(target.id): not as before: \(changed.joined(separator: ", "))")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.ecs)
            guard let old = before["service"]?.objectValue, try await clusterExists(target, client) else { return }
            var names = ECSServices.input(target)
            let status = try await ECSServices.describe(target, client)?["status"]
            if status == "DRAINING" {
                // A name is free when the tasks of the deleted service have stopped.
                try await client.wait(
                    "services_inactive",
                    ["cluster": names["cluster"] ?? .null, "services": [names["service"] ?? .null]])
            }
            if status != "ACTIVE" { _ = try await client.call("CreateService", creation(of: old, names)) }
            // The action may have come as far as to scale it down.
            let now = try await ECSServices.find(target, client)
            for member in changing where now?[member] != old[member] { names[member] = old[member] }
            if names.count > 2 { _ = try await client.call("UpdateService", names) }
        })

    /// What the action changes before it deletes the service, and what a service can be given later.
    private static let changing = ["desiredCount", "deploymentConfiguration", "placementStrategy"]

    /// The request that makes a service like the one that was described.
    private static func creation(of service: JSONObject, _ names: JSONObject) -> JSONObject {
        let members = [
            "availabilityZoneRebalancing", "capacityProviderStrategy", "deploymentConfiguration",
            "deploymentController", "desiredCount", "enableECSManagedTags", "enableExecuteCommand",
            "healthCheckGracePeriodSeconds", "launchType", "loadBalancers", "networkConfiguration",
            "placementConstraints", "placementStrategy", "platformVersion", "propagateTags", "schedulingStrategy",
            "serviceRegistries", "tags", "taskDefinition",
        ]
        var input: JSONObject = [
            "cluster": names["cluster"] ?? .null, "serviceName": names["service"] ?? .null,
        ]
        for member in members {
            input[member] = present(service[member])
        }
        if input["capacityProviderStrategy"] != nil { input["launchType"] = nil }
        if input["schedulingStrategy"] == "DAEMON" { input["desiredCount"] = nil }
        if input["propagateTags"] == "NONE" { input["propagateTags"] = nil }
        // These a service has by its deployment.
        let deployment = service["deployments"]?[0]
        for member in ["serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"] {
            input[member] = present(deployment?[member])
        }
        // The service-linked role is not passed.
        let role = service["roleArn"]?.stringValue ?? ""
        if !role.isEmpty, !role.containsBytes("/aws-service-role/") { input["role"] = .string(role) }
        return input
    }

    /// A value that a request can repeat: ECS describes what is not there by empty lists, some of which it refuses.
    private static func present(_ value: JSONValue?) -> JSONValue? {
        guard let value, !value.isNull, value != [], value != [:] else { return nil }
        return value
    }

    private static func clusterExists(
        _ target: NativeActivity.Target, _ client: ActivityClient
    ) async throws -> Bool {
        let name = ECSServices.input(target)["cluster"] ?? .null
        let cluster = try await client.call("DescribeClusters", ["clusters": [name]])["clusters"]?[0]
        return cluster.map { $0["status"] != "INACTIVE" } ?? false
    }

    /// The cluster that the argument names, and its tags.
    @Sendable static func clusterTargets(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.ecs)
        let cluster = try await find(invocation.argument("cluster"), client)
        return [
            NativeActivity.Target(
                kind: "ecs:cluster", id: ECSServices.clusterName(invocation), region: client.region,
                tags: cluster?["tags"]?.tags ?? [:])
        ]
    }

    private static func find(_ cluster: JSONValue, _ client: ActivityClient) async throws -> JSONValue? {
        let input: JSONObject = ["clusters": [cluster], "include": ["TAGS", "SETTINGS", "CONFIGURATIONS"]]
        let found = try await client.call("DescribeClusters", input)["clusters"]?[0]
        // ECS describes a deleted cluster for some time.
        return found?["status"] == "INACTIVE" ? .none : found
    }

    @Sendable static func deleteCluster(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let target = try firstTarget(of: targets)
        return try await invocation.client(.ecs).response("DeleteCluster", ["cluster": .string(target.id)])
    }

    /// Makes the cluster again; it was empty, as ECS deletes no other.
    static let recreateCluster = NativeActivity.Undo(
        "creates the cluster again with its old settings",
        calls: [.read("ecs:DescribeClusters"), .change("ecs:CreateCluster")],
        capture: { invocation, target in
            ["cluster": try await find(.string(target.id), invocation.client(.ecs)) ?? .null]
        },
        check: { invocation, target, before in
            guard let old = before["cluster"], !old.isNull else {
                return .nothingLeft("the cluster \(target.id) did not exist before")
            }
            return try await find(.string(target.id), invocation.client(.ecs)) == nil
                ? .stillBroken("the cluster \(target.id) is deleted") : .restored
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.ecs)
            guard let old = before["cluster"], !old.isNull, try await find(.string(target.id), client) == nil
            else { return }
            var input: JSONObject = ["clusterName": .string(target.id)]
            let members = [
                "capacityProviders", "configuration", "defaultCapacityProviderStrategy", "serviceConnectDefaults",
                "settings", "tags",
            ]
            for member in members {
                input[member] = present(old[member])
            }
            _ = try await client.call("CreateCluster", input)
        })
}
