public import Basics

/// Where a deployment is, at one look.
public struct DeploymentStatus: Sendable, Hashable, Codable {
    /// What the adjustment does next depends on this alone.
    public enum Phase: String, Sendable, Codable {
        /// It goes on; look again.
        case running
        /// The service runs the expected revision, all tasks of it, healthy, and nothing of another one.
        case succeeded
        /// It has failed, or cannot succeed any more, and nothing takes it back: we have to.
        case failed
        /// ECS takes it back itself; look again.
        case rollingBack
        /// ECS has taken it back.
        case rolledBack
        /// Somebody else has deployed another revision meanwhile.
        case superseded
        /// The service is gone or is being deleted.
        case gone
    }

    /// What the look found.
    public var phase: Phase
    /// From 0 to 100; never less than at the look before, while the phase is `running`.
    public var progress: Int
    /// For people: stage, counts, and why nothing moves.
    public var message: String
    /// Why it has failed; nil while it has not.
    public var cause: FailureCause?
    /// What holds it up while it goes on: the cause, if it does not get over it in time; nil where nothing is known to.
    public var obstacle: FailureCause?
    /// The service deployment's ARN; nil where that cannot be seen.
    public var deployment: String?
    /// The stage of ECS, such as `SCALE_UP`; nil where that cannot be seen.
    public var stage: String?
    /// So many tasks of the expected revision run.
    public var running = 0
    /// So many there are to be.
    public var desired = 0
    /// So many tasks of other deployments still run.
    public var others = 0
    /// Tasks of the expected revision that did not start or stay up.
    public var failedTasks = 0
    /// So many targets are healthy in the target group that has the fewest.
    ///
    /// There must be as many as tasks. nil where no load balancer is in front, and while they are not looked at.
    public var healthyTargets: Int?
    /// The share of production traffic of the expected revision, in per cent; nil where that is not shifted.
    public var trafficWeight: Double?
    /// Operations that are denied or unknown to the server, such as `ecs:ListTasks`: they are not tried again.
    public var denied: [String] = []
    /// Whether AWS limited the rate of a call of this look: look less often.
    public var isThrottled = false
    /// What the next look needs to know.
    var memory = DeploymentMemory()

    /// A status.
    public init(_ phase: Phase, progress: Int, _ message: String) {
        (self.phase, self.progress, self.message) = (phase, progress, message)
    }

    /// The time until the next look.
    ///
    /// Twice the interval, three times when nothing has changed for long, and once when ECS is done and only our own
    /// checks are open. At 5 s a hundred adjusters that begin at once stay within what ECS gives an account for reading
    /// services: 20 calls a second, and 100 at once.
    /// - Parameter interval: the shortest time.
    public func pause(_ interval: Duration) -> Duration {
        if isThrottled { return max(interval, .seconds(30)) }
        if running == desired, others == 0, progress > 90, memory.rolloutState != "IN_PROGRESS" { return interval }
        return interval * (memory.unchanged < 12 ? 2 : 3)
    }
}

/// What the looks at one deployment remember of each other.
struct DeploymentMemory: Sendable, Hashable, Codable {
    /// When ECS created the deployment of the expected revision, by ECS's clock; nil before it was seen.
    var begunAt: Timestamp?
    /// Whether that deployment was seen in progress.
    var wasInProgress = false
    /// A finding that another look has to confirm, and in how many looks in a row it was made.
    var candidate: DeploymentStatus.Phase?
    var confirmations = 0
    /// ECS's count of failed tasks at the first look at a deployment from before, which is not ours.
    var failuresBefore = 0
    /// ECS's counts of failed tasks at the last look.
    var failureCount = 0
    /// In so many searches no service deployment was found.
    var searches = 0
    /// The ARN of a service deployment from before that has ended.
    var endedBefore: String?
    /// The last reading of the service deployment, and before how many looks it was made.
    var reading: ServiceDeployment?
    var readingAge = 0
    /// What the targets were, until something changes.
    var targetHealth: TargetHealth?
    /// What the newest failed task tells.
    var taskFailure: TaskFailure?
    /// Whether stopped tasks were asked for the cause of the end.
    var askedForCause = false
    /// What `DescribeServices` told; a change makes the other readings due.
    var counts: [Int] = []
    var rolloutState: String?
    /// In so many looks in a row nothing changed.
    var unchanged = 0
}

/// Why a deployment failed.
public struct FailureCause: Sendable, Hashable, Codable {
    /// One word for programs: the `reason` of the driver's last line.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A container got more memory than its limit.
        case outOfMemory = "out-of-memory"
        /// There is no such image, or not for the platform.
        case imageNotFound = "image-not-found"
        /// A secret, a volume or a log group that the task needs at its start.
        case resourceNotFound = "resource-not-found"
        /// An essential container ended or could not start.
        case containerExited = "container-exited"
        /// A container's own health check failed.
        case containerHealth = "container-health"
        /// The load balancer's health check failed.
        case targetHealth = "target-health"
        /// Fargate has no capacity, took a Spot task back, or the account is at a quota.
        case noCapacity = "no-capacity"
        /// An alarm of the deployment went off.
        case alarm = "alarm"
        /// Too many tasks failed, for causes that could not be seen.
        case circuitBreaker = "circuit-breaker"
        /// A hook of the deployment failed or ran out of time.
        case lifecycleHook = "lifecycle-hook"
        /// Somebody stopped the deployment.
        case stopped = "stopped"
        /// It took longer than it may.
        case timedOut = "timeout"
        /// It was cancelled.
        case cancelled = "cancelled"
        /// Somebody else deployed another revision.
        case superseded = "superseded"
        /// The service is gone or is being deleted.
        case serviceGone = "service-gone"
        /// A role may not do what the task needs.
        case denied = "denied"
        /// None of these.
        case other = "unknown"
    }

    /// What failed.
    public var kind: Kind
    /// For people: what failed, with ECS's own words, and what to do.
    public var text: String

    /// A cause.
    public init(_ kind: Kind, _ text: String) { (self.kind, self.text) = (kind, text) }
}

/// What a deployment is to end in.
public struct ExpectedDeployment: Sendable, Hashable, Codable {
    /// The ARN of the service.
    public var service: String
    /// The ARN of the cluster.
    public var cluster: String
    /// The ARN of the revision.
    public var taskDefinition: String
    /// So many tasks, or more where auto scaling may add some.
    public var desiredCount: Int
    /// Whether auto scaling may change the number meanwhile, so that ECS's own desired count counts.
    public var isScaled = false
    /// Whether ECS was asked to take it back, so that failed tasks decide nothing any more.
    public var goesBack = false
    /// Deployments and stopped tasks from before are not looked at: the moment before the service is changed; on the
    /// way back, before it is changed back.
    public var since: Timestamp
    /// So many failed tasks are too many where no circuit breaker decides.
    public var maximumFailedTasks = 3
    /// Operations that an earlier deployment of the run showed to be denied: they are not tried.
    public var denied: [String] = []

    /// An expectation.
    public init(service: String, cluster: String, taskDefinition: String, desiredCount: Int, since: Timestamp) {
        (self.service, self.cluster, self.taskDefinition) = (service, cluster, taskDefinition)
        (self.desiredCount, self.since) = (desiredCount, since)
    }
}
