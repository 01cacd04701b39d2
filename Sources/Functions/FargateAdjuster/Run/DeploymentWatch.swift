import Basics
import DurableExecution

/// How the watching of a deployment ended.
struct WatchEnd: Codable, Sendable {
    enum Reason: String, Codable { case decided, timedOut, cancelled, othersFailed }
    var reason: Reason
    /// nil when the service could never be looked at.
    var status: DeploymentStatus?
    /// The component that failed; nil unless that is the reason.
    var failedOther: String?
}

extension AdjustmentRun {
    /// How long a run that is only to be ended is looked at, at least.
    private static let recoveryTime = Duration.seconds(120)

    /// Looks at a deployment until it is decided, its time is over, or the run is to end.
    /// - Parameters:
    ///   - isRunning: whether a status leaves it undecided.
    ///   - first: what an earlier watch of the same deployment has seen last.
    ///   - stops: whether cancellation and the failure of another component end it.
    func watch(
        _ plan: ServicePlan, _ expected: ExpectedDeployment, after first: DeploymentStatus? = nil,
        until deadline: Timestamp, _ scope: DurableScope, _ name: String,
        isRunning: @escaping @Sendable (DeploymentStatus) -> Bool, stops: Bool
    ) async throws -> WatchEnd {
        func looks(until deadline: Timestamp) -> DeploymentLooks {
            DeploymentLooks(
                run: self, plan: plan, expected: expected, deadline: deadline, isRunning: isRunning, stops: stops)
        }
        guard let pause else {
            return try await scope.recorded(name) { () async throws -> WatchEnd in
                // A run that was left open for long still gets the time to be seen as healthy.
                let deadline = isRecovery ? max(deadline, clients.time.now() + Self.recoveryTime) : deadline
                let looks = looks(until: deadline)
                // Waits that a signal ends; what they remember ends with the step.
                let waits = DurableScope(inMemory: clients.time)
                var (previous, failures): (DeploymentStatus?, Int) = (first, 0)
                while true {
                    let look = try await looks.look(after: previous, failures: failures)
                    if let end = look.watchEnd { return end }
                    (previous, failures) = (look.status, look.failures)
                    let pause = min(DeploymentLooks.pause(interval, after: look), deadline - clients.time.now())
                    try await waits.wait("pause", for: pause, unless: stops ? cancellation : nil)
                }
            }
        }
        let looks = looks(until: deadline)
        var (previous, failures): (DeploymentStatus?, Int) = (first, 0)
        while true {
            let (before, failed) = (previous, failures)
            let look = try await scope.recorded(name) { try await looks.look(after: before, failures: failed) }
            if let end = look.watchEnd { return end }
            (previous, failures) = (look.status, look.failures)
            try await pause(scope, expected.service, DeploymentLooks.pause(interval, after: look))
        }
    }
}

/// The looks at one deployment.
struct DeploymentLooks: Sendable {
    /// What one look came to.
    struct Look: Codable, Sendable {
        var status: DeploymentStatus?
        /// So many looks in a row got no answer.
        var failures = 0
        /// nil to go on.
        var end: WatchEnd.Reason?
        var failedOther: String?

        var watchEnd: WatchEnd? { end.map { WatchEnd(reason: $0, status: status, failedOther: failedOther) } }
    }

    let run: AdjustmentRun
    let plan: ServicePlan
    let expected: ExpectedDeployment
    let deadline: Timestamp
    let isRunning: @Sendable (DeploymentStatus) -> Bool
    let stops: Bool

    /// The longest time between two looks that got no answer.
    private static let longestPause = Duration.seconds(30)

    /// The time until the next look: longer each time that ECS gives no answer, because it may be asked too often.
    static func pause(_ interval: Duration, after look: Look) -> Duration {
        guard look.failures == 0 else {
            return min(interval * (1 << min(look.failures, 4)), max(interval, longestPause))
        }
        return look.status?.pause(interval) ?? interval
    }

