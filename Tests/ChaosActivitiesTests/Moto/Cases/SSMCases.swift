import Foundation
import JSON
import TestSupport

extension MotoTests.ChaosawsTests {
    private static func parameter(_ more: JSONObject) -> JSONValue {
        var arguments: JSONObject = [
            "name": "new", "value": "1", "description": "d", "type": "String", "key_id": "alias/aws/ssm",
            "overwrite": false, "allowed_pattern": "[0-9]+", "tags": [["Key": "team", "Value": "shop"]],
            "tier": "Standard", "policies": "[]", "data_type": "text",
        ]
        for (key, value) in more { arguments[key] = value }
        return .object(arguments)
    }

    /// A document of this folder.
    private static let file = Workspace.root.appending(
        path: "Tests/ChaosActivitiesTests/oracle/document.json"
    ).path

    private static func document(_ more: JSONObject) -> JSONValue {
        var arguments: JSONObject = [
            "path_content": .string(file), "name": "made", "version_name": "one", "document_type": "Command",
            "document_format": "JSON",
        ]
        for (key, value) in more { arguments[key] = value }
        return .object(arguments)
    }

    static let ssm: [Case] =
        commands
        + [[:], ["name": "there"], ["document_format": "XML"]].map {
            Case("parameters", "ssm.actions.create_document", document($0), except: ["CreatedDate"])
        }
        + [["name": "there"], ["name": "nope"], ["name": ""], ["name": "there", "force": false]].map {
            Case("parameters", "ssm.actions.delete_document", $0)
        }
        + [
            parameter([:]), parameter(["type": "SecureString"]), parameter(["name": "plain"]),
            parameter(["name": "plain", "overwrite": true]), parameter(["name": ""]), parameter(["value": ""]),
            parameter(["type": "Number"]), parameter(["name": "aws-thing"]),
        ].map { Case("parameters", "ssm.actions.put_parameter", $0) }

    /// chaosaws works only with all of the options.
    private static let commands: [Case] = [
        Case(
            "instances", "ssm.actions.send_command",
            [
                "document_name": "AWS-RunShellScript", "targets": [["Key": "tag:app", "Values": ["web"]]],
                "document_version": "1", "parameters": ["commands": ["true"]], "timeout_seconds": 60,
                "max_concurrency": "1", "max_errors": "0",
            ],
            // The instances are named instead of the tags, and a comment marks it. moto counts others with them.
            except: ["Comment", "InstanceIds", "Targets", "TargetCount", "CompletedCount"]),
        Case("instances", "ssm.actions.send_command", ["document_name": ""]),
    ]
}
