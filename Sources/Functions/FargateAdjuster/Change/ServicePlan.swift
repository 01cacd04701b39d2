public import Basics
public import JSON

/// What an adjustment does with one service.
///
/// Made before anything is touched, and part of the record.
public struct ServicePlan: Sendable, Hashable, Codable {
    /// A setting's old and new value; of a variable that no file names only that it changes.
    public struct Change: Sendable, Hashable, Codable {
        /// Such as `cpu`.
        public var setting: String
        /// Such as `0.5 vCPU`; nil for a variable that was not there, `(set)` where no rule names its values.
        public var from: String?
        /// Such as `1 vCPU`.
        public var to: String

        /// A change.
        public init(_ setting: String, from: String?, to: String) {
            (self.setting, self.from, self.to) = (setting, from, to)
        }
    }

    /// The component that it is for.
    public var component: ComponentConfiguration
    /// What the service is now, and is again if the adjustment fails.
    public var snapshot: ServiceSnapshot
    /// In the order of the configuration; empty when the service has all the wanted values.
    public var changes: [Change] = []
    /// The input of `RegisterTaskDefinition`; nil when the revision stays.
    public var registration: JSONObject?
    /// The new number of tasks; nil when it stays.
    public var desiredCount: Int?
    /// The new bounds of auto scaling; nil when they stay.
    public var scaling: ServiceSnapshot.ScalingBounds?
    /// The input of `UpdateExpressGatewayService`, in place of registration and update.
    public var express: JSONObject?
    /// US dollars a month before and after, at list price; nil where it is not known.
    public var monthlyCost: [Double]?
    /// Unknown settings, a secret that stays, and the like.
    public var warnings: [String] = []

    /// A plan without changes.
    public init(component: ComponentConfiguration, snapshot: ServiceSnapshot) {
        (self.component, self.snapshot) = (component, snapshot)
    }

    /// Plans the changes that bring a service to the wanted values.
    ///
    /// A service without changes gets a plan without changes, whatever state it is in.
    /// - Throws: ``AdjusterError`` `invalidInput` for values that are not allowed or that Fargate does not have,
    ///   `refused` for a service that cannot be adjusted now; with everything that is wrong.
    public init(
        _ component: ComponentConfiguration, settings: [AdjustmentRequest.Setting], snapshot: ServiceSnapshot,
        region: String
    ) throws(AdjusterError) {
        self.init(component: component, snapshot: snapshot)
        var wanted = WantedSettings(component, settings, snapshot)
        var refusals = wanted.refusals
        if wanted.faults.isEmpty, wanted.refusals.isEmpty, wanted.changes.isEmpty {
            warnings += wanted.warnings
            if let deployment = snapshot.deploymentInFlight {
                warnings.append("there is nothing to change, but \(deployment): whether that succeeds is not watched")
            }
            return
        }
        refusals += snapshot.refusals(allowsExpress: component.allowsExpress)
        if wanted.changesRevision, !snapshot.taskDefinition.isActive {
            refusals.append(
                "\(snapshot.taskDefinition.name) was deregistered, so the service could not go back to it: deploy a "
                    + "revision that is ACTIVE first, even one with the same content")
        }
        let faults = wanted.faults + refusals
        guard faults.isEmpty else {
            throw AdjusterError(
                wanted.faults.isEmpty ? .refused : .invalidInput,
                faults.map { "comp \(component.name): \($0)" }.joined(separator: "; "),
                // When it is the only fault, waiting for it helps.
                underlying: faults.count == 1 && snapshot.deploymentInFlight != nil ? ServiceBusy() : nil)
        }
        changes = wanted.changes
        desiredCount = wanted.desiredCount
        scaling = wanted.scaling
        if wanted.changesRevision { registration = wanted.definition.registrable }
        // They are about auto scaling, and a role with the original's permissions gets them for every service.
        if desiredCount != nil || scaling != nil { warnings += snapshot.warnings }
        warnings += wanted.warnings
        if snapshot.service.isExpress { planExpress(&wanted) }
        monthlyCost = Self.cost(snapshot, wanted, region: region)
    }

    /// Whether there is nothing to do.
    public var isEmpty: Bool { registration == nil && desiredCount == nil && scaling == nil && express == nil }

    /// Before and after; nil where the price is not known, as that of Spot, which changes.
    private static func cost(_ snapshot: ServiceSnapshot, _ wanted: WantedSettings, region: String) -> [Double]? {
        let service = snapshot.service
        guard !service.capacityProviders.contains("FARGATE_SPOT") else { return nil }
        func price(_ definition: TaskDefinition, _ tasks: Int) -> Double? {
            FargatePrices.monthly(
                cpu: definition.cpu, memory: definition.memory, on: service.platform, region: region
            ).map { $0 * Double(tasks) }
        }
        guard let before = price(snapshot.taskDefinition, service.desiredCount),
            let after = price(wanted.definition, wanted.tasks)
        else { return nil }
        return [before, after]
    }
}

extension ServiceSnapshot {
    /// A deployment that goes on, whichever view shows it; nil for none.
    var deploymentInFlight: String? {
        inFlight ?? service.listedDeployment
            ?? service.currentDeployment.map { "service deployment \($0.arnResourceName) goes on" }
    }

    /// Why the service cannot be adjusted now, and what to do; whatever the wanted values are.
    func refusals(allowsExpress: Bool) -> [String] {
        var refusals: [String] = []
        let name = "service \(service.name)"
        if service.status != "ACTIVE" {
            refusals.append("\(name) is \(service.status), not ACTIVE: it is being deleted, or was")
        }
        if !service.isOnFargate {
            let place =
                service.launchType.map { "its launch type is \($0)" }
                ?? "its capacity providers are \(service.capacityProviders.joined(separator: ", "))"
            refusals.append(
                "\(name) does not run on Fargate (\(place)): the sizes of its tasks are limited by its machines, which "
                    + "this adjuster does not know; move it to FARGATE or FARGATE_SPOT, or take it out of the "
                    + "configuration")
        }
        switch service.controller {
        case "CODE_DEPLOY":
            refusals.append(
                "\(name) is deployed by CodeDeploy, which refuses a task definition by UpdateService: adjust it by a "
                    + "deployment of CodeDeploy, or move it to ECS's own blue/green deployments")
        case "EXTERNAL":
            refusals.append(
                "\(name) is deployed by an external controller, which alone may change its task sets: adjust it there")
        default: break
        }
        if service.isExpress, !allowsExpress {
            refusals.append(
                "\(name) is an Express service, which ECS manages as a whole: allow its operation for this component "
                    + "by `express: true` in the configuration")
        }
        if let deployment = deploymentInFlight {
            refusals.append(
                "a deployment of \(name) is in flight (\(deployment)): wait until it is over, or stop it with "
                    + "aws ecs stop-service-deployment, and try again")
        }
        return refusals
    }
}

extension FargateService {
    /// Whether Fargate runs its tasks, or at least a part of them.
    var isOnFargate: Bool {
        launchType == "FARGATE" || capacityProviders.contains { ["FARGATE", "FARGATE_SPOT"].contains($0) }
    }
}
