import AWS
import Basics
import DurableExecution
import JSON

/// How the way back of one component ended.
struct Restoration: Codable, Sendable {
    var state: AdjustmentOutcome.State
    var message: String
    /// What the service is on now, as far as it is known.
    var taskDefinition: String?
    /// What proved to be the cause; nil for that of the change.
    var cause: FailureCause?
    var warnings: [String] = []
}

/// The way back: ECS takes the deployment back, else the service gets its former revision; and then it is verified.
extension AdjustmentRun {
    private var changes: ServiceChanges { ServiceChanges(clients: clients) }

    /// Denied and invalid calls fail at once; others are repeated for some minutes, because a service is at stake.
    private static let patience = StepRetry(attempts: 8, first: .seconds(5), longest: .seconds(60))

    /// Puts one component back to what it was.
    func putBack(_ plan: ServicePlan, _ change: ComponentChange, _ scope: DurableScope) async throws -> Restoration {
        let cause = change.cause?.text ?? "it failed"
        let former = plan.snapshot.taskDefinition.arn
        guard change.isScaled || change.isUpdated else {
            let left =
                change.isRegistered && !plan.component.deregistersSuperseded
                ? "; the new revision \(change.taskDefinition.arnResourceName) is left registered" : ""
            let isOthers = change.cause?.kind == .superseded
            return Restoration(
                state: .nothingToRestore,
                message: "\(cause); nothing was changed"
                    + (isOthers ? "" : ", the service stays on \(former.arnResourceName)") + left,
                taskDefinition: isOthers ? nil : former)
        }
        if change.status?.phase == .gone {
            return Restoration(state: .nothingToRestore, message: "\(cause); nothing is left to put back")
        }
        tell(plan, 95, "putting back: \(cause)")
        let scaling = change.isScaled ? try await putBackScaling(plan, scope) : ScalingEnd()
        // Also one that was not updated: auto scaling may have changed the number of tasks by itself.
        var restoration = try await putBackService(plan, change, scope)
        restoration.warnings += scaling.warnings
        if let failure = scaling.failure {
            restoration.state = .stillBroken
            restoration.message += "; \(failure)"
        }
        return restoration
    }

    // MARK: Auto scaling

    private struct ScalingEnd: Codable, Sendable {
        var warnings: [String] = []
        /// Why the bounds are not the former ones, and what to do.
        var failure: String?
    }

    private func putBackScaling(_ plan: ServicePlan, _ scope: DurableScope) async throws -> ScalingEnd {
        guard let former = plan.snapshot.scaling, let ours = plan.scaling else { return ScalingEnd() }
        let known = [former, ours, plan.widenedScaling]
        let service = plan.snapshot.service
        return try await scope.recorded("put scaling back") {
            do {
                guard let now = try await changes.scaling(of: service) else {
                    return ScalingEnd(warnings: [
                        "somebody else has ended auto scaling of \(service.name) meanwhile: it is left so"
                    ])
                }
                guard known.contains(now) else {
                    return ScalingEnd(warnings: [
                        "somebody else has set auto scaling of \(service.name) to \(now.minimum) to "
                            + "\(now.maximum) tasks meanwhile: it is left so"
                    ])
                }
                try await changes.setScaling(former, of: service)
                return ScalingEnd()
            } catch let error as AWSError {
                return ScalingEnd(
                    failure: error.cause("putting the bounds of auto scaling back").text
                        + "; put them back by: aws application-autoscaling register-scalable-target --region "
                        + "\(clients.region) --service-namespace ecs --scalable-dimension ecs:service:DesiredCount "
                        + "--resource-id \(service.scalingResource) "
                        + "--min-capacity \(former.minimum) --max-capacity \(former.maximum)")
            }
        }
    }

    // MARK: The service

