import Basics

/// One look at a deployment: asks for what it still needs to read, and judges what was read.
///
/// All decisions are here; ``DeploymentWatcher`` only makes the calls. `DescribeServices` is the ground: the service
/// deployment tells more, but only together with the revision that `DescribeServices` shows, because either of them may
/// be stale right after a change.
struct DeploymentLook: Sendable {
    /// What is to be read next.
    enum Question: Sendable, Hashable {
        /// `DescribeServiceDeployments` of this ARN.
        case deployment(String)
        /// `ListServiceDeployments` of those created since.
        case search(since: Timestamp)
        /// `DescribeTargetHealth` of these target groups.
        case targets([String])
        /// `ListTasks` and `DescribeTasks`.
        case stoppedTasks

        /// The operations, as policies name them.
        var actions: [String] {
            switch self {
            case .deployment: ["ecs:DescribeServiceDeployments"]
            case .search: ["ecs:ListServiceDeployments"]
            case .targets: ["elasticloadbalancing:DescribeTargetHealth"]
            case .stoppedTasks: ["ecs:ListTasks", "ecs:DescribeTasks"]
            }
        }
    }

    /// How a reading ended.
    enum Reading<Value: Sendable>: Sendable {
        case notAsked
        case read(Value)
        /// There is none, or it may not be read.
        case absent
        /// There was no answer this time: what it would tell may not be taken for granted.
        case failed

        var value: Value? { if case .read(let value) = self { value } else { nil } }
        var isDue: Bool { if case .notAsked = self { true } else { false } }
        var hasFailed: Bool { if case .failed = self { true } else { false } }
    }

    /// So many looks in a row must agree where a single one may be stale.
    static let confirmations = 2
    /// So many looks ECS gets to begin the rollback that it announced.
    static let patience = 6
    /// So often the service deployment is searched.
    static let searches = 3
    /// A service deployment is read at least at each so many looks.
    static let readingInterval = 3

    let expected: ExpectedDeployment
    let previous: DeploymentStatus?
    let service: FargateService
    var memory: DeploymentMemory
    var denied: [String]
    var isThrottled = false
    /// Why a call had no answer.
    var problem: String?
    /// Not read where nothing has changed.
    private(set) var deployment = Reading<ServiceDeployment>.notAsked
    private(set) var targets = Reading<[TargetGroupHealth]>.notAsked
    private(set) var tasks = Reading<[StoppedTask]>.notAsked
    private var found: String?
    private var hasSearched = false
    let hasChanged: Bool
    /// The ARN of the expected service deployment, from an earlier look.
    private var known: String?

    init(_ expected: ExpectedDeployment, after previous: DeploymentStatus?, service: FargateService) {
        (self.expected, self.previous, self.service) = (expected, previous, service)
        memory = previous?.memory ?? DeploymentMemory()
        denied = previous?.denied ?? expected.denied
        known = previous?.deployment
        let primary = service.newest
        let ofPrimary = [primary?.runningCount, primary?.pendingCount, primary?.failedTasks].map { $0 ?? -1 }
        let counts = ofPrimary + [service.desiredCount, service.runningCount, service.deployments.count]
        hasChanged = counts != memory.counts || primary?.rolloutState != memory.rolloutState
        (memory.counts, memory.rolloutState) = (counts, primary?.rolloutState)
        guard let mine else { return }
        if let begunAt = memory.begunAt, let newer = mine.createdAt, newer > begunAt {
            // Somebody deployed the same revision again: that deployment counts now.
            (memory.begunAt, memory.reading, memory.searches, known) = (newer, nil, 0, nil)
            memory.wasInProgress = false
        } else if memory.begunAt == nil {
            memory.begunAt = mine.createdAt
            // A deployment from before, when only the count changes, may have failed tasks from before.
            if !isFresh { memory.failuresBefore = mine.failedTasks }
        }
        if mine.rolloutState == "IN_PROGRESS" { memory.wasInProgress = true }
        memory.failuresBefore = min(memory.failuresBefore, mine.failedTasks)
    }

    // MARK: What DescribeServices shows

    /// The newest deployment, if it is of the expected revision.
    var mine: FargateService.Deployment? {
        service.newest.flatMap { $0.taskDefinition == expected.taskDefinition ? $0 : nil }
    }

    var running: Int { mine?.runningCount ?? 0 }

    /// Tasks of all other deployments, those of the same revision too.
    var others: Int {
        service.deployments.filter { $0 != mine }.reduce(0) { $0 + $1.runningCount + $1.pendingCount }
    }

