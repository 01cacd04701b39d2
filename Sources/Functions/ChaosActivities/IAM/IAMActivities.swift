import AWS
import Basics
import Experiments
import JSON

/// The actions and probes of `chaosaws.iam`.
extension ChaosActivities {
    static var iam: [NativeActivity] {
        let module = "chaosaws.iam.actions"
        let attachment: [NativeActivity.Argument] = [.init("arn", .text), .init("role_name", .text)]
        return [
            .aws(
                module, "create_policy", .action, "Creates a managed policy.",
                arguments: [
                    .init("name", .text), .init("policy", .object), .init("path", .text, "/"),
                    .init("description", .text, ""),
                ], calls: [.change("iam:CreatePolicy")], choice: "the policy that it creates",
                targets: IAMPolicies.newPolicy, undo: IAMPolicies.deleteAgain, run: IAMPolicies.create),
            .aws(
                module, "attach_role_policy", .action, "Attaches a managed policy to a role.", arguments: attachment,
                calls: [.read("iam:ListRoleTags"), .change("iam:AttachRolePolicy")], choice: "the role",
                targets: IAMPolicies.role, undo: IAMPolicies.resetAttachment, run: IAMPolicies.attach),
            .aws(
                module, "detach_role_policy", .action, "Detaches a managed policy from a role.",
                arguments: attachment, calls: [.read("iam:ListRoleTags"), .change("iam:DetachRolePolicy")],
                choice: "the role", targets: IAMPolicies.role, undo: IAMPolicies.resetAttachment,
                run: IAMPolicies.detach),
            .aws(
                "chaosaws.iam.probes", "get_policy", .probe, "Describes a managed policy.",
                arguments: [.init("arn", .text)], calls: [.read("iam:GetPolicy")]
            ) { invocation, _ in
                try await invocation.client(.iam).response("GetPolicy", ["PolicyArn": invocation.argument("arn")])
            },
        ]
    }
}

/// Creates policies, and attaches them to roles.
private enum IAMPolicies {
    /// The policy of the arguments; its id is path and name, as at the end of its ARN.
    @Sendable static func newPolicy(_ invocation: NativeActivity.Invocation) throws -> [NativeActivity.Target] {
        let id = invocation.argument("path").pythonText.dropFirst() + invocation.argument("name").pythonText
        return [NativeActivity.Target(kind: "iam:policy", id: String(id))]
    }

    /// The role `role_name`; one that does not exist stays a target, so that IAM tells that it does not.
    @Sendable static func role(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.iam)
        let name = invocation.argument("role_name")
        let tags = try await existing(["NoSuchEntity"]) {
            try await client.items("ListRoleTags", ["RoleName": name])
        }
        return [NativeActivity.Target(kind: "iam:role", id: name.pythonText, tags: JSONValue.array(tags ?? []).tags)]
    }

    @Sendable static func create(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let input: JSONObject = [
            "PolicyName": invocation.argument("name"), "Path": invocation.argument("path"),
            "PolicyDocument": .string(invocation.argument("policy").pythonJSON),
            "Description": invocation.given("description") ?? "",
        ]
        return try await failures({ "failed creating a policy: \($0)" }) {
            try await invocation.client(.iam).response("CreatePolicy", input)
        }
    }

    @Sendable static func attach(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let (arn, role) = (invocation.argument("arn"), invocation.argument("role_name"))
        return try await failures({ "failed attaching role '\(role.pythonText)' to policy '\(arn.pythonText)': \($0)" })
        {
            try await invocation.client(.iam).response("AttachRolePolicy", ["PolicyArn": arn, "RoleName": role])
        }
    }

    @Sendable static func detach(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let (arn, role) = (invocation.argument("arn"), invocation.argument("role_name"))
        return try await failures({
            "failed detaching role '\(role.pythonText)' from policy '\(arn.pythonText)': \($0)"
        }) {
            try await invocation.client(.iam).response("DetachRolePolicy", ["PolicyArn": arn, "RoleName": role])
        }
    }

    /// Deletes the policy that the action created; one that was there before is not touched.
    static let deleteAgain = NativeActivity.Undo(
        "deletes the policy",
        calls: [.read("iam:ListPolicies"), .change("iam:DeletePolicy")],
        capture: { invocation, target in
            ["existed": .bool(try await policy(invocation, invocation.client(.iam)) != nil)]
        },
        check: { invocation, target, before in
            guard before["existed"] == false, try await policy(invocation, invocation.client(.iam)) != nil
            else { return .restored }
            return .stillBroken("the policy \(target.id) exists, it did not before")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.iam)
            guard before["existed"] == false, let arn = try await policy(invocation, client)?["Arn"] else { return }
            // IAM refuses while it is attached: what attached it is undone before.
            _ = try await client.call("DeletePolicy", ["PolicyArn": arn])
        })

    /// The policy of the arguments' name; nil when there is none.
    ///
    /// A name is unique among the policies of an account, whatever their paths.
    private static func policy(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> JSONValue? {
        try await client.items("ListPolicies", ["Scope": "Local"])
            .first { $0["PolicyName"] == invocation.argument("name") }
    }

    /// Attaches the policy where it was attached, and detaches it where it was not.
    static let resetAttachment = NativeActivity.Undo(
        "attaches the policy again, or detaches it again",
        calls: [
            .read("iam:ListAttachedRolePolicies"), .read("iam:GetPolicy"), .change("iam:AttachRolePolicy"),
            .change("iam:DetachRolePolicy"),
        ],
        capture: { invocation, target in
            ["attached": try await isAttached(invocation, target, invocation.client(.iam)).map { .bool($0) } ?? .null]
        },
        check: { invocation, target, before in
            let client = try invocation.client(.iam)
            guard let now = try await isAttached(invocation, target, client) else {
                return .nothingLeft("the role \(target.id) does not exist any more")
            }
            if before["attached"] == .bool(now) { return .restored }
            guard before["attached"]?.boolValue != nil else {
                return .stillBroken("whether the policy was attached to \(target.id) is not known")
            }
            guard try await exists(invocation, client) else {
                return .nothingLeft("the policy \(invocation.argument("arn").pythonText) does not exist any more")
            }
            return .stillBroken(
                "the policy \(invocation.argument("arn").pythonText) is \(now ? "" : "not ")attached to \(target.id)")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.iam)
            guard let old = before["attached"]?.boolValue, let now = try await isAttached(invocation, target, client),
                now != old, try await exists(invocation, client)
            else { return }
            let input: JSONObject = ["PolicyArn": invocation.argument("arn"), "RoleName": .string(target.id)]
            _ =
                old
                ? try await client.call("AttachRolePolicy", input) : try await client.call("DetachRolePolicy", input)
        })

    /// Whether the policy is attached to the role; nil when there is no such role.
    private static func isAttached(
        _ invocation: NativeActivity.Invocation, _ target: NativeActivity.Target, _ client: ActivityClient
    ) async throws -> Bool? {
        try await existing(["NoSuchEntity"]) {
            try await client.items("ListAttachedRolePolicies", ["RoleName": .string(target.id)])
                .contains { $0["PolicyArn"] == invocation.argument("arn") }
        }
    }

    private static func exists(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> Bool {
        try await existing(["NoSuchEntity"]) {
            try await client.call("GetPolicy", ["PolicyArn": invocation.argument("arn")])
        } != nil
    }
}
