import AWS
import Basics
import Experiments
import JSON

/// Suspends and resumes the processes of Auto Scaling groups.
enum ScalingProcesses {
    static let arguments = ScalingGroups.choiceArguments + [.init("process_names", .list, .null)]

    /// Those that chaosaws lets pass, in its order.
    private static let known = [
        "Launch", "Terminate", "HealthCheck", "AZRebalance", "AlarmNotification", "ScheduledActions",
        "AddToLoadBalancer", "ReplaceUnhealthy",
    ]

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        try ScalingGroups.requireOneChoice(invocation)
        let unknown = (invocation.given("process_names")?.elements ?? []).filter { name in
            !known.contains { name == .string($0) }
        }
        guard unknown.isEmpty else {
            throw ExperimentError.failedActivity(
                "invalid process(es): \(JSONValue.array(unknown).pythonText) not in \(JSONValue(texts: known).pythonText)."
            )
        }
        let client = try invocation.client(.autoScaling)
        return ScalingGroups.targets(try await ScalingGroups.ofAction(invocation, client), client)
    }

    @Sendable static func suspend(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.autoScaling)
        _ = try await forEachInTurn(targets, "suspended", name: \.id) { target in
            try await client.call("SuspendProcesses", input(invocation, target))
        }
        return try await ScalingGroups.describe(JSONValue(texts: targets.map(\.id)), client)
    }

    @Sendable static func resume(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.autoScaling)
        _ = try await forEachInTurn(targets, "resumed", name: \.id) { target in
            try await client.call("ResumeProcesses", input(invocation, target))
        }
        return try await ScalingGroups.describe(JSONValue(texts: targets.map(\.id)), client)
    }

    private static func input(
        _ invocation: NativeActivity.Invocation, _ target: NativeActivity.Target
    ) -> JSONObject {
        var input: JSONObject = ["AutoScalingGroupName": .string(target.id)]
        input["ScalingProcesses"] = invocation.given("process_names")
        return input
    }

    /// Resumes the processes that the action suspended; those that were suspended before stay so.
    static let resumeAgain = NativeActivity.Undo(
        "resumes the processes that were not suspended before",
        calls: [.read("autoscaling:DescribeAutoScalingGroups"), .change("autoscaling:ResumeProcesses")],
        capture: { invocation, target in
            let group = try await ScalingGroups.find(target.id, invocation.client(.autoScaling))
            return ["suspended": JSONValue(texts: group.map(suspended) ?? [])]
        },
        check: { invocation, target, before in
            let client = try invocation.client(.autoScaling)
            guard let group = try await ScalingGroups.find(target.id, client) else {
                return .nothingLeft("the group \(target.id) does not exist any more")
            }
            let left = toResume(group, before, invocation)
            return left.isEmpty
                ? .restored : .stillBroken("\(target.id): still suspended: \(left.joined(separator: ", "))")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.autoScaling)
            guard let group = try await ScalingGroups.find(target.id, client) else { return }
            let left = toResume(group, before, invocation)
            guard !left.isEmpty else { return }
            _ = try await client.call(
                "ResumeProcesses",
                ["AutoScalingGroupName": .string(target.id), "ScalingProcesses": JSONValue(texts: left)])
        })

    /// What is suspended now, belongs to the action, and was not suspended before it.
    private static func toResume(
        _ group: JSONValue, _ before: JSONValue, _ invocation: NativeActivity.Invocation
    ) -> [String] {
        let suspendedBefore = before["suspended"]?.texts ?? []
        let named = invocation.given("process_names")?.texts
        return suspended(group).filter { name in
            !suspendedBefore.contains(name) && (named?.contains(name) ?? true)
        }
    }

    private static func suspended(_ group: JSONValue) -> [String] {
        (group["SuspendedProcesses"]?.elements ?? []).compactMap { $0["ProcessName"]?.stringValue }
    }
}
