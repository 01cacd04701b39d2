/// What the permissions of IAM can be limited to.
extension PolicyResources {
    private static let roles = [
        Kind(targets: ["iam:role"], service: "iam", scope: .account) { "role/\($0)" },
        // With a path.
        Kind(targets: ["iam:role"], service: "iam", scope: .account) { "role/*/\($0)" },
    ]
    private static let policy = Kind(targets: ["iam:policy"], service: "iam", scope: .account) { "policy/\($0)" }

    static let iam: [String: [Kind]] = [
        "iam:CreatePolicy": [policy], "iam:DeletePolicy": [policy], "iam:GetPolicy": [policy],
        "iam:AttachRolePolicy": roles, "iam:DetachRolePolicy": roles, "iam:ListRoleTags": roles,
        "iam:ListAttachedRolePolicies": roles, "iam:PassRole": roles, "iam:TagRole": roles, "iam:TagPolicy": [policy],
    ]
}
