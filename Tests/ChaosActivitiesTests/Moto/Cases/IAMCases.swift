import JSON

extension MotoTests.ChaosawsTests {
    private static let document: JSONValue = [
        "Version": "2012-10-17", "Statement": [["Effect": "Deny", "Action": "s3:*", "Resource": "*"]],
    ]

    static let iam: [Case] = [
        Case(
            "iam", "iam.actions.create_policy",
            ["name": "new", "policy": document, "path": "/chaos/", "description": "é"]),
        Case("iam", "iam.actions.create_policy", ["name": "new", "policy": document]),
        Case("iam", "iam.actions.create_policy", ["name": "deny", "policy": document]),
        Case("iam", "iam.actions.create_policy", ["name": "new", "policy": [:]]),
        Case("iam", "iam.actions.attach_role_policy", ["arn": "<deny>", "role_name": "front"]),
        Case("iam", "iam.actions.attach_role_policy", ["arn": "<deny>", "role_name": "nope"]),
        Case("iam", "iam.actions.attach_role_policy", ["arn": "<deny>-nope", "role_name": "front"]),
        Case("iam", "iam.actions.detach_role_policy", ["arn": "<read>", "role_name": "front"]),
        Case("iam", "iam.actions.detach_role_policy", ["arn": "<deny>", "role_name": "front"]),
        Case("iam", "iam.actions.detach_role_policy", ["arn": "<read>", "role_name": "nope"]),
        Case("iam", "iam.probes.get_policy", ["arn": "<read>"]),
        Case("iam", "iam.probes.get_policy", ["arn": "<read>-nope"]),
    ]
}
