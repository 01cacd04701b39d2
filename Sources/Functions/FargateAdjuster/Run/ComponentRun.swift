import AWS
import Basics
import DurableExecution
import JSON

/// What was changed of a component, and how far it came.
struct ComponentChange: Codable, Sendable {
    /// The revision that the service is to run.
    var taskDefinition: String
    /// Whether this run has registered it.
    var isRegistered = false
    /// Whether the bounds of auto scaling were changed, or may have been.
    var isScaled = false
    /// Whether the service was changed, or may have been.
    var isUpdated = false
    /// When the service was changed, by this machine's clock: its timeout counts from then.
    var updatedAt: Timestamp?
    /// When its deployment began, by ECS's clock.
    var since: Timestamp?
    /// The last look.
    var status: DeploymentStatus?
    /// Why it failed; nil while it has not.
    var cause: FailureCause?
    /// The component whose failure alone ends this one.
    var failedOther: String?
    var warnings: [String] = []
}

extension AdjustmentRun {
    private var changes: ServiceChanges { ServiceChanges(clients: clients) }

    /// From this many components on they begin one a second: ECS takes one registration a second, 20 at once.
    private static let componentsAtOnce = 15
    /// So often, every five seconds, an Express service is read for the revision of its update.
    private static let expressReadings = 12

    /// Brings one component to its new values, and back when that fails.
    func adjust(_ plan: ServicePlan, _ index: Int, _ scope: DurableScope) async throws -> ComponentResult {
        let turn = index - Self.componentsAtOnce
        if turn >= 0 { try await scope.wait("turn", for: .seconds(turn + 1), unless: cancellation) }
        let change = try await change(plan, scope)
        guard change.cause != nil else { return ComponentResult(component: plan.component.name, change: change) }
        if change.failedOther == nil { failed.withLock { $0 = $0 ?? plan.component.name } }
        let restoration = try await putBack(plan, change, scope)
        return ComponentResult(component: plan.component.name, change: change, restoration: restoration)
    }

    /// Makes the changes and watches the deployment until it is decided.
    private func change(_ plan: ServicePlan, _ scope: DurableScope) async throws -> ComponentChange {
        var change = ComponentChange(taskDefinition: plan.snapshot.taskDefinition.arn)
        if let bounds = plan.widenedScaling {
            tell(plan, 1, "auto scaling is to allow \(bounds.minimum) to \(bounds.maximum) tasks")
            change = try await scope.recorded("widen scaling") { [change] in try await scale(plan, bounds, change) }
        }
        if change.cause == nil, let registration = plan.registration {
            tell(plan, 2, "registering a revision of \(plan.snapshot.taskDefinition.family)")
            change = try await register(plan, registration, change, scope)
        }
        if change.cause == nil {
            tell(plan, 5, "updating the service to \(change.taskDefinition.arnResourceName)")
            change = try await scope.recorded("update") { [change] in try await update(plan, change) }
        }
        if change.cause == nil, let bounds = plan.scaling, bounds != plan.widenedScaling {
            tell(plan, 5, "setting auto scaling to \(bounds.minimum) to \(bounds.maximum) tasks")
            change = try await scope.recorded("set scaling") { [change] in try await scale(plan, bounds, change) }
        }
        guard change.cause == nil else { return change }
        let end = try await watch(
            plan, plan.expectation(of: change), until: (change.updatedAt ?? clients.time.now()) + plan.timeout, scope,
            "watch", isRunning: { $0.phase == .running || $0.phase == .rollingBack }, stops: true)
        change.status = end.status
        (change.cause, change.failedOther) = (plan.cause(of: end), end.failedOther)
        return change
    }

    // MARK: Changes

