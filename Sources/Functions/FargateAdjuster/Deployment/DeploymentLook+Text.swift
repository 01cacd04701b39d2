import Basics

extension DeploymentLook {
    /// The longest message, but for one with a command in it.
    static let messageLimit = 200

    // MARK: Progress

    /// From 0 to 100; while the deployment goes on never less than before, and 100 only for success.
    func progress(_ phase: DeploymentStatus.Phase) -> Int {
        let before = previous?.progress ?? 0
        switch phase {
        case .succeeded: return 100
        case .running: return max(before, min(99, reached))
        case .failed, .rollingBack, .rolledBack, .superseded, .gone: return before
        }
    }

    private var reached: Int {
        guard mine != nil else { return 5 }
        guard let ours, let stage = ours.stage else { return ours?.status == "PENDING" ? 5 : reachedByCounts }
        switch stage {
        case "RECONCILE_SERVICE", "PRE_SCALE_UP": return 10
        case "SCALE_UP": return 10 + Int(40 * share)
        case "POST_SCALE_UP": return 50
        case "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT": return 55
        case "PRODUCTION_TRAFFIC_SHIFT": return 60 + Int(25 * min(max(ours.trafficWeight ?? 0, 0), 100) / 100)
        case "POST_PRODUCTION_TRAFFIC_SHIFT": return 85
        case "BAKE_TIME": return 90
        case "CLEAN_UP": return 95
        default: return reachedByCounts
        }
    }

    /// A rolling deployment has no stages: half of the way is that the new tasks run, then that the old ones end, then
    /// that ECS and the load balancer agree.
    private var reachedByCounts: Int {
        guard running >= service.desiredCount else { return 10 + Int(40 * share) }
        guard others == 0 else {
            let left = Double(others) / Double(max(service.desiredCount, others))
            return 50 + Int(40 * (1 - left))
        }
        return targetHealth?.areEnough == false ? 90 : 95
    }

    private var share: Double {
        service.desiredCount > 0 ? min(1, Double(running) / Double(service.desiredCount)) : 1
    }

    // MARK: Message

    /// `SCALE_UP: new 1/2 running, 1 old, 1 task failed; container web: OutOfMemoryError …`.
    func message(for status: DeploymentStatus) -> String {
        let text =
            switch status.phase {
            case .succeeded: "\(counts(status)); complete" + classicNote
            case .gone, .superseded, .failed: status.cause?.text ?? status.phase.rawValue
            case .rolledBack: "ECS has taken the deployment back: \(status.cause?.text ?? "no reason given")"
            case .rollingBack: "ECS takes the deployment back: \(status.cause?.text ?? "no reason given")"
            case .running: [head + counts(status), reason].compactMap(\.self).joined(separator: "; ")
            }
        let hasCommand = status.phase == .running && ours?.waitingHook != nil
        return text.shown(hasCommand ? 2 * Self.messageLimit : Self.messageLimit)
    }

    private var head: String {
        guard mine != nil else {
            let shown = service.newest.map { $0.taskDefinition.arnResourceName } ?? "no deployment"
            return "waiting for \(expected.taskDefinition.arnResourceName), ECS still shows \(shown): "
        }
        guard let ours else { return "" }
        let weight =
            ours.trafficWeight.map { ours.stage == "PRODUCTION_TRAFFIC_SHIFT" ? " (\(percent($0)) %)" : "" } ?? ""
        return "\(ours.goesForward ? ours.stage ?? ours.status : ours.status)\(weight): "
    }

    private func percent(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    private func counts(_ status: DeploymentStatus) -> String {
        var parts = ["new \(status.running)/\(status.desired) running"]
        if status.others > 0 { parts.append("\(status.others) old") }
        if let healthy = status.healthyTargets { parts.append("targets \(healthy)/\(status.running) healthy") }
        if status.failedTasks > 0 {
            let limit = ours?.breakerThreshold.map { " of \($0) allowed" } ?? ""
            parts.append("\(status.failedTasks) failed\(limit)")
        }
        return parts.joined(separator: ", ")
    }

    /// Why it does not go on, by what is most to the point.
    private var reason: String? {
        if let hook = ours?.waitingHook { return instruction(for: hook) }
        let isShort = !hasAllTasks || targetHealth?.areEnough == false
        if isShort, let failure = memory.taskFailure { return failure.cause.text }
        if let mine, service.desiredCount != expected.desiredCount, !expected.isScaled, mine.pendingCount == 0 {
            return "the service is to have \(service.desiredCount) tasks, not \(expected.desiredCount): "
                + "somebody changed the count, or ECS has not taken it yet"
        }
        if let reason = targetHealth?.reason { return "a target is \(reason)" }
        if isShort, let problemEvent { return problemEvent }
        if isThrottled { return "AWS limits the rate of calls, looking less often" }
        if deployment.hasFailed || targets.hasFailed {
            return "looking again, because \(problem ?? "a call had no answer")"
        }
        guard hasAllTasks, others == 0, denied.contains("elasticloadbalancing:DescribeTargetHealth") else { return nil }
        return "allow elasticloadbalancing:DescribeTargetHealth, or ECS has to say that it is complete"
    }

    private func instruction(for hook: ServiceDeployment.Hook) -> String {
        let action = hook.timeoutAction.map { ", then \($0)" } ?? ""
        let end = hook.expiresAt.map { " until \($0.iso8601)\(action)" } ?? ""
        let arn = ours?.arn ?? ""
        return "paused at hook \(hook.id)\(end); continue: aws ecs continue-service-deployment --hook-id \(hook.id) "
            + "--service-deployment-arn \(arn)"
    }

    /// ECS has no classic load balancers for tasks with an address of their own, as all of Fargate's are.
    private var classicNote: String {
        service.classicLoadBalancers.isEmpty
            ? "" : ", without a look at classic load balancer \(service.classicLoadBalancers.joined(separator: ", "))"
    }
}
