public import Basics
public import JSON

/// What became of one service.
public struct AdjustmentOutcome: Sendable, Hashable, Codable {
    /// How it ended.
    public enum State: String, Sendable, Codable {
        /// Healthy on the new values.
        case succeeded
        /// It had the wanted values already.
        case unchanged
        /// It failed, and the service is healthy on the former values again.
        case restored
        /// It failed before anything was changed, or nothing is left of the service.
        case nothingToRestore = "nothing to restore"
        /// It failed, and the way back failed, too: somebody has to look.
        case stillBroken = "still broken"
    }

    /// The component's name.
    public var component: String
    /// The service's ARN, or its name where it could not be read.
    public var service: String
    /// How it ended.
    public var state: State
    /// Why it did not succeed; nil when it did.
    public var cause: FailureCause?
    /// For people, one line: what happened, and what the service is on now.
    public var message: String
    /// The ARN of the revision that the service is on now, as far as it is known.
    public var taskDefinition: String?
    /// The ARN of the revision from before.
    public var formerTaskDefinition: String?
    /// What was wanted, whether or not the service has it now.
    public var changes: [ServicePlan.Change] = []
    /// What did not go as wanted beside: a revision that could not be deregistered, bounds of scaling that stay.
    public var warnings: [String] = []
    /// When the run was planned.
    public var startedAt: Timestamp?
    /// When it was known how it ended.
    public var endedAt: Timestamp?

    /// An outcome.
    public init(component: String, service: String, _ state: State, _ message: String, cause: FailureCause? = nil) {
        (self.component, self.service, self.state, self.message, self.cause) =
            (component, service, state, message, cause)
    }

    /// The members by their names, without those that are nil.
    public var json: JSONValue { (try? JSONEncoder().encodeToValue(self)) ?? .null }
}

/// What a run tells while it goes on.
public struct AdjustmentProgress: Sendable, Hashable {
    /// nil for the run as a whole.
    public var component: String?
    /// From 0 to 100, of the component.
    public var progress: Int
    /// For people, one line: what goes on, or a warning.
    public var message: String
    /// nil while nothing is deployed.
    public var deployment: DeploymentStatus?

    /// Progress.
    public init(component: String? = nil, progress: Int, _ message: String, deployment: DeploymentStatus? = nil) {
        (self.component, self.progress, self.message, self.deployment) = (component, progress, message, deployment)
    }
}
