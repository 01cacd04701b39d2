import Basics

/// What was read, judged: how far the deployment is, and why it failed.
extension DeploymentLook {
    /// What this look found, before it is confirmed: phase, cause, and in how many looks in a row it must be found.
    struct Finding {
        var phase: DeploymentStatus.Phase
        var cause: FailureCause?
        var looks = 1

        static let running = Finding(phase: .running)
    }

    var finding: Finding {
        guard service.status == "ACTIVE" else {
            return Finding(
                phase: .gone,
                cause: FailureCause(
                    .serviceGone, "service \(service.name) is \(service.status): somebody deletes it, or has deleted it"
                ))
        }
        return endOfDeployment ?? endOfRollback ?? findingWithoutRevision
            ?? (expected.goesBack ? nil : endOfRollout ?? endOfTasks) ?? success ?? .running
    }

    /// What the service deployment says of its end.
    private var endOfDeployment: Finding? {
        guard let ours else { return nil }
        switch ours.status {
        case "ROLLBACK_SUCCESSFUL": return Finding(phase: .rolledBack, cause: cause)
        case "ROLLBACK_FAILED": return Finding(phase: .failed, cause: cause)
        // ECS stops a deployment, too, when somebody begins another one.
        case "STOPPED" where mine != nil: return Finding(phase: .failed, cause: cause)
        case _ where ours.goesBack: return Finding(phase: .rollingBack, cause: cause)
        case _ where ours.goesForward && (ours.breakerTriggered || ours.hasAlarm): return announcedRollback
        default: return nil
        }
    }

    /// On the way back: the deployment from before could not be taken back.
    private var endOfRollback: Finding? {
        guard let before, before.status == "ROLLBACK_FAILED", let end = before.endedAt, end >= expected.since else {
            return nil
        }
        let words = before.statusReason ?? before.rollbackReason ?? "no reason given"
        return Finding(
            phase: .failed, cause: FailureCause(.other, "ECS could not take the deployment back: \(words.shown(300))"))
    }

    /// The service shows another revision: taken back by ECS, put in our place by somebody, or just not up to date.
    private var findingWithoutRevision: Finding? {
        guard mine == nil else { return nil }
        guard let primary = service.newest else { return .running }
        if hasRolledBack(to: primary) {
            let isDone =
                primary.rolloutState != "IN_PROGRESS" && primary.runningCount == primary.desiredCount
                && service.runningCount == primary.runningCount
            return isDone
                ? Finding(phase: .rolledBack, cause: cause, looks: Self.confirmations)
                : Finding(phase: .rollingBack, cause: cause)
        }
        guard let begun = primary.createdAt, begun > memory.begunAt ?? expected.since else {
            guard ours?.status == "STOPPED" else { return .running }
            return Finding(phase: .failed, cause: cause, looks: Self.confirmations)
        }
        return Finding(
            phase: .superseded,
            cause: FailureCause(
                .superseded,
                "somebody deployed \(primary.taskDefinition.arnResourceName) at \(begun.iso8601), while "
                    + "\(expected.taskDefinition.arnResourceName) was being deployed: its values stay"),
            looks: Self.confirmations)
    }

    /// Whether ECS itself deployed another revision, because ours failed.
    private func hasRolledBack(to primary: FargateService.Deployment) -> Bool {
        if previous?.phase == .rollingBack { return true }
        if service.deployments.contains(where: {
            $0.taskDefinition == expected.taskDefinition && $0.rolloutState == "FAILED"
                && ($0.createdAt ?? expected.since) >= memory.begunAt ?? expected.since
        }) {
            return true
        }
        guard let begun = primary.createdAt, begun >= memory.begunAt ?? expected.since else { return false }
        return primary.rolloutStateReason?.containsBytes("rolling back") == true
            || service.events.contains {
                ($0.createdAt.map { $0 >= expected.since } ?? false) && $0.message.containsBytes("rolling back to")
            }
    }

    /// `DescribeServices` alone says that the rollout has failed.
    private var endOfRollout: Finding? {
        mine?.rolloutState == "FAILED" && isFresh ? announcedRollback : nil
    }

    /// ECS ends the deployment: it takes it back if it is configured to, and has something to go back to.
    private var announcedRollback: Finding {
        guard service.rollsBack else { return Finding(phase: .failed, cause: cause) }
        let isOverdue = previous?.phase == .rollingBack && memory.confirmations >= Self.patience
        return Finding(phase: isOverdue ? .failed : .rollingBack, cause: cause)
    }

    /// Too many tasks have failed, or one in a way that no other task can avoid.
    private var endOfTasks: Finding? {
        guard mine != nil else { return nil }
        if failedCount > 0, let failure = taskFailure, failure.isFinal {
            return Finding(phase: .failed, cause: failure.cause)
        }
        let breakerDecides = service.hasCircuitBreaker && (isFresh || ours?.goesForward == true)
        guard !breakerDecides, failedCount > 0, failedCount >= expected.maximumFailedTasks else { return nil }
        return Finding(phase: .failed, cause: cause)
    }

    private var success: Finding? {
        guard hasAllTasks, others == 0, hasEnded, hasHealthyTargets else { return nil }
        // A deployment from before, or another count than the wanted one, may be an old answer.
        let isCertain = isFresh && service.desiredCount == expected.desiredCount
        return Finding(phase: .succeeded, looks: isCertain ? 1 : Self.confirmations)
    }

