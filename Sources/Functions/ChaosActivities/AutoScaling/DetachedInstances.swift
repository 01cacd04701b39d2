import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Detaches random instances from Auto Scaling groups, and takes them back.
enum DetachedInstances {
    static let arguments =
        ScalingGroups.choiceArguments + [
            .init("instance_count", .integer, .null), .init("instance_percent", .number, .null),
            .init("decrement_capacity", .flag, false),
        ]

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        try ScalingGroups.requireOneChoice(invocation)
        guard invocation.given("instance_count") != nil || invocation.given("instance_percent") != nil else {
            throw ExperimentError.failedActivity(#"You must specify either "instance_count" or "instance_percent""#)
        }
        return try await RandomInstances.chosen(invocation) { group, _, _ in
            "You are attempting to detach more instances than exist on asg \(group)"
        }
    }

    @Sendable static func detach(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.autoScaling)
        let groups = RandomInstances.byGroup(targets)
        let responses = try await forEachInTurn(groups, "detached", name: { $0.ids.joined(separator: ", ") }) {
            try await client.call(
                "DetachInstances",
                [
                    "AutoScalingGroupName": .string($0.name), "InstanceIds": JSONValue(texts: $0.ids),
                    "ShouldDecrementDesiredCapacity": invocation.argument("decrement_capacity"),
                ])
        }
        return [
            "Activities": .array(responses.flatMap { $0["Activities"]?.elements ?? [] }),
            "DetachingInstances": .array(
                groups.map { ["AutoScalingGroupName": .string($0.name), "InstanceIds": JSONValue(texts: $0.ids)] }),
        ]
    }

    /// Attaches an instance to its group again.
    ///
    /// A group that has launched another in its place gives that one up first, so that its capacity stays what it is;
    /// a capacity that was decremented grows back. A repeated restore finds the same by the capacity. A group that
    /// others have made larger meanwhile stays so, and a minimum that they have raised, too.
    static let attachAgain = NativeActivity.Undo(
        "attaches the instances to their groups again, and terminates those that were launched in their place",
        calls: [
            .read("autoscaling:DescribeAutoScalingGroups"), .read("ec2:DescribeInstances"),
            .change("autoscaling:AttachInstances"), .change("autoscaling:SetDesiredCapacity"),
            .change("autoscaling:UpdateAutoScalingGroup"),
            .change("autoscaling:TerminateInstanceInAutoScalingGroup"),
        ],
        capture: { invocation, target in
            let name = target.tags[ScalingGroups.groupTag] ?? ""
            let group = try await ScalingGroups.find(name, invocation.client(.autoScaling))
            return [
                "group": .string(name), "desired": group?["DesiredCapacity"] ?? 0, "minimum": group?["MinSize"] ?? 0,
                "instances": JSONValue(texts: group?.instanceIDs ?? []),
            ]
        },
        check: { invocation, target, before in
            let name = before["group"]?.stringValue ?? ""
            guard let group = try await ScalingGroups.find(name, invocation.client(.autoScaling)) else {
                return .nothingLeft("the group \(name) does not exist any more")
            }
            guard !hasLowered(group, before["minimum"]?.intValue ?? 0) else {
                return .stillBroken("the group \(name) has a smaller minimum than before")
            }
            if group.hasMember(target.id) { return .restored }
            guard try await exists(target.id, invocation) else {
                return isSmaller(group, before)
                    ? .stillBroken("the group \(name) has a smaller capacity than before")
                    : .nothingLeft("the instance \(target.id) was terminated")
            }
            return .stillBroken("the instance \(target.id) is not in the group \(name)")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.autoScaling)
            let name = before["group"]?.stringValue ?? ""
            guard let group = try await ScalingGroups.find(name, client) else { return }
            var minimum = before["minimum"]?.intValue ?? 0
            if !group.hasMember(target.id) {
                if try await exists(target.id, invocation) {
                    guard !group.instanceIDs.contains(target.id) else {
                        throw ExperimentError.failedActivity(
                            "the instance \(target.id) is still leaving the group \(name)")
                    }
                    if !isSmaller(group, before) {
                        minimum = max(minimum, Self.minimum(group))
                        try await makeRoom(in: group, for: target.id, before, client)
                    }
                    _ = try await client.call(
                        "AttachInstances",
                        ["AutoScalingGroupName": .string(name), "InstanceIds": [.string(target.id)]])
                } else if isSmaller(group, before) {
                    try await setDesired(before["desired"] ?? .null, of: name, client)
                }
            }
            guard let now = try await ScalingGroups.find(name, client), hasLowered(now, minimum) else { return }
            try await setMinimum(.integer(minimum), of: name, client)
        })

    private static func exists(_ id: String, _ invocation: NativeActivity.Invocation) async throws -> Bool {
        try await EC2Instances.find(id, invocation.client(.ec2))?.isAlive ?? false
    }

    private static func isSmaller(_ group: JSONValue, _ before: JSONValue) -> Bool {
        capacity(group) < (before["desired"]?.intValue ?? 0)
    }

    private static func capacity(_ group: JSONValue) -> Int64 { group["DesiredCapacity"]?.intValue ?? 0 }

    private static func minimum(_ group: JSONValue) -> Int64 { group["MinSize"]?.intValue ?? 0 }

    /// Whether a group has a smaller minimum than it should, and the capacity for it.
    ///
    /// A minimum above the capacity would launch instances: the last one that is attached puts it back.
    private static func hasLowered(_ group: JSONValue, _ wanted: Int64) -> Bool {
        minimum(group) < wanted && capacity(group) >= wanted
    }

    /// Makes the desired capacity smaller by one, by an instance that was launched since.
    ///
    /// Instances are put back at the same time: each takes another one, by its place among those that are missing.
    private static func makeRoom(
        in group: JSONValue, for instance: String, _ before: JSONValue, _ client: ActivityClient
    ) async throws {
        let smaller = max(0, capacity(group) - 1)
        if smaller < minimum(group) {
            try await setMinimum(.integer(smaller), of: group.groupName, client)
        }
        let known = before["instances"]?.texts ?? []
        let launched = group.instanceIDs.filter { !known.contains($0) && group.hasMember($0) }.sorted()
        let inService = group.instancesInService.compactMap { $0["InstanceId"]?.stringValue }
        let newcomers = launched.filter(inService.contains) + launched.filter { !inService.contains($0) }
        if !newcomers.isEmpty {
            let place = known.filter { !group.hasMember($0) }.sorted().firstIndex(of: instance) ?? 0
            let newcomer = newcomers[min(place, newcomers.count - 1)]
            _ = try await client.call(
                "TerminateInstanceInAutoScalingGroup",
                ["InstanceId": .string(newcomer), "ShouldDecrementDesiredCapacity": true])
        } else {
            // The group has not launched any, and must not do it now.
            try await setDesired(.integer(smaller), of: group.groupName, client)
        }
    }

    private static func setDesired(_ value: JSONValue, of group: String, _ client: ActivityClient) async throws {
        _ = try await client.call(
            "SetDesiredCapacity", ["AutoScalingGroupName": .string(group), "DesiredCapacity": value])
    }

    private static func setMinimum(_ value: JSONValue, of group: String, _ client: ActivityClient) async throws {
        _ = try await client.call(
            "UpdateAutoScalingGroup", ["AutoScalingGroupName": .string(group), "MinSize": value])
    }
}

extension JSONValue {
    /// The ids of all instances of a group, whatever their state.
    fileprivate var instanceIDs: [String] {
        (self["Instances"]?.elements ?? []).compactMap { $0["InstanceId"]?.stringValue }
    }

    /// Whether an instance is in the group, and not about to leave it.
    fileprivate func hasMember(_ id: String) -> Bool {
        (self["Instances"]?.elements ?? []).contains { instance in
            let state = instance["LifecycleState"]?.stringValue ?? ""
            return instance["InstanceId"] == .string(id) && !["Detach", "Terminat"].contains(where: state.hasPrefix)
        }
    }
}