    /// What was done to put the service back.
    private struct Reversal: Codable, Sendable {
        enum Kind: String, Codable { case done, superseded, gone, failed }
        var kind = Kind.done
        /// The revision that the service is to be healthy on.
        var taskDefinition = ""
        /// Whether the service is to have its former number of tasks, too.
        var isCounted = true
        var at: Timestamp
        var since: Timestamp
        /// Why it failed, or what others have deployed.
        var text = ""
    }

    private func putBackService(
        _ plan: ServicePlan, _ change: ComponentChange, _ scope: DurableScope
    ) async throws -> Restoration {
        let cause = change.cause?.text ?? "it failed"
        var warnings: [String] = []
        var rollsBack = true
        var denied = change.status?.denied ?? []
        if try await stopDeployment(plan, change, scope, &warnings) {
            let from = try await scope.recorded("stopped at") { clients.time.now() }
            var expected = plan.expectation(of: change)
            (expected.denied, expected.goesBack) = (denied, true)
            let end = try await watch(
                plan, expected, after: change.status, until: from + plan.timeout, scope, "watch the rollback",
                isRunning: { $0.phase == .running || $0.phase == .rollingBack }, stops: false)
            rollsBack = end.reason == .decided && end.status?.phase != .failed
            denied = end.status?.denied ?? denied
        }
        let reversal = try await reverse(plan, change, rollsBack: rollsBack, scope)
        var restoration: Restoration
        switch reversal.kind {
        case .superseded, .gone:
            restoration = Restoration(state: .nothingToRestore, message: "\(cause); \(reversal.text)")
            restoration.taskDefinition = reversal.taskDefinition.isEmpty ? nil : reversal.taskDefinition
            restoration.cause = FailureCause(
                reversal.kind == .superseded ? .superseded : .serviceGone, "\(cause); \(reversal.text)")
        case .failed:
            restoration = try await stillBroken(plan, "\(cause); the way back failed: \(reversal.text)", scope)
        case .done:
            let count = plan.snapshot.service.desiredCount
            var expected = plan.expectation(reversal.taskDefinition, count, reversal.since)
            expected.denied = denied
            if !reversal.isCounted { expected.isScaled = true }
            let end = try await watch(
                plan, expected, until: reversal.at + plan.timeout, scope, "verify",
                isRunning: { $0.phase == .running || $0.phase == .rollingBack }, stops: false)
            restoration = try await verified(plan, cause, reversal, end, scope)
        }
        restoration.warnings += warnings
        return restoration
    }

    /// Asks ECS to take the deployment back, where one goes on and the role may do so.
    /// - Returns: whether ECS takes it back.
    private func stopDeployment(
        _ plan: ServicePlan, _ change: ComponentChange, _ scope: DurableScope, _ warnings: inout [String]
    ) async throws -> Bool {
        struct Stop: Codable, Sendable {
            var isStopped = false
            var warnings: [String] = []
        }
        let isOver = change.status?.phase == .rolledBack || change.status?.phase == .superseded
        let isNew = change.taskDefinition != plan.snapshot.taskDefinition.arn
        guard !isOver, isNew, plan.express == nil else { return false }
        let stop = try await scope.recorded("stop the deployment") {
            let service = plan.snapshot.service
            do {
                let now = try await clients.service(service.arn, in: service.cluster)
                // Others' deployments are theirs.
                guard now.taskDefinition == change.taskDefinition, let deployment = now.currentDeployment else {
                    return Stop()
                }
                tell(plan, 95, "ECS is asked to take the deployment back")
                do { try await changes.stop(deployment: deployment) } catch let error as AWSError
                    where error.code == "ConflictException"
                {
                    // Taken back already, by the circuit breaker or by a process that died; or it has ended.
                    return Stop(isStopped: try await changes.goesBack(deployment: deployment))
                }
                return Stop(isStopped: true)
            } catch let error as AWSError {
                return Stop(warnings: error.isWithheld ? [] : ["ECS does not take the deployment back: \(error)"])
            } catch let error as AdjusterError {
                return Stop(warnings: ["ECS was not asked to take the deployment back: \(error)"])
            }
        }
        warnings += stop.warnings
        return stop.isStopped
    }

