import AWS
import Experiments
import JSON

/// The actions of `chaosaws.ssm`.
extension ChaosActivities {
    static var ssmActions: [NativeActivity] {
        [
            .aws(
                "chaosaws.ssm.actions", "send_command", .action,
                "Runs a document on instances; with wait it waits for the results and fails with the commands.",
                arguments: [
                    .init("document_name", .text), .init("targets", .list, .null),
                    .init("document_version", .text, .null), .init("parameters", .object, .null),
                    .init("timeout_seconds", .integer, .null), .init("max_concurrency", .text, .null),
                    .init("max_errors", .text, .null), .init("region", .text, .null),
                    // Not in chaosaws, which returns at once.
                    .init("wait", .flag, false),
                ],
                calls: [
                    .read("ec2:DescribeInstances"), .change("ssm:SendCommand"), .read("ssm:ListCommandInvocations"),
                ],
                targets: SSMCommands.targets, undo: SSMCommands.cancel, run: SSMCommands.send)
        ]
    }
}
