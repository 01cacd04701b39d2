import AWS
import Experiments
import JSON

/// The actions of `chaosaws.ssm`.
extension ChaosActivities {
    static var ssmActions: [NativeActivity] {
        let module = "chaosaws.ssm.actions"
        return [
            .aws(
                module, "send_command", .action,
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
                choice: "instances by id, or running ones that have the tags", targets: SSMCommands.targets,
                undo: SSMCommands.cancel, run: SSMCommands.send),
            .aws(
                module, "create_document", .action, "Creates a document from a local file.",
                arguments: [
                    .init("path_content", .text), .init("name", .text), .init("version_name", .text, .null),
                    .init("document_type", .text, .null), .init("document_format", .text, .null),
                ], calls: [.change("ssm:CreateDocument")], choice: "the document that is named",
                targets: DocumentChanges.newTarget, undo: DocumentChanges.deleteAgain, run: DocumentChanges.create),
            // What a deleted document had (versions, shares, associations) cannot be read back, so there is no undo.
            .aws(
                module, "delete_document", .action, "Deletes a document, or one version of it.",
                arguments: [.init("name", .text), .init("version_name", .text, .null), .init("force", .flag, true)],
                calls: [.read("ssm:ListTagsForResource"), .change("ssm:DeleteDocument")],
                choice: "the document that is named", targets: DocumentChanges.targets, run: DocumentChanges.delete),
            .aws(
                module, "put_parameter", .action, "Creates a parameter, or with overwrite changes its value.",
                arguments: [
                    .init("name", .text), .init("value", .text), .init("description", .text, .null),
                    .init("type", .text, .null), .init("key_id", .text, .null), .init("overwrite", .flag, false),
                    .init("allowed_pattern", .text, .null), .init("tags", .list, .null), .init("tier", .text, .null),
                    .init("policies", .text, .null), .init("data_type", .text, .null),
                ],
                calls: [.read("ssm:ListTagsForResource"), .change("ssm:PutParameter")],
                choice: "the parameter that is named", targets: SSMParameters.targets,
                undo: SSMParameters.resetValue, run: SSMParameters.put),
        ]
    }
}
