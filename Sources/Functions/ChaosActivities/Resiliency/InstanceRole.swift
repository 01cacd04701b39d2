import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Takes the role out of an instance profile, and puts it in again.
///
/// All instances with the profile are hit. Those that have credentials keep them until they expire.
enum InstanceRole {
    static let reads: [NativeActivity.Call] = [.read("ec2:DescribeInstances"), .read("iam:GetInstanceProfile")]
    static let changes: [NativeActivity.Call] = [
        .change("iam:RemoveRoleFromInstanceProfile"), .change("iam:AddRoleToInstanceProfile"),
    ]
    private static let kind = "iam:instance-profile"

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let invocation = invocation.inItsRegion
        guard let value = invocation.given("profile_tag_value") ?? invocation.given("instance_tag_value") else {
            throw ExperimentError.failedActivity(
                "there is no profile_tag_value: the name of the instances whose profile loses its role")
        }
        let filters: JSONValue = [
            ["Name": "tag:Name", "Values": [value]], ["Name": "instance-state-name", "Values": ["running"]],
        ]
        let instances = try await EC2Volumes.describeInstances(["Filters": filters], invocation.client(.ec2))
        let profiles = instances.compactMap { instance in
            // The path of a profile is in its ARN, too.
            ARN.lastPart(instance["IamInstanceProfile"]?["Arn"]?.stringValue)
        }
        guard !profiles.isEmpty else {
            throw ExperimentError.failedActivity(
                "no running instance in \(try invocation.region()) with tag:Name = \(value.pythonText) has a profile")
        }
        let selection = try Selection(.count(1), of: profiles, by: \.self, seed: invocation.seed)
        let name = selection.chosen[0]
        let profile = try await find(name, invocation.client(.iam))
        guard profile?.roleName != nil else {
            throw ExperimentError.failedActivity("the profile \(name) has no role that could be removed")
        }
        return [
            NativeActivity.Target(
                kind: kind, id: name, tags: profile?["Tags"]?.tags ?? [:], candidates: selection.available)
        ]
    }

    @Sendable static func remove(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let name = try firstTarget(of: targets).id
        let client = try invocation.inItsRegion.client(.iam)
        let pause = try max(.zero, invocation.seconds("sleep_length", default: 10))
        guard invocation.time.now() + pause < invocation.deadline else {
            throw ExperimentError.failedActivity("sleep_length does not fit into the time that is left")
        }
        guard let role = try await find(name, client)?.roleName else {
            throw ExperimentError.failedActivity("the profile \(name) has no role that could be removed")
        }
        let input: JSONObject = ["InstanceProfileName": .string(name), "RoleName": .string(role)]
        _ = try await client.call("RemoveRoleFromInstanceProfile", input)
        try await invocation.time.sleep(pause)
        _ = try await client.call("AddRoleToInstanceProfile", input)
        return true
    }

    /// Puts the role in again, where the action has not come to it.
    static let undo = NativeActivity.Undo(
        "puts the role into the instance profile again",
        calls: [.read("iam:GetInstanceProfile"), .change("iam:AddRoleToInstanceProfile")],
        capture: { invocation, target in
            let role = try await find(target.id, invocation.inItsRegion.client(.iam))?.roleName
            return ["role": role.map(JSONValue.string) ?? .null]
        },
        check: { invocation, target, before in
            guard let profile = try await find(target.id, invocation.inItsRegion.client(.iam)) else {
                return .nothingLeft("the profile \(target.id) does not exist any more")
            }
            guard let role = profile.roleName else {
                return before["role"] == .null
                    ? .restored
                    : .stillBroken("the profile \(target.id) lacks the role \(before["role"]?.pythonText ?? "")")
            }
            return role == before["role"]?.stringValue
                ? .restored : .nothingLeft("others have put the role \(role) into the profile \(target.id)")
        },
        restore: { invocation, target, before in
            let client = try invocation.inItsRegion.client(.iam)
            guard let role = before["role"]?.stringValue, let profile = try await find(target.id, client),
                profile.roleName == nil
            else { return }
            _ = try await client.call(
                "AddRoleToInstanceProfile", ["InstanceProfileName": .string(target.id), "RoleName": .string(role)])
        })

    private static func find(_ name: String, _ client: ActivityClient) async throws -> JSONValue? {
        do {
            return try await client.call("GetInstanceProfile", ["InstanceProfileName": .string(name)])[
                "InstanceProfile"]
        } catch let error as AWSFailure where error.code == "NoSuchEntity" { return nil }
    }
}

extension JSONValue {
    /// The role of an instance profile, which has one at most.
    fileprivate var roleName: String? { self["Roles"]?[0]?["RoleName"]?.stringValue }
}