    /// Gives the service its former revision and number of tasks, unless it has them or somebody else has taken over.
    /// - Parameter rollsBack: false when ECS was asked to take the deployment back, and could not.
    private func reverse(
        _ plan: ServicePlan, _ change: ComponentChange, rollsBack: Bool, _ scope: DurableScope
    ) async throws -> Reversal {
        let former = plan.snapshot.service
        let revision = plan.snapshot.taskDefinition.arn
        do {
            let value = try await scope.step("put back", retry: Self.patience, failure: .remembered) {
                let time = clients.time.now()
                var reversal = Reversal(taskDefinition: revision, at: time, since: change.since ?? time)
                let now: FargateService
                do { now = try await clients.service(former.arn, in: former.cluster) } catch let error as AdjusterError
                    where error.code == .refused
                {
                    (reversal.kind, reversal.taskDefinition) = (.gone, "")
                    reversal.text = "the service is not there any more, so nothing is left to put back"
                    return try JSONEncoder().encodeToValue(reversal)
                }
                if now.status != "ACTIVE" {
                    (reversal.kind, reversal.taskDefinition) = (.gone, "")
                    reversal.text = "the service is \(now.status.lowercased()), so nothing is left to put back"
                } else if now.taskDefinition != change.taskDefinition, now.taskDefinition != revision {
                    (reversal.kind, reversal.taskDefinition) = (.superseded, now.taskDefinition)
                    reversal.text =
                        "somebody else has deployed \(now.taskDefinition.arnResourceName) meanwhile, which is left alone"
                    if let count = plan.desiredCount, now.desiredCount == count {
                        reversal.text +=
                            "; the number of tasks, \(count), is still that of this adjustment: before it was "
                            + "\(former.desiredCount)"
                    }
                } else {
                    try await reverse(plan, now, rollsBack: rollsBack, &reversal)
                }
                return try JSONEncoder().encodeToValue(reversal)
            }
            return try JSONDecoder().decode(Reversal.self, from: value)
        } catch let failure as DurableFailure {
            let time = plan.snapshot.readAt
            return Reversal(kind: .failed, at: time, since: time, text: failure.message)
        }
    }

    /// - Throws: what may be better at the next attempt.
    private func reverse(
        _ plan: ServicePlan, _ now: FargateService, rollsBack: Bool, _ reversal: inout Reversal
    ) async throws {
        let former = plan.snapshot.service
        let isBack = now.taskDefinition == reversal.taskDefinition
        // A number that is not ours is that of somebody else, or of auto scaling under load. The former bounds, which
        // are back already, may have cut ours.
        let bounds = plan.snapshot.scaling
        let isOurs =
            plan.desiredCount.map { ours in
                let cut = bounds.map { min(max(ours, $0.minimum), $0.maximum) }
                return [ours, cut].contains(now.desiredCount)
            } ?? false
        let count = isOurs && now.desiredCount != former.desiredCount ? former.desiredCount : nil
        reversal.isCounted = isOurs
        // A rollback that failed is not repeated by ECS, and naming the same revision once more changes nothing.
        let isForced = isBack && plan.express == nil && (!rollsBack || now.primary?.rolloutState == "FAILED")
        let replaced = isForced ? now.primary?.id ?? "" : nil
        if isBack, count == nil, plan.express == nil, !isForced {
            // ECS has taken it back: what the failed deployment told is not looked at any more.
            if let primary = now.primary?.createdAt { reversal.since = max(primary, reversal.since) }
            return
        }
        tell(plan, 95, "putting the service back on \(reversal.taskDefinition.arnResourceName)")
        do {
            if plan.express != nil {
                var input: JSONObject = [
                    "serviceArn": .string(former.arn), "taskDefinitionArn": .string(reversal.taskDefinition),
                ]
                if plan.express?["scalingTarget"] != nil {
                    input["scalingTarget"] = plan.snapshot.express?["scalingTarget"]
                }
                try await changes.updateExpress(input)
                // The deployment that is put back may be shown for a while, and is not somebody else's.
                reversal.since = reversal.at
                return
            }
            let deploys = !isBack || isForced
            var revision = reversal.taskDefinition
            let after: FargateService
            do {
                after = try await changes.update(
                    former, taskDefinition: deploys ? revision : nil, desiredCount: count, replacing: replaced)
            } catch let error as AWSError where deploys && error.message.containsBytes("inactive") {
                // Somebody has deregistered it meanwhile: ECS starts no tasks of it any more.
                revision = try await registerAgain(plan)
                after = try await changes.update(former, taskDefinition: revision, desiredCount: count)
            }
            reversal.taskDefinition = revision
            reversal.since = deploys ? after.primary?.createdAt ?? reversal.at : reversal.at
        } catch let error as AWSError {
            guard !error.isThrottling, !error.leavesEffectOpen else { throw error }
            (reversal.kind, reversal.text) = (.failed, error.cause("updating the service").text)
        }
    }

