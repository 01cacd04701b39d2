import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// The activities of `resiliencyvr.ec2` that call AWS itself.
extension ChaosActivities {
    static var resiliencyInstances: [NativeActivity] {
        [
            // Without an undo: a terminated instance is gone.
            .aws(
                "resiliencyvr.ec2.actions", "terminate_instance", .action, "Terminates running instances.",
                arguments: TargetChoice.arguments + TargetChoice.quantityArguments,
                calls: EC2Instances.terminateCalls, choice: TargetChoice.choice,
                aliases: ["resiliencyvr.ec2.actions.gpn_terminate_instance"], targets: TargetChoice.hosts
            ) { invocation, targets in
                _ = try await EC2Instances.terminate(invocation.inItsRegion, targets)
                return .null
            },
            .aws(
                "resiliencyvr.ec2.actions", "remove_iam_role", .action,
                "Takes the role out of the profile of an instance for a while.",
                arguments: [
                    .init("region", .text, .null), .init("name_space", .text, .null),
                    .init("instance_tag_value", .text, .null), .init("profile_tag_value", .text, .null),
                    .init("sleep_length", .number, 10),
                ],
                calls: InstanceRole.reads + InstanceRole.changes,
                choice: "the profile of a random running instance with the name profile_tag_value",
                aliases: ["resiliencyvr.ec2.actions.gpn_remove_iam_role"], targets: InstanceRole.targets,
                undo: InstanceRole.undo, run: InstanceRole.remove),
            .aws(
                "resiliencyvr.ec2.shared", "remove_ec2_security_groups", .action,
                "Takes security groups from an instance: random ones, one, or all for an empty one.",
                arguments: [
                    .init("instance_id", .text), .init("region", .text, .null), .init("severity", .text, "RANDOM"),
                    .init("temp_sg_tag_key", .text, "source"),
                    .init("temp_sg_tag_value", .text, "resiliency_temp"),
                    .init("temp_sg_name", .text, "resiliency_temp"),
                ],
                calls: InstanceSecurityGroups.calls, choice: "the instance of instance_id",
                targets: InstanceSecurityGroups.targets, undo: InstanceSecurityGroups.undo,
                run: InstanceSecurityGroups.remove),
            .aws(
                "resiliencyvr.ec2.probes", "assert_instance_rebuilt", .probe,
                "Whether each terminated instance with the tag has another in its place.",
                arguments: [
                    .init("tag_value", .text), .init("region", .text, .null), .init("tag_key", .text, "tag:Name"),
                ], calls: TargetChoice.calls, run: isRebuilt),
        ]
    }

    /// The original compares the number of terminated instances with that of pending ones: it is true when nothing was
    /// found, and false as soon as the new ones run.
    @Sendable private static func isRebuilt(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let key = invocation.argument("tag_key").pythonText
        let value = invocation.argument("tag_value")
        let instances = try await EC2Volumes.describeInstances(
            ["Filters": [["Name": .string(key), "Values": [value]]]], invocation.inItsRegion.client(.ec2))
        guard !instances.isEmpty else {
            throw ExperimentError.failedActivity("no instance has \(key) = \(value.pythonText)")
        }
        func state(_ instance: JSONValue) -> String { instance["State"]?["Name"]?.stringValue ?? "" }
        let gone = instances.filter { ["terminated", "shutting-down"].contains(state($0)) }
        let alive = instances.filter { ["pending", "running"].contains(state($0)) }
        guard !gone.isEmpty else { return .bool(!alive.isEmpty) }
        let first = gone.compactMap(\.terminationTime).min()
        let newer = alive.filter { instance in
            guard let first else { return true }
            return (instance["LaunchTime"]?.stringValue).flatMap { Timestamp(iso8601: $0) }.map { $0 >= first } ?? true
        }
        return .bool(newer.count >= gone.count)
    }
}

extension JSONValue {
    /// When an instance was terminated: `User initiated (2026-11-28 20:00:00 GMT)`; its launch where that is not told.
    fileprivate var terminationTime: Timestamp? {
        if let reason = self["StateTransitionReason"]?.stringValue, let open = reason.firstIndex(of: "(") {
            let words = reason[reason.index(after: open)...].split(separator: " ")
            if words.count > 1, let time = Timestamp(iso8601: "\(words[0])T\(words[1])Z") { return time }
        }
        return (self["LaunchTime"]?.stringValue).flatMap { Timestamp(iso8601: $0) }
    }
}
