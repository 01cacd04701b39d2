import AWS
import Basics
import Experiments
import JSON

/// The actions and probes of `chaosaws.asg`.
extension ChaosActivities {
    static var autoScalingActions: [NativeActivity] { scalingActions + membershipActions }

    private static var scalingActions: [NativeActivity] {
        let module = "chaosaws.asg.actions"
        return [
            .aws(
                module, "suspend_processes", .action, "Suspends processes of groups, all without process_names.",
                arguments: ScalingProcesses.arguments,
                calls: ScalingGroups.actionReads + [.change("autoscaling:SuspendProcesses")],
                choice: ScalingGroups.choice, targets: ScalingProcesses.targets, undo: ScalingProcesses.resumeAgain,
                run: ScalingProcesses.suspend),
            // Without an undo: it is what puts groups back.
            .aws(
                module, "resume_processes", .action, "Resumes processes of groups, all without process_names.",
                arguments: ScalingProcesses.arguments,
                calls: ScalingGroups.actionReads + [.change("autoscaling:ResumeProcesses")],
                choice: ScalingGroups.choice, targets: ScalingProcesses.targets, run: ScalingProcesses.resume),
            .aws(
                module, "stop_random_instances", .action, "Stops random instances in service of groups.",
                arguments: RandomInstances.arguments + [.init("force", .flag, false)],
                calls: RandomInstances.reads + [.change("ec2:StopInstances")],
                choice: ScalingGroups.instanceChoice, targets: { try await RandomInstances.targets("stop", $0) },
                undo: RandomInstances.proveHealthy,
                run: RandomInstances.stop),
            .aws(
                module, "terminate_random_instances", .action, "Terminates random instances in service of groups.",
                arguments: RandomInstances.arguments,
                calls: RandomInstances.reads + [.change("ec2:TerminateInstances")],
                choice: ScalingGroups.instanceChoice, targets: { try await RandomInstances.targets("termination", $0) },
                undo: RandomInstances.proveHealthy,
                run: RandomInstances.terminate),
        ]
    }

    private static var membershipActions: [NativeActivity] {
        let module = "chaosaws.asg.actions"
        return [
            .aws(
                module, "detach_random_instances", .action, "Detaches random instances in service from groups.",
                arguments: DetachedInstances.arguments,
                calls: RandomInstances.reads + [.change("autoscaling:DetachInstances")],
                choice: "so many or a share, at random, of the instances in service of each group",
                targets: DetachedInstances.targets, undo: DetachedInstances.attachAgain,
                run: DetachedInstances.detach),
            .aws(
                module, "change_subnets", .action, "Moves groups to other subnets.", arguments: GroupSubnets.arguments,
                calls: ScalingGroups.actionReads + [.change("autoscaling:UpdateAutoScalingGroup")],
                choice: ScalingGroups.choice, targets: GroupSubnets.targets, undo: GroupSubnets.changeBack,
                run: GroupSubnets.change),
            .aws(
                module, "detach_random_volume", .action,
                "Detaches a random volume, not the root, of each instance of groups.",
                arguments: ScalingGroups.choiceArguments + [.init("force", .flag, true)],
                calls: ScalingGroups.actionReads + EC2Volumes.detachCalls,
                choice: "one random volume of each instance of the groups, never its root",
                targets: GroupVolumes.targets, undo: EC2Volumes.attachAgain,
                run: { try await EC2Volumes.detach($0, $1, isOfGroups: true) }),
            // Without an undo: it is what puts volumes back.
            .aws(
                module, "attach_volume", .action, "Attaches detached volumes to the instances of groups again.",
                arguments: ScalingGroups.choiceArguments, calls: ScalingGroups.actionReads + EC2Volumes.attachCalls,
                choice: "unattached volumes whose tag ChaosToolkitDetached names one of the groups",
                targets: GroupVolumes.detached, run: EC2Volumes.attach),
        ]
    }

    static var autoScalingProbes: [NativeActivity] { healthProbes + groupProbes }