    /// Whether ECS is done with the deployment, as far as it can be seen.
    ///
    /// `rolloutState` is absent in emulators and for some strategies: then counts and targets decide, as in the
    /// original.
    var hasEnded: Bool {
        if deployment.hasFailed { return false }
        if let before, !before.hasEnded { return false }
        if let ours { return ours.status == "SUCCESSFUL" && mine?.rolloutState != "IN_PROGRESS" }
        return isFresh ? [nil, "COMPLETED"].contains(mine?.rolloutState) : mine?.rolloutState != "IN_PROGRESS"
    }

    private var hasHealthyTargets: Bool {
        guard service.desiredCount > 0, !service.servingTargetGroups.isEmpty else { return true }
        // Where targets may not be looked at, only ECS's own word that the deployment is complete counts: ECS has
        // waited for the targets.
        guard !denied.contains("elasticloadbalancing:DescribeTargetHealth") else {
            return ours?.status == "SUCCESSFUL" || isFresh && mine?.rolloutState == "COMPLETED" || isSteady
        }
        return targets.value.map { service.targets($0, tasks: running).areEnough } ?? false
    }

    /// Whether ECS has said since the change that all tasks run and are healthy.
    ///
    /// A change of the count alone begins no deployment, and the old one stays complete meanwhile.
    private var isSteady: Bool {
        service.events.contains {
            ($0.createdAt.map { $0 >= expected.since } ?? false) && $0.message.containsBytes("reached a steady state")
        }
    }

    /// Read now, or before and nothing has changed since.
    var targetHealth: TargetHealth? {
        targets.value.map { service.targets($0, tasks: running) } ?? (hasChanged ? nil : memory.targetHealth)
    }

    // MARK: Cause

    /// Why it failed, by the one who knows best: alarms, tasks, hooks, ECS's own reason, events.
    private var cause: FailureCause {
        if let ours, ours.hasAlarm || !ours.alarmsTriggered.isEmpty {
            let names = (ours.alarmsTriggered.isEmpty ? service.alarms : ours.alarmsTriggered).joined(separator: ", ")
            return FailureCause(
                .alarm, "alarm \(names) went off during the deployment; look at what it measures before the next try")
        }
        let words = [ours?.rollbackReason, ours?.statusReason, rolloutReason].compactMap(\.self)
        let reason = words.first
        if let reason, reason.containsBytes("alarm") {
            return FailureCause(.alarm, "\(reason.shown(300)); look at what the alarm measures before the next try")
        }
        if let failure = taskFailure { return failure.cause }
        if let hook = ours?.failedHook {
            let ended = hook.status == "TIMED_OUT" ? "ran out of time" : "failed"
            return FailureCause(.lifecycleHook, "hook \(hook.id) \(ended); look at the log of its function")
        }
        if let failure = problemEvent.flatMap({ TaskFailure($0) }) { return failure.cause }
        let seen =
            denied.contains { $0.hasSuffix("Tasks") } ? "; allow ecs:ListTasks and ecs:DescribeTasks to see why" : ""
        if ours?.breakerTriggered == true || reason?.containsBytes("circuit breaker") == true {
            let text = reason ?? "ECS deployment circuit breaker: \(counted(failedCount, "task")) failed"
            return FailureCause(.circuitBreaker, text.shown(300) + seen)
        }
        if ours?.status == "STOPPED" || reason?.containsBytes("stopped by") == true {
            return FailureCause(
                .stopped, "somebody stopped the deployment: \((reason ?? "no reason given").shown(300))")
        }
        if previous?.phase == .rollingBack, let known = previous?.cause { return known }
        if let reason { return FailureCause(.other, reason.shown(300)) }
        let event = problemEvent.map { ": \($0.shown(300))" } ?? ""
        return FailureCause(.other, "\(counted(failedCount, "task")) did not start or stay up\(event)\(seen)")
    }

    /// What holds it up while it goes on, and is the cause if its time ends; nil where nothing is known to.
    var obstacle: FailureCause? {
        if let hook = ours?.waitingHook {
            return FailureCause(
                .lifecycleHook,
                "paused at hook \(hook.id), and nobody continued it; continue it in time by aws ecs "
                    + "continue-service-deployment, or give the component a longer timeout")
        }
        guard !hasAllTasks || targetHealth?.areEnough == false else { return nil }
        let event = problemEvent.flatMap { TaskFailure($0)?.cause }
        // The newest word on it: tasks that failed did so before, when they still could be placed.
        if let event, event.kind == .noCapacity { return event }
        if let failure = taskFailure { return failure.cause }
        if let reason = targetHealth?.reason {
            return FailureCause(
                .targetHealth,
                "a target is \(reason.shown(300)); check the path, port and grace period of the health check, and the "
                    + "container's log")
        }
        return event ?? problemEvent.map { FailureCause(.other, $0.shown(300)) }
    }

    /// ECS's reason in the list of deployments: of ours while it has tasks, else of the one that replaces it.
    private var rolloutReason: String? {
        let ours = service.deployments.first {
            $0.taskDefinition == expected.taskDefinition && $0.rolloutState == "FAILED"
        }
        let back = service.newest.flatMap {
            $0.rolloutStateReason?.containsBytes("rolling back") == true ? $0 : nil
        }
        return (ours ?? back)?.rolloutStateReason
    }
}
