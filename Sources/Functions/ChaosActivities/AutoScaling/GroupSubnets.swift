import AWS
import Basics
import Experiments
import JSON

/// Moves Auto Scaling groups to other subnets, and back.
enum GroupSubnets {
    static let arguments = [NativeActivity.Argument("subnets", .list)] + ScalingGroups.choiceArguments

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        try ScalingGroups.requireOneChoice(invocation)
        guard !invocation.argument("subnets").texts.isEmpty else {
            throw ExperimentError.failedActivity("subnets names no subnet: a group cannot be without one")
        }
        let client = try invocation.client(.autoScaling)
        return ScalingGroups.targets(try await ScalingGroups.ofAction(invocation, client), client)
    }

    @Sendable static func change(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.autoScaling)
        _ = try await forEachInTurn(targets, "changed", name: \.id) { target in
            try await set(invocation.argument("subnets").texts, of: target.id, client)
        }
        return .null
    }

    /// The subnets of a group; empty for one that has only zones.
    static func subnets(of group: JSONValue) -> [String] {
        (group["VPCZoneIdentifier"]?.stringValue ?? "").split(separator: ",").map { String($0.trimmingWhitespace) }
    }

    static func set(_ subnets: [String], of group: String, _ client: ActivityClient) async throws {
        _ = try await client.call(
            "UpdateAutoScalingGroup",
            [
                "AutoScalingGroupName": .string(group),
                "VPCZoneIdentifier": .string(subnets.joined(separator: ",")),
            ])
    }

    /// Gives a group its subnets back.
    static let changeBack = NativeActivity.Undo(
        "gives the groups their subnets, or their zones, back",
        calls: [.read("autoscaling:DescribeAutoScalingGroups"), .change("autoscaling:UpdateAutoScalingGroup")],
        capture: { invocation, target in
            let group = try await ScalingGroups.find(target.id, invocation.client(.autoScaling))
            return [
                "subnets": JSONValue(texts: group.map(subnets) ?? []), "zones": group?["AvailabilityZones"] ?? [],
            ]
        },
        check: { invocation, target, before in
            let client = try invocation.client(.autoScaling)
            guard let group = try await ScalingGroups.find(target.id, client) else {
                return .nothingLeft("the group \(target.id) does not exist any more")
            }
            let now = Set(subnets(of: group))
            if now == Set(before["subnets"]?.texts ?? []) { return .restored }
            return now == Set(invocation.argument("subnets").texts)
                ? .stillBroken("the group \(target.id) is in other subnets than before")
                : .nothingLeft("others have moved the group \(target.id) to \(now.sorted().joined(separator: ", "))")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.autoScaling)
            guard let group = try await ScalingGroups.find(target.id, client) else { return }
            let (now, old) = (Set(subnets(of: group)), before["subnets"]?.texts ?? [])
            guard now != Set(old), now == Set(invocation.argument("subnets").texts) else { return }
            guard old.isEmpty else { return try await set(old, of: target.id, client) }
            _ = try await client.call(
                "UpdateAutoScalingGroup",
                [
                    "AutoScalingGroupName": .string(target.id), "AvailabilityZones": before["zones"] ?? [],
                    "VPCZoneIdentifier": "",
                ])
        })
}

/// Detaches volumes from the instances of Auto Scaling groups.
enum GroupVolumes {
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        try ScalingGroups.requireOneChoice(invocation)
        let groups = try await ScalingGroups.ofAction(invocation, invocation.client(.autoScaling))
        var groupOf: [String: String] = [:]
        for group in groups {
            let ids = (group["Instances"]?.elements ?? []).compactMap { $0["InstanceId"]?.stringValue }
            guard !ids.isEmpty else {
                throw ExperimentError.failedActivity("no instances found for asg: \(group.groupName)")
            }
            for id in ids { groupOf[id] = group.groupName }
        }
        let ids = JSONValue(texts: groupOf.keys.sorted())
        let instances = try await EC2Volumes.describeInstances(["InstanceIds": ids], invocation.client(.ec2))
        return try EC2Volumes.choose(from: instances, groups: groupOf, invocation)
    }

    /// The volumes that were detached from instances of the groups.
    @Sendable static func detached(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        try ScalingGroups.requireOneChoice(invocation)
        let groups = try await ScalingGroups.ofAction(invocation, invocation.client(.autoScaling)).map(\.groupName)
        let targets = try await EC2Volumes.detached(invocation, invocation.client(.ec2)) { place in
            place.group.map(groups.contains) ?? false
        }
        guard !targets.isEmpty else {
            throw ExperimentError.failedActivity("No volumes detached by ChaosTookit found")
        }
        return targets
    }
}