    func look(after previous: DeploymentStatus?, failures: Int) async throws -> Look {
        var look = Look(status: previous)
        do {
            let status = try await DeploymentWatcher(run.clients).look(at: expected, after: previous)
            look.status = status
            run.tell(plan, 5 + status.progress * 9 / 10, status.message, status)
            if !isRunning(status) { look.end = .decided }
        } catch is CancellationError { throw CancellationError() } catch let error as DurableSuspension {
            throw error
        } catch {
            look.failures = failures + 1
            run.tell(plan, 5 + (previous?.progress ?? 0) * 9 / 10, "the service cannot be looked at now: \(error)")
        }
        if look.end == nil {
            if stops, run.cancellation.isRaised {
                look.end = .cancelled
            } else if stops, let other = run.failed.withLock(\.self) {
                (look.end, look.failedOther) = (.othersFailed, other)
            } else if run.clients.time.now() >= deadline {
                look.end = .timedOut
            }
        }
        return look
    }
}

extension ServicePlan {
    var timeout: Duration { .seconds(component.timeout) }

    /// Bounds that allow the old and the new number of tasks; nil when the bounds stay.
    ///
    /// They are set before the service is changed, and the new ones after it: a higher minimum makes auto scaling start
    /// tasks by itself, which could not be taken back where UpdateService proves to be denied. Set even when they are
    /// the old ones, so that a denial is known before anything is touched.
    var widenedScaling: ServiceSnapshot.ScalingBounds? {
        guard let former = snapshot.scaling, let new = scaling else { return nil }
        return ServiceSnapshot.ScalingBounds(
            minimum: min(former.minimum, new.minimum), maximum: max(former.maximum, new.maximum))
    }

    /// What the change is to end in.
    func expectation(of change: ComponentChange) -> ExpectedDeployment {
        expectation(change.taskDefinition, desiredCount ?? snapshot.service.desiredCount, change.since)
    }

    func expectation(_ taskDefinition: String, _ desiredCount: Int, _ since: Timestamp?) -> ExpectedDeployment {
        var expected = ExpectedDeployment(
            service: snapshot.service.arn, cluster: snapshot.service.cluster, taskDefinition: taskDefinition,
            desiredCount: desiredCount, since: since ?? snapshot.readAt)
        // Whether auto scaling changes a number that stays was not asked.
        expected.isScaled = snapshot.scaling != nil || self.desiredCount == nil
        expected.maximumFailedTasks = component.maximumFailedTasks
        return expected
    }

    /// Why a deployment failed; nil when it has not.
    func cause(of end: WatchEnd) -> FailureCause? {
        let last = end.status.map { "; last seen: \($0.message)" } ?? ""
        switch end.reason {
        case .cancelled: return FailureCause(.cancelled, "cancelled while it was being deployed\(last)")
        case .othersFailed: return .failed(end.failedOther ?? "", "put back")
        case .timedOut:
            guard let obstacle = end.status?.obstacle, let status = end.status else {
                return FailureCause(.timedOut, "not healthy after \(timeout.text)\(last)")
            }
            let isKnown = obstacle.kind != .other
            return FailureCause(
                isKnown ? obstacle.kind : .timedOut,
                (isKnown ? obstacle.kind.words + ": " : "")
                    + "not healthy after \(timeout.text), \(status.running) of \(status.desired) tasks run: \(obstacle.text)"
            )
        case .decided:
            guard let status = end.status, status.phase != .succeeded else { return nil }
            if let cause = status.cause { return cause }
            switch status.phase {
            case .superseded: return FailureCause(.superseded, status.message)
            case .gone: return FailureCause(.serviceGone, status.message)
            case .rolledBack: return FailureCause(.stopped, status.message)
            default: return FailureCause(.other, status.message)
            }
        }
    }
}

extension FailureCause {
    /// The cause of a component that did not fail itself.
    /// - Parameter end: what was done with it: `put back`, `not changed`.
    static func failed(_ other: String, _ end: String) -> FailureCause {
        FailureCause(
            .stopped,
            "\(end) only because another component, \(other), failed: all components of a run change or none")
    }
}

extension FailureCause.Kind {
    /// `no capacity`.
    fileprivate var words: String { rawValue.split(separator: "-").joined(separator: " ") }
}