    /// Whether the newest deployment is that of the change; a change of the count alone begins none.
    ///
    /// One that is in progress is, too, whatever the clocks of this machine and of ECS say: nothing is changed while
    /// another deployment goes on.
    var isFresh: Bool { memory.wasInProgress || (mine?.createdAt).map { $0 >= expected.since } ?? false }

    /// Whether all tasks of the expected revision run, be they healthy or not.
    var hasAllTasks: Bool {
        guard let mine, service.status == "ACTIVE" else { return false }
        return mine.runningCount == service.desiredCount && mine.pendingCount == 0
            && (service.desiredCount == expected.desiredCount || expected.isScaled)
    }

    // MARK: The service deployment

    /// The service deployment, read now or before, if it is the expected one.
    var ours: ServiceDeployment? {
        guard let newest = deployment.value ?? memory.reading, isOurs(newest) else { return nil }
        return newest
    }

    /// Whether it is the expected one, and not one from before.
    ///
    /// On the way back the one from before is being taken back, and its end shows the expected revision.
    private func isOurs(_ deployment: ServiceDeployment) -> Bool {
        if deployment.arn == known { return true }
        let isNew = isAfterChange(deployment)
        return mine != nil ? deployment.goesForward || isNew && !deployment.wasTurned : isNew && deployment.wasTurned
    }

    private func isAfterChange(_ deployment: ServiceDeployment) -> Bool {
        deployment.createdAt.map { $0 >= expected.since } ?? false
    }

    /// One from before that is read because the service still names it.
    var before: ServiceDeployment? { deployment.value.flatMap { isOurs($0) ? nil : $0 } }

    private var deploymentARN: String? {
        if let known = known ?? found { return known }
        return service.currentDeployment == memory.endedBefore ? nil : service.currentDeployment
    }

    // MARK: Questions

    /// What has to be read before ``status()``; nil when nothing is missing.
    var question: Question? {
        [deploymentQuestion, targetQuestion, taskQuestion].lazy.compactMap(\.self).first {
            !isDenied($0)
        }
    }

    func isDenied(_ question: Question) -> Bool { question.actions.contains { denied.contains($0) } }

    private var deploymentQuestion: Question? {
        guard deployment.isDue else { return nil }
        if let arn = deploymentARN {
            let isDue =
                hasChanged || memory.reading?.arn != arn || memory.reading?.goesForward != true
                || memory.readingAge >= Self.readingInterval - 1
                || hasAllTasks && others == 0 && mine?.rolloutState != "IN_PROGRESS"
            return isDue ? .deployment(arn) : nil
        }
        guard isFresh, !hasSearched, !isDenied(.deployment("")), service.currentDeployment == nil,
            memory.searches < Self.searches
        else {
            return nil
        }
        return .search(since: expected.since)
    }

    private var targetQuestion: Question? {
        guard targets.isDue, hasAllTasks, service.desiredCount > 0, !service.servingTargetGroups.isEmpty else {
            return nil
        }
        // They decide when ECS is done, and else tell why nothing moves.
        let isIdle = !hasChanged && memory.unchanged % Self.readingInterval == Self.readingInterval - 1
        return others == 0 && hasEnded || isIdle ? .targets(service.servingTargetGroups) : nil
    }

    private var taskQuestion: Question? {
        guard tasks.isDue else { return nil }
        if failureCount > memory.failureCount || hasLostTasks {
            return .stoppedTasks
        }
        let phase = finding.phase
        guard [.failed, .rollingBack, .rolledBack].contains(phase), !memory.askedForCause else { return nil }
        return .stoppedTasks
    }

    /// Whether a task ended that ought to run: ECS's count of failures begins again when a task runs, so that it does
    /// not show tasks that end later.
    private var hasLostTasks: Bool {
        mine != nil && running < min(previous?.running ?? 0, service.desiredCount)
    }

    mutating func take(deployment reading: Reading<ServiceDeployment>) { deployment = reading }

    /// ECS names a service deployment that it does not describe.
    mutating func takeMissing(_ arn: String) {
        deployment = arn == known ? .failed : .absent
        memory.endedBefore = arn
    }

    mutating func take(targets reading: Reading<[TargetGroupHealth]>) { targets = reading }

    /// - Parameter arn: of the service deployment that the search found; nil for none.
    mutating func take(searched arn: String?) {
        (found, hasSearched) = (arn, true)
        if arn == nil { memory.searches += 1 }
    }

    mutating func take(tasks reading: Reading<[StoppedTask]>) {
        tasks = reading
        if let newest = failedTasks.first {
            let final = failedTasks.lazy.compactMap(\.failure).first { $0.isFinal }
            memory.taskFailure = final ?? newest.failure
        }
    }