    private static var healthProbes: [NativeActivity] {
        let module = "chaosaws.asg.probes"
        let calls: [NativeActivity.Call] = [.read("autoscaling:DescribeAutoScalingGroups")]
        let (names, tags) = (NativeActivity.Argument("asg_names", .list), NativeActivity.Argument("tags", .list))
        let timeout = NativeActivity.Argument("timeout", .number, 300)
        return [
            .aws(
                module, "describe_auto_scaling_groups", .probe, "Describes groups.",
                arguments: ScalingGroups.choiceArguments, calls: calls
            ) { invocation, _ in
                let client = try invocation.client(.autoScaling)
                if let names = invocation.given("asg_names") {
                    return try await ScalingGroups.describeAll(names, client)
                }
                guard let tags = invocation.given("tags") else {
                    throw ExperimentError.failedActivity(#"Must specify either "asg_names" or "tags""#)
                }
                return try await ScalingGroups.describe(taggedBy: tags, client)
            },
            .aws(
                module, "desired_equals_healthy", .probe,
                "Whether each group has as many healthy instances as desired.",
                arguments: [names], calls: calls
            ) { invocation, _ in .bool(try await GroupHealth.named(invocation)()) },
            .aws(
                module, "desired_equals_healthy_tags", .probe,
                "Whether each group with the tags has as many healthy instances as desired.", arguments: [tags],
                calls: calls
            ) { invocation, _ in .bool(try await GroupHealth.tagged(invocation)()) },
            .aws(
                module, "wait_desired_equals_healthy", .probe,
                "Waits until each group has as many healthy instances as desired; returns the seconds.",
                arguments: [names, timeout], calls: calls
            ) { invocation, _ in try await GroupHealth.wait(invocation, until: GroupHealth.named(invocation)) },
            .aws(
                module, "wait_desired_equals_healthy_tags", .probe,
                "Waits until each group with the tags has as many healthy instances as desired; returns the seconds.",
                arguments: [tags, timeout], calls: calls
            ) { invocation, _ in try await GroupHealth.wait(invocation, until: GroupHealth.tagged(invocation)) },
            .aws(
                module, "wait_desired_not_equals_healthy_tags", .probe,
                "Waits until a group with the tags has not as many healthy instances as desired; returns the seconds.",
                arguments: [tags, timeout], calls: calls
            ) { invocation, _ in
                let isHealthy = try GroupHealth.tagged(invocation)
                return try await GroupHealth.wait(invocation, isWanted: false, until: isHealthy)
            },
        ]
    }

    private static var groupProbes: [NativeActivity] {
        let module = "chaosaws.asg.probes"
        let calls: [NativeActivity.Call] = [.read("autoscaling:DescribeAutoScalingGroups")]
        return [
            .aws(
                module, "is_scaling_in_progress", .probe,
                "Whether a group with the tags has an instance that is not in service or not healthy.",
                arguments: [.init("tags", .list)], calls: calls
            ) { invocation, _ in
                let groups = try await GroupHealth.taggedGroups(invocation)()
                let instances = groups.flatMap { $0["Instances"]?.elements ?? [] }
                return .bool(
                    instances.contains { $0["LifecycleState"] != "InService" || $0["HealthStatus"] != "Healthy" })
            },
            .aws(
                module, "has_subnets", .probe, "Whether each of the groups is in these subnets and no others.",
                arguments: GroupSubnets.arguments, calls: calls
            ) { invocation, _ in
                let wanted = invocation.argument("subnets").texts.sorted()
                return .bool(
                    try await chosenGroups(invocation).allSatisfy { GroupSubnets.subnets(of: $0).sorted() == wanted })
            },
            .aws(
                module, "process_is_suspended", .probe, "Whether processes are suspended in all of the groups.",
                arguments: ScalingProcesses.arguments, calls: calls, run: processIsSuspended),
            .aws(
                module, "instance_count_by_health", .probe,
                "Counts the healthy, or the unhealthy, instances of groups.",
                arguments: ScalingGroups.choiceArguments + [.init("count_healthy", .flag, true)],
                calls: ScalingGroups.actionReads, run: instanceCount),
        ]
    }

    @Sendable private static func processIsSuspended(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let groups = try await chosenGroups(invocation)
        guard let processes = invocation.argument("process_names").arrayValue else {
            throw ExperimentError(python: "TypeError", "'NoneType' object is not iterable")
        }
        return .bool(
            groups.allSatisfy { group in
                let suspended = (group["SuspendedProcesses"]?.elements ?? []).compactMap { $0["ProcessName"] }
                return processes.allSatisfy(suspended.contains)
            })
    }

    /// The groups of a probe by names or tags.
    private static func chosenGroups(_ invocation: NativeActivity.Invocation) async throws -> [JSONValue] {
        let client = try invocation.client(.autoScaling)
        try ScalingGroups.requireOneChoice(invocation)
        let output =
            if let names = invocation.given("asg_names") {
                try await ScalingGroups.describeAll(names, client)
            } else {
                try await ScalingGroups.describe(taggedBy: invocation.argument("tags"), client)
            }
        return output["AutoScalingGroups"]?.elements ?? []
    }

    /// By tags the groups are found as actions find them.
    ///
    /// chaosaws sends the tags as names of filters, which the service refuses.
    @Sendable private static func instanceCount(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let client = try invocation.client(.autoScaling)
        guard invocation.given("asg_names") != nil || invocation.given("tags") != nil else {
            throw ExperimentError.failedActivity("missing one of the required parameters: asg_names or tags")
        }
        let groups =
            if let names = invocation.given("asg_names") {
                try await client.items("DescribeAutoScalingGroups", ["AutoScalingGroupNames": names])
            } else {
                try await ScalingGroups.ofAction(invocation, client)
            }
        let wanted: JSONValue = invocation.given("count_healthy") == nil ? "Unhealthy" : "Healthy"
        let instances = groups.flatMap { $0["Instances"]?.elements ?? [] }
        return JSONValue(instances.filter { $0["HealthStatus"] == wanted }.count)
    }
}

/// Whether Auto Scaling groups have as many healthy instances as they should.
private enum GroupHealth {
    typealias Test = @Sendable () async throws -> Bool