    private func scale(
        _ plan: ServicePlan, _ bounds: ServiceSnapshot.ScalingBounds, _ before: ComponentChange
    ) async throws -> ComponentChange {
        if !before.isUpdated, var stopped = try await stopped(before) {
            // A process that died in this step may have set them.
            stopped.isScaled = true
            return stopped
        }
        var change = before
        do {
            let known = [plan.snapshot.scaling, plan.widenedScaling, plan.scaling]
            let now = try await changes.scaling(of: plan.snapshot.service)
            guard known.contains(now) else {
                change.cause = FailureCause(
                    .superseded,
                    "somebody else has \(now.map { "set auto scaling to \($0.minimum) to \($0.maximum) tasks" } ?? "ended auto scaling")"
                        + " since the adjustment was planned")
                return change
            }
            try await changes.setScaling(bounds, of: plan.snapshot.service)
            change.isScaled = true
        } catch let error as AWSError {
            change.cause = error.cause("changing the bounds of auto scaling")
            change.isScaled = change.isScaled || error.leavesEffectOpen
        }
        return change
    }

    private func register(
        _ plan: ServicePlan, _ registration: JSONObject, _ before: ComponentChange, _ scope: DurableScope
    ) async throws -> ComponentChange {
        var change = before
        // Looked at apart: a process that dies while it registers leaves the number of the revision before.
        let isFresh = !scope.isReplaying
        let newest: NewestRevision = try await scope.recorded("look for the revision") {
            try await self.newest(plan, registration)
        }
        if let cause = newest.cause {
            change.cause = cause
            return change
        }
        if let arn = newest.sameContent {
            change.taskDefinition = arn
            return change
        }
        return try await scope.recorded("register") { [change] () async throws -> ComponentChange in
            var change = change
            do {
                if let stopped = try await stopped(change) {
                    // Only to find out what the process that died has left.
                    let found = try await changes.newestRevision(of: plan.snapshot.taskDefinition.family)
                    guard isRecovery, let found, found.revision > newest.revision, found.registers(registration) else {
                        return stopped
                    }
                    change.taskDefinition = found.arn
                } else {
                    change.taskDefinition = try await changes.register(
                        registration, after: newest.revision, mayBeThere: !isFresh)
                }
                change.isRegistered = true
            } catch let error as AWSError {
                change.cause = error.cause("registering a revision of \(plan.snapshot.taskDefinition.family)")
            }
            return change
        }
    }

    /// The newest revision of the family, and whether it is the wanted one already.
    private struct NewestRevision: Codable, Sendable {
        var revision = 0
        var sameContent: String?
        var cause: FailureCause?
    }

    private func newest(_ plan: ServicePlan, _ registration: JSONObject) async throws -> NewestRevision {
        var result = NewestRevision(revision: plan.snapshot.taskDefinition.revision)
        do {
            guard let newest = try await changes.newestRevision(of: plan.snapshot.taskDefinition.family) else {
                return result
            }
            result.revision = newest.revision
            if newest.registers(registration) { result.sameContent = newest.arn }
        } catch let error as AWSError {
            result.cause = error.cause("reading the newest revision of \(plan.snapshot.taskDefinition.family)")
        }
        return result
    }

    private func update(_ plan: ServicePlan, _ before: ComponentChange) async throws -> ComponentChange {
        var change = before
        let former = plan.snapshot.service
        change.updatedAt = clients.time.now()
        change.since = change.updatedAt
        let now: FargateService
        do {
            now = try await clients.patiently { try await clients.service(former.arn, in: former.cluster) }
        } catch let error as AdjusterError {
            // What a process that died has done is not known: the run stays open for one that can see the service.
            if isRecovery {
                throw AdjusterError(
                    .unavailable, "\(plan.component.name) is left open, because it cannot be read: \(error.message)",
                    underlying: error.underlying)
            }
            change.cause = FailureCause(.other, "reading the service before its change failed: \(error)")
            return change
        }
        if let decided = try await decided(change, by: now, plan) { return decided }
        do {
            if let express = plan.express {
                try await changes.updateExpress(express)
                change.isUpdated = true
                let deploys = ["cpu", "memory", "primaryContainer"].contains { express[$0] != nil }
                guard let revision = try await revision(of: former, mustBeNew: deploys) else {
                    change.cause = FailureCause(
                        .other, "ECS took the update of the Express service, and has not deployed it for a minute")
                    return change
                }
                change.taskDefinition = revision
                return change
            }
            let isNew = change.taskDefinition != former.taskDefinition
            guard isNew || plan.desiredCount != nil else { return change }
            let after = try await changes.update(
                former, taskDefinition: isNew ? change.taskDefinition : nil, desiredCount: plan.desiredCount)
            change.isUpdated = true
            if isNew, after.taskDefinition == change.taskDefinition {
                change.since = after.primary?.createdAt ?? change.since
            }
        } catch let error as AWSError {
            change.cause = error.cause("updating the service to \(change.taskDefinition.arnResourceName)")
            change.isUpdated = change.isUpdated || error.leavesEffectOpen
        } catch let error as AdjusterError {
            change.cause = FailureCause(.other, "reading the service failed: \(error)")
            change.isUpdated = true
        }
        return change
    }

