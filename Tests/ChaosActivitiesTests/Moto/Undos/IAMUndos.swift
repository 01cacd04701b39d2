import JSON

extension MotoTests.UndoTests {
    static let iam: [Case] = [
        Case(
            setup: "iam", function: "iam.actions.create_policy",
            arguments: [
                "name": "new", "path": "/chaos/",
                "policy": [
                    "Version": "2012-10-17", "Statement": [["Effect": "Deny", "Action": "*", "Resource": "*"]],
                ],
            ]),
        Case(
            setup: "iam", function: "iam.actions.attach_role_policy",
            arguments: ["arn": "<deny>", "role_name": "front"]),
        Case(
            setup: "iam", function: "iam.actions.detach_role_policy",
            arguments: ["arn": "<read>", "role_name": "front"],
            removal: ("iam", "delete_policy", ["PolicyArn": "<read>"])),
    ]
}
