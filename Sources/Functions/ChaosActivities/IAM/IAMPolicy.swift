/// What the permissions of IAM can be limited to.
extension PolicyResources {
    private static let role = Kind(targets: ["iam:role"], service: "iam", scope: .account) { id in
        // Where a role has a path, it stands before the name.
        "role/\(id == "*" ? "*" : "*\(id)")"
    }
    private static let policy = Kind(targets: ["iam:policy"], service: "iam", scope: .account) { "policy/\($0)" }

    static let iam: [String: [Kind]] = [
        "iam:CreatePolicy": [policy], "iam:DeletePolicy": [policy], "iam:GetPolicy": [policy],
        "iam:AttachRolePolicy": [role], "iam:DetachRolePolicy": [role], "iam:ListRoleTags": [role],
        "iam:ListAttachedRolePolicies": [role],
    ]
}