    /// Registers the content of the former revision, unless the newest one has it.
    private func registerAgain(_ plan: ServicePlan) async throws -> String {
        let former = plan.snapshot.taskDefinition
        let newest = try await changes.newestRevision(of: former.family)
        if let newest, newest.registers(former.registrable) { return newest.arn }
        return try await changes.register(
            former.registrable, after: newest?.revision ?? former.revision, mayBeThere: false)
    }

    private func verified(
        _ plan: ServicePlan, _ cause: String, _ reversal: Reversal, _ end: WatchEnd, _ scope: DurableScope
    ) async throws -> Restoration {
        let revision = reversal.taskDefinition.arnResourceName
        switch (end.reason, end.status?.phase) {
        case (.decided, .succeeded?):
            let tasks = end.status.map { ", \($0.running) of \($0.desired) tasks run" } ?? ""
            return Restoration(
                state: .restored, message: "\(cause); healthy on \(revision) again\(tasks)",
                taskDefinition: reversal.taskDefinition)
        case (.decided, .superseded?), (.decided, .gone?):
            return Restoration(
                state: .nothingToRestore, message: "\(cause); while it was put back: \(end.status?.message ?? "")")
        default:
            let why =
                (end.status?.cause ?? end.status?.obstacle)?.text ?? end.status?.message
                ?? "the service could not be looked at"
            let late = end.reason == .timedOut ? "not healthy on \(revision) after \(plan.timeout.text): " : ""
            return try await stillBroken(plan, "\(cause); it was put back on \(revision), and \(late)\(why)", scope)
        }
    }

    /// Says exactly what the service is on, and the command that puts it back.
    private func stillBroken(_ plan: ServicePlan, _ why: String, _ scope: DurableScope) async throws -> Restoration {
        struct Remains: Codable, Sendable {
            var text: String
            var taskDefinition: String?
        }
        let service = plan.snapshot.service
        let remains = try await scope.recorded("what is left") {
            do {
                let now = try await clients.service(service.arn, in: service.cluster)
                return Remains(
                    text: "the service is on \(now.taskDefinition.arnResourceName), \(now.runningCount) of "
                        + "\(now.desiredCount) tasks run", taskDefinition: now.taskDefinition)
            } catch let error as AdjusterError {
                return Remains(text: "what the service is on cannot be read: \(error)")
            }
        }
        let command =
            "aws ecs update-service --region \(clients.region) --cluster \(service.cluster.arnResourceName) --service "
            + "\(service.name) --task-definition \(plan.snapshot.taskDefinition.arn.arnResourceName)"
            + (plan.desiredCount == nil ? "" : " --desired-count \(service.desiredCount)")
        return Restoration(
            state: .stillBroken, message: "\(why); \(remains.text); put it back by: \(command)",
            taskDefinition: remains.taskDefinition)
    }
}
