import Foundation
import JSON
import TestSupport

extension MotoTests.UndoTests {
    static let ssm: [Case] = [
        parameter(["name": "plain", "value": "after", "overwrite": true]),
        parameter(["name": "plain", "value": "after", "overwrite": true, "description": "changed"]),
        parameter(["name": "/shop/secret", "value": "open", "overwrite": true, "type": "String"]),
        // What is made is gone again, whoever deletes it: there is nothing to tell apart.
        Case(
            setup: "parameters", function: "ssm.actions.put_parameter",
            arguments: ["name": "new", "value": "1", "type": "SecureString"]),
        Case(
            setup: "parameters", function: "ssm.actions.create_document",
            arguments: [
                "path_content": .string(
                    Workspace.root.appending(path: "Tests/ChaosActivitiesTests/oracle/document.json").path),
                "name": "made", "document_type": "Command",
            ]),
    ]

    private static func parameter(_ arguments: JSONObject) -> Case {
        Case(
            setup: "parameters", function: "ssm.actions.put_parameter", arguments: .object(arguments),
            removal: ("ssm", "delete_parameter", ["Name": arguments["name"] ?? ""]))
    }
}
