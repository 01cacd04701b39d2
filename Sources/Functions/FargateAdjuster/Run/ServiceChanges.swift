import AWS
import Basics
import JSON

/// The calls that change a service, each with a way to find out whether it had its effect.
struct ServiceChanges: Sendable {
    let clients: AdjusterClients

    private static let maximumAttempts = 8
    private static let longestPause = 16

    private var time: TimeSource { clients.time }
    private var deadline: Timestamp { time.now() + AdjusterClients.callTimeout }

    /// The newest revision of a family, with its tags; nil for a family without one.
    func newestRevision(of family: String) async throws -> TaskDefinition? {
        do {
            return TaskDefinition(
                try await clients.ecs.call(
                    "DescribeTaskDefinition", ["taskDefinition": .string(family), "include": ["TAGS"]],
                    deadline: deadline))
        } catch let error as AWSError where error.code == "ClientException" { return nil }
    }

    /// Registers a revision, once: when no answer comes, the newest revision tells what became of it.
    /// - Parameters:
    ///   - latest: the newest revision before.
    ///   - mayBeThere: whether another process may have registered it already.
    /// - Returns: the revision's ARN.
    func register(_ registration: JSONObject, after latest: Int, mayBeThere: Bool) async throws -> String {
        let family = registration["family"]?.stringValue ?? ""
        func registered() async throws -> String? {
            guard let newest = try await newestRevision(of: family), newest.revision > latest else { return nil }
            return newest.registers(registration) ? newest.arn : nil
        }
        if mayBeThere, let arn = try await registered() { return arn }
        // The client, and libcurl below it, would repeat a lost call, and so leave a second revision.
        let client = try clients.ecsSendingOnce()
        return try await repeating {
            let output = try await client.call("RegisterTaskDefinition", .object(registration), deadline: deadline)
            guard let arn = output["taskDefinition"]?["taskDefinitionArn"]?.stringValue else {
                throw AWSError(.invalidResponse, "RegisterTaskDefinition gave no taskDefinitionArn")
            }
            return arn
        } findingOut: {
            try await registered()
        }
    }

    /// Gives a service a revision, a number of tasks, or both.
    /// - Parameter replaced: the id of the deployment in whose place a new one begins although the service names this
    ///   revision already; nil to force none.
    /// - Returns: the service after it, as far as the answer tells.
    func update(
        _ service: FargateService, taskDefinition: String?, desiredCount: Int?, replacing replaced: String? = nil
    ) async throws -> FargateService {
        var input: JSONObject = ["cluster": .string(service.cluster), "service": .string(service.arn)]
        input["taskDefinition"] = taskDefinition.map { .string($0) }
        input["desiredCount"] = desiredCount.map { JSONValue($0) }
        if replaced != nil { input["forceNewDeployment"] = true }
        let call = input
        return try await repeating {
            let output = try await clients.ecs.call("UpdateService", .object(call), deadline: deadline)
            return FargateService(output["service"] ?? .null)
        } findingOut: {
            let now = try await clients.service(service.arn, in: service.cluster)
            let isDone =
                now.taskDefinition == taskDefinition ?? now.taskDefinition
                && now.desiredCount == desiredCount ?? now.desiredCount
                && (replaced == nil || now.primary?.id != replaced)
            return isDone ? now : nil
        }
    }

    /// Changes an Express service by its own operation.
    func updateExpress(_ input: JSONObject) async throws {
        _ = try await repeating {
            try await clients.ecs.call("UpdateExpressGatewayService", .object(input), deadline: deadline)
        } findingOut: {
            nil
        }
    }

    /// Asks ECS to take a deployment back.
    func stop(deployment: String) async throws {
        _ = try await clients.ecs.call(
            "StopServiceDeployment", ["serviceDeploymentArn": .string(deployment), "stopType": "ROLLBACK"],
            deadline: deadline)
    }

    /// Whether ECS takes a deployment back already; true where that cannot be seen.
    func goesBack(deployment: String) async throws -> Bool {
        do {
            let output = try await clients.ecs.call(
                "DescribeServiceDeployments", ["serviceDeploymentArns": [.string(deployment)]], deadline: deadline)
            return output["serviceDeployments"]?[0].map { ServiceDeployment($0).goesBack } ?? false
        } catch let error as AWSError where error.isWithheld { return true }
    }

    /// Deregisters a revision; tasks that run it go on.
    func deregister(_ taskDefinition: String) async throws {
        _ = try await clients.ecs.call(
            "DeregisterTaskDefinition", ["taskDefinition": .string(taskDefinition)], deadline: deadline)
    }

    /// Sets the bounds of auto scaling; again without harm.
    func setScaling(_ bounds: ServiceSnapshot.ScalingBounds, of service: FargateService) async throws {
        _ = try await repeating {
            try await clients.scaling.value().call(
                "RegisterScalableTarget",
                [
                    "ServiceNamespace": "ecs", "ResourceId": .string(service.scalingResource),
                    "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": JSONValue(bounds.minimum),
                    "MaxCapacity": JSONValue(bounds.maximum),
                ], deadline: deadline)
        } findingOut: {
            nil
        }
    }

    /// The present bounds of auto scaling; nil for none.
    func scaling(of service: FargateService) async throws -> ServiceSnapshot.ScalingBounds? {
        let output = try await repeating {
            try await clients.scaling.value().call(
                "DescribeScalableTargets", service.scalingQuery, deadline: deadline)
        } findingOut: {
            nil
        }
        return output["ScalableTargets"]?[0].map { ServiceSnapshot.ScalingBounds($0) }
    }

    /// Calls until there is a clear answer: after a lost one, what it did is found out before it is sent again.
    private func repeating<R: Sendable>(
        _ call: () async throws -> R, findingOut effect: () async throws -> R?
    ) async throws -> R {
        var attempt = 1
        while true {
            do { return try await call() } catch let error as AWSError {
                guard error.isThrottling || error.leavesEffectOpen else { throw error }
                if error.leavesEffectOpen, let result = try await effect() { return result }
                guard attempt < Self.maximumAttempts else { throw error }
            }
            try await time.sleep(.seconds(min(1 << (attempt - 1), Self.longestPause)))
            attempt += 1
        }
    }
}

extension AWSError {
    /// Whether the call may have been carried out although it failed.
    var leavesEffectOpen: Bool { localCode == .transport || localCode == .invalidResponse || (status ?? 0) >= 500 }

    /// Why a change failed, for an outcome.
    func cause(_ doing: String) -> FailureCause {
        isDenied
            ? FailureCause(.denied, "\(doing) is denied: allow \(action) to the adjuster's role (AWS said: \(brief))")
            : FailureCause(.other, "\(doing) failed: \(self)")
    }
}

extension TaskDefinition {
    /// Whether registering this would give the same revision again; ECS may tell lists in another order.
    func registers(_ registration: JSONObject) -> Bool {
        Self.normal(.object(registrable)) == Self.normal(.object(registration))
    }

    /// Named entries in the order of their names, and without empty members, which ECS adds.
    private static func normal(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            return .object(
                JSONObject(
                    object.compactMap { key, value -> (String, JSONValue)? in
                        let value = normal(value)
                        return value == .null || value == .array([]) || value == .object([:]) ? nil : (key, value)
                    }))
        case .array(let elements):
            let elements = elements.map(normal)
            func name(_ element: JSONValue) -> String? {
                element["name"]?.stringValue ?? element["key"]?.stringValue
            }
            guard elements.allSatisfy({ name($0) != nil }) else { return .array(elements) }
            return .array(elements.sorted { (name($0) ?? "") < (name($1) ?? "") })
        default: return value
        }
    }
}