    static func named(_ invocation: NativeActivity.Invocation) throws -> Test {
        guard let names = invocation.given("asg_names") else {
            throw ExperimentError.failedActivity("Non-empty list of auto scaling groups is required")
        }
        let client = try invocation.client(.autoScaling)
        return {
            isHealthy(try await client.items("DescribeAutoScalingGroups", ["AutoScalingGroupNames": names]))
        }
    }

    static func tagged(_ invocation: NativeActivity.Invocation) throws -> Test {
        let groups = try taggedGroups(invocation)
        return { isHealthy(try await groups()) }
    }

    /// What lists the groups that have all of the tags.
    static func taggedGroups(
        _ invocation: NativeActivity.Invocation
    ) throws -> @Sendable () async throws -> [JSONValue] {
        guard let tags = invocation.given("tags") else {
            throw ExperimentError.failedActivity("Non-empty tags is required")
        }
        let client = try invocation.client(.autoScaling)
        return {
            try await ScalingGroups.describe(taggedBy: tags, client)["AutoScalingGroups"]?.elements ?? []
        }
    }

    /// A group without healthy instances is not healthy, also when it wants none; neither is no group.
    private static func isHealthy(_ groups: [JSONValue]) -> Bool {
        !groups.isEmpty
            && groups.allSatisfy { group in
                let healthy = group.healthyInstances.count
                return healthy > 0 && group["DesiredCapacity"] == JSONValue(healthy)
            }
    }

    /// The pause between two looks; chaosaws looks ten times a second, which the service throttles.
    private static let pause = Duration.seconds(1)

    /// Waits until the groups are healthy, or until they are not.
    ///
    /// - Returns: the whole seconds that it took; Python's `sys.maxsize` after the argument `timeout`.
    static func wait(
        _ invocation: NativeActivity.Invocation, isWanted: Bool = true, until test: Test
    ) async throws -> JSONValue {
        let start = invocation.time.now()
        let timeout = try invocation.seconds("timeout", default: 300)
        while true {
            let isHealthy = try await test()
            let elapsed = invocation.time.now() - start
            if elapsed > timeout { return .integer(.max) }
            if isHealthy == isWanted { return .integer(elapsed.components.seconds) }
            guard try await invocation.pauseBeforeNextLook(pause) else {
                throw ExperimentError.failedActivity(
                    "the groups were \(isWanted ? "not " : "still ")healthy after \(elapsed.text), and "
                        + "the time of the run is over"
                )
            }
        }
    }
}