    /// The revision that ECS has given an Express service after its update; nil when it gives none.
    ///
    /// ECS registers it itself, and the service may still show the former one for a while.
    private func revision(of former: FargateService, mustBeNew: Bool) async throws -> String? {
        for _ in 0..<Self.expressReadings {
            let now = try await clients.service(former.arn, in: former.cluster)
            if !mustBeNew || now.taskDefinition != former.taskDefinition { return now.taskDefinition }
            try await clients.time.sleep(.seconds(5))
        }
        return nil
    }

    /// The change where the service needs no update any more, or gets none: a process that died has made it, somebody
    /// else has changed the service, or nothing more may be begun; nil where it is to be updated.
    private func decided(
        _ before: ComponentChange, by now: FargateService, _ plan: ServicePlan
    ) async throws -> ComponentChange? {
        var change = before
        let former = plan.snapshot.service
        let hasCount = plan.desiredCount != nil && now.desiredCount == plan.desiredCount
        if now.taskDefinition == change.taskDefinition, change.taskDefinition != former.taskDefinition {
            change.isUpdated = true
            change.since = now.primary?.createdAt ?? change.since
            if isRecovery || plan.desiredCount == nil || hasCount { return change }
            return try await stopped(change)
        }
        if now.taskDefinition != former.taskDefinition {
            if plan.express != nil, isRecovery {
                (change.isUpdated, change.taskDefinition) = (true, now.taskDefinition)
            } else {
                change.cause = FailureCause(
                    .superseded,
                    "somebody else has deployed \(now.taskDefinition.arnResourceName) since the adjustment was planned")
            }
            return change
        }
        if let planned = former.primary, let primary = now.primary, planned.id != primary.id {
            // Or ECS has taken back what a process that died had begun: the way back then finds all as it was.
            change.isUpdated = true
            change.cause = FailureCause(
                .superseded,
                "another deployment of \(former.taskDefinition.arnResourceName) has begun since the adjustment was planned"
            )
            return change
        }
        if hasCount, change.taskDefinition == former.taskDefinition, let stopped = try await stopped(change) {
            // Set by a process that died, as far as can be told: a recovery looks whether it is healthy.
            if !isRecovery { change = stopped }
            change.isUpdated = true
            return change
        }
        if plan.desiredCount != nil, plan.snapshot.scaling == nil, now.desiredCount != former.desiredCount, !hasCount {
            change.cause = FailureCause(
                .superseded,
                "somebody else has set the service to \(counted(now.desiredCount, "task")) since the adjustment was "
                    + "planned")
            return change
        }
        return try await stopped(change)
    }

    /// The change with the reason why nothing more may be begun; nil when it may.
    private func stopped(_ before: ComponentChange) async throws -> ComponentChange? {
        var change = before
        try await readCancellation?()
        if cancellation.isRaised {
            change.cause = FailureCause(.cancelled, "cancelled before the service was changed")
        } else if let other = failed.withLock(\.self) {
            (change.cause, change.failedOther) = (.failed(other, "not changed"), other)
        } else if isRecovery {
            change.cause = FailureCause(.stopped, "the process that adjusted it died before the service was changed")
        } else {
            return nil
        }
        return change
    }
}