    /// An operation that is denied or unknown is not called again.
    mutating func deny(_ question: Question, _ action: String) {
        if !denied.contains(action) { denied.append(action) }
        if case .search = question { hasSearched = true }
    }

    // MARK: Failed tasks

    /// Those of the expected revision since the change, the newest first.
    private var failedTasks: [StoppedTask] {
        (tasks.value ?? [])
            .filter {
                $0.taskDefinition == expected.taskDefinition && $0.hasFailed
                    && ($0.stoppedAt ?? expected.since) >= expected.since
            }
            .sorted { ($0.stoppedAt ?? expected.since) > ($1.stoppedAt ?? expected.since) }
    }

    /// What ECS itself counts: it begins again when a task runs.
    private var failureCount: Int {
        max((mine?.failedTasks ?? 0) - memory.failuresBefore, ours?.breakerFailures ?? 0)
    }

    var failedCount: Int { max(previous?.failedTasks ?? 0, failureCount, failedTasks.count) }

    /// The newest event since the change that tells why something does not work.
    var problemEvent: String? {
        service.events.first { event in
            (event.createdAt.map { $0 >= expected.since } ?? false)
                && Self.problems.contains { event.message.containsBytes($0) }
        }?.message
    }

    private static let problems = [
        "unable to", "is unhealthy", "failed", "throttl", "unavailable", "reached the limit", "rror", "not able to",
    ]

    /// What stopped tasks tell, else what the events tell where those cannot be seen.
    var taskFailure: TaskFailure? {
        memory.taskFailure ?? (failedCount > 0 ? problemEvent.flatMap { TaskFailure($0) } : nil)
    }

    // MARK: Status

    /// What the look found.
    func status() -> DeploymentStatus {
        let found = finding
        var memory = memory
        memory.confirmations = memory.candidate == found.phase ? memory.confirmations + 1 : 1
        memory.candidate = found.phase
        let isConfirmed = memory.confirmations >= found.looks
        // What is not confirmed yet leaves the phase as it was, as far as that still goes on.
        let phase: DeploymentStatus.Phase =
            isConfirmed ? found.phase : previous?.phase == .rollingBack ? .rollingBack : .running

        var status = DeploymentStatus(phase, progress: progress(phase), "")
        status.cause = isConfirmed || phase == .rollingBack ? found.cause : nil
        if phase == .running { status.cause = nil }
        status.deployment = ours?.arn ?? known ?? unreadableDeployment
        status.stage = ours?.stage
        (status.running, status.desired, status.others) = (running, service.desiredCount, others)
        status.failedTasks = failedCount
        status.healthyTargets = targetHealth?.healthy
        if phase == .running { status.obstacle = obstacle }
        status.trafficWeight = ours?.trafficWeight
        (status.denied, status.isThrottled) = (denied, isThrottled)

        memory.targetHealth = targetHealth
        memory.failureCount = failureCount
        memory.unchanged = hasChanged ? 0 : memory.unchanged + 1
        memory.readingAge += 1
        if let read = deployment.value {
            if read.hasEnded, !isOurs(read), !isAfterChange(read) {
                memory.endedBefore = read.arn
            } else if isOurs(read) {
                memory.reading = read
            }
            memory.readingAge = 0
        }
        if [.failed, .rollingBack, .rolledBack].contains(found.phase), !tasks.isDue { memory.askedForCause = true }
        status.memory = memory
        status.message = message(for: status)
        return status
    }

    /// The ARN where the service names it but it may not be read: it can still be stopped.
    private var unreadableDeployment: String? {
        isFresh && denied.contains("ecs:DescribeServiceDeployments") ? service.currentDeployment : nil
    }
}

extension DeploymentStatus {
    /// The status where the service is not found: gone, once a second look says so, too.
    static func missing(_ expected: ExpectedDeployment, after previous: DeploymentStatus?) -> DeploymentStatus {
        var status = previous ?? DeploymentStatus(.running, progress: 0, "")
        status.memory.confirmations = status.memory.candidate == .gone ? status.memory.confirmations + 1 : 1
        status.memory.candidate = .gone
        status.isThrottled = false
        let name = expected.service.arnResourceName
        if status.memory.confirmations >= DeploymentLook.confirmations {
            status.phase = .gone
            status.cause = FailureCause(.serviceGone, "service \(name) is not there any more: somebody has deleted it")
            status.message = "service \(name) is gone"
        } else {
            status.message = "ECS does not find service \(name); looking again"
        }
        return status
    }
}
