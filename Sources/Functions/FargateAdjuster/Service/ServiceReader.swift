import AWS
import Basics
import JSON

extension AdjusterClients {
    /// Reads a service with its revision and its bounds of auto scaling.
    /// - Parameter withScaling: whether auto scaling is asked, too.
    /// - Throws: ``AdjusterError`` `refused` for a service that does not exist, `unavailable`; `CancellationError`.
    public func snapshot(
        of service: String, in cluster: String, withScaling: Bool = true
    ) async throws -> ServiceSnapshot {
        let found = try await self.service(service, in: cluster)
        guard found.status == "ACTIVE" else {
            throw AdjusterError(
                .refused,
                "service \(found.name) of cluster \(found.clusterName) is \(found.status), not ACTIVE: it is being "
                    + "deleted, or was; create it again, or take it out of the configuration")
        }
        guard !found.taskDefinition.isEmpty else {
            throw AdjusterError(
                .refused,
                "service \(found.name) of cluster \(found.clusterName) has no task definition of its own, because an "
                    + "\(found.controller) controller deploys it: change its task sets by that controller")
        }
        let definition = TaskDefinition(
            try await required(
                ecs, "DescribeTaskDefinition",
                ["taskDefinition": .string(found.taskDefinition), "include": ["TAGS"]]))
        var snapshot = ServiceSnapshot(service: found, taskDefinition: definition, readAt: time.now())
        let platform = definition.registrable["runtimePlatform"]
        if let family = platform?["operatingSystemFamily"]?.stringValue { snapshot.service.platform.family = family }
        if let architecture = platform?["cpuArchitecture"]?.stringValue {
            snapshot.service.platform.architecture = architecture
        }
        try await look(atDeploymentOf: &snapshot)
        if withScaling { try await readScaling(of: &snapshot) }
        if found.isExpress { try await readExpress(of: &snapshot) }
        return snapshot
    }

    /// Reads a service alone.
    /// - Throws: ``AdjusterError`` `refused` for a service that does not exist, `unavailable`; `CancellationError`.
    func service(_ service: String, in cluster: String) async throws -> FargateService {
        let output: JSONValue
        do {
            output = try await required(
                ecs, "DescribeServices", ["cluster": .string(cluster), "services": [.string(service)]])
        } catch let error as AdjusterError
            where ["ClusterNotFoundException", "ServiceNotFoundException"]
            .contains((error.underlying as? AWSError)?.code)
        {
            throw missing(service, in: cluster)
        }
        guard let found = output["services"]?[0] else {
            let failure = output["failures"]?[0]
            let reason = failure?.text("reason") ?? ""
            if ["", "MISSING"].contains(reason) { throw missing(service, in: cluster) }
            throw AdjusterError(
                .unavailable,
                "ecs:DescribeServices says \(reason) of service \(service): \(failure?.text("detail") ?? "")")
        }
        return FargateService(found)
    }

    private func missing(_ service: String, in cluster: String) -> AdjusterError {
        AdjusterError(
            .refused,
            "service \(service.arnResourceName) is not in cluster \(cluster.arnResourceName) of \(region); check "
                + "service_name and cluster (or FARGATE_CLUSTER) of the configuration, the region, and the account of "
                + "the credentials")
    }

    /// Finds out whether the deployment that the service names goes on, and what it waits for.
    ///
    /// The service may name one that has ended: whatever the list of deployments does not show either is then over.
    private func look(atDeploymentOf snapshot: inout ServiceSnapshot) async throws {
        guard let arn = snapshot.service.currentDeployment else { return }
        let answer = try await optional(
            OnFirstUse { ecs }, "DescribeServiceDeployments", ["serviceDeploymentArns": [.string(arn)]])
        guard let found = answer.output?["serviceDeployments"]?[0] else {
            if snapshot.service.listedDeployment == nil { snapshot.service.currentDeployment = nil }
            return
        }
        let deployment = ServiceDeployment(found)
        guard !deployment.hasEnded else {
            snapshot.service.currentDeployment = nil
            return
        }
        let stage = deployment.stage.map { " at stage \($0)" } ?? ""
        var text = "service deployment \(arn.arnResourceName) is \(deployment.status)\(stage)"
        if let hook = deployment.waitingHook {
            let expiry = hook.expiresAt.map { " until \($0)" } ?? ""
            text += " and is paused at hook \(hook.id)\(expiry), for a ContinueServiceDeployment"
        }
        snapshot.inFlight = text
    }

    private func readScaling(of snapshot: inout ServiceSnapshot) async throws {
        let service = snapshot.service
        switch try await optional(scaling, "DescribeScalableTargets", service.scalingQuery) {
        case .output(let output):
            guard let target = output["ScalableTargets"]?[0] else { return }
            snapshot.scaling = ServiceSnapshot.ScalingBounds(target)
            snapshot.scalesIn = target["SuspendedState"]?["DynamicScalingInSuspended"] != true
        case .withheld(let reason):
            snapshot.warnings.append(
                "whether \(service.name) is under auto scaling cannot be seen; if it is, that may change the number of "
                    + "tasks again: \(reason)")
        }
    }
}

extension AdjusterClients {
    /// What an update of an Express service replaces as a whole, so that it can be sent again.
    private func readExpress(of snapshot: inout ServiceSnapshot) async throws {
        let answer = try await optional(
            OnFirstUse { ecs }, "DescribeExpressGatewayService", ["serviceArn": .string(snapshot.service.arn)])
        switch answer {
        case .output(let output):
            snapshot.express = output["service"]?["activeConfigurations"]?[0]?.objectValue
        case .withheld(let reason):
            snapshot.warnings.append(
                "the scaling of the Express service \(snapshot.service.name) cannot be seen: \(reason)")
        }
    }
}

extension FargateService {
    /// The name that Application Auto Scaling has for the service: `service/<cluster>/<service>`.
    var scalingResource: String { "service/\(clusterName)/\(name)" }

    /// The input of `DescribeScalableTargets` that asks for its number of tasks.
    var scalingQuery: JSONValue {
        [
            "ServiceNamespace": "ecs", "ResourceIds": [.string(scalingResource)],
            "ScalableDimension": "ecs:service:DesiredCount",
        ]
    }

    /// The deployment that is to become the only one.
    var primary: Deployment? { deployments.first { $0.status == "PRIMARY" } }

    /// The newest deployment: the primary one, or the last one created where none is called so.
    var newest: Deployment? {
        primary ?? deployments.max { ($0.createdAt?.microseconds ?? 0) < ($1.createdAt?.microseconds ?? 0) }
    }

    /// What the list of deployments shows of one that goes on; nil when the list shows none.
    var listedDeployment: String? {
        if let newest = deployments.first(where: { $0.rolloutState == "IN_PROGRESS" }) {
            let reason = newest.rolloutStateReason.map { " (\($0))" } ?? ""
            return "deployment \(newest.id) of \(newest.taskDefinition.arnResourceName) is IN_PROGRESS\(reason)"
        }
        let running = deployments.filter { $0.status != "INACTIVE" }
        guard running.count > 1 else { return nil }
        let revisions = running.map { $0.taskDefinition.arnResourceName }.joined(separator: ", ")
        return "it has \(running.count) deployments at once (\(revisions))"
    }
}
