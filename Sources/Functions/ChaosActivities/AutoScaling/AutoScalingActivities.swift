import AWS
import Basics
import Experiments
import JSON

/// The actions and probes of `chaosaws.asg`.
extension ChaosActivities {
    static var autoScalingActions: [NativeActivity] {
        let module = "chaosaws.asg.actions"
        return [
            .aws(
                module, "suspend_processes", .action, "Suspends processes of groups, all without process_names.",
                arguments: ScalingProcesses.arguments,
                calls: ScalingGroups.actionReads + [.change("autoscaling:SuspendProcesses")],
                targets: ScalingProcesses.targets, undo: ScalingProcesses.resumeAgain, run: ScalingProcesses.suspend),
            // Without an undo: it is what puts groups back.
            .aws(
                module, "resume_processes", .action, "Resumes processes of groups, all without process_names.",
                arguments: ScalingProcesses.arguments,
                calls: ScalingGroups.actionReads + [.change("autoscaling:ResumeProcesses")],
                targets: ScalingProcesses.targets, run: ScalingProcesses.resume),
            .aws(
                module, "stop_random_instances", .action, "Stops random instances in service of groups.",
                arguments: RandomInstances.arguments + [.init("force", .flag, false)],
                calls: RandomInstances.reads + [.change("ec2:StopInstances")],
                targets: { try await RandomInstances.targets("stop", $0) }, undo: RandomInstances.proveHealthy,
                run: RandomInstances.stop),
            .aws(
                module, "terminate_random_instances", .action, "Terminates random instances in service of groups.",
                arguments: RandomInstances.arguments,
                calls: RandomInstances.reads + [.change("ec2:TerminateInstances")],
                targets: { try await RandomInstances.targets("termination", $0) }, undo: RandomInstances.proveHealthy,
                run: RandomInstances.terminate),
        ]
    }

    static var autoScalingProbes: [NativeActivity] {
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
        let client = try invocation.client(.autoScaling)
        try ScalingGroups.requireOneChoice(invocation)
        let output =
            if let names = invocation.given("asg_names") {
                try await ScalingGroups.describeAll(names, client)
            } else {
                try await ScalingGroups.describe(taggedBy: invocation.argument("tags"), client)
            }
        guard let processes = invocation.argument("process_names").arrayValue else {
            throw ExperimentError(python: "TypeError", "'NoneType' object is not iterable")
        }
        let groups = output["AutoScalingGroups"]?.elements ?? []
        return .bool(
            groups.allSatisfy { group in
                let suspended = (group["SuspendedProcesses"]?.elements ?? []).compactMap { $0["ProcessName"] }
                return processes.allSatisfy(suspended.contains)
            })
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
        guard let tags = invocation.given("tags") else {
            throw ExperimentError.failedActivity("Non-empty tags is required")
        }
        let client = try invocation.client(.autoScaling)
        return {
            let output = try await ScalingGroups.describe(taggedBy: tags, client)
            return isHealthy(output["AutoScalingGroups"]?.elements ?? [])
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

    /// Waits until the test holds.
    ///
    /// - Returns: the whole seconds that it took; Python's `sys.maxsize` after the argument `timeout`.
    static func wait(_ invocation: NativeActivity.Invocation, until test: Test) async throws -> JSONValue {
        let start = invocation.time.now()
        let timeout = Duration.seconds(invocation.argument("timeout").doubleValue ?? 300)
        while true {
            let isHealthy = try await test()
            let elapsed = invocation.time.now() - start
            if elapsed > timeout { return .integer(.max) }
            if isHealthy { return .integer(elapsed.components.seconds) }
            guard invocation.time.now() + pause < invocation.deadline else {
                throw ExperimentError.failedActivity(
                    "the groups were not healthy after \(elapsed.text), and the time of the run is over")
            }
            try await invocation.time.sleep(pause)
        }
    }
}
