import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Stops or terminates random instances in service of Auto Scaling groups.
enum RandomInstances {
    static let arguments =
        ScalingGroups.choiceArguments + [
            .init("instance_count", .integer, .null), .init("instance_percent", .number, .null),
            .init("az", .text, .null),
        ]
    /// The tags of the instances are read so that a guard can see them.
    static let reads = ScalingGroups.actionReads + [.read("ec2:DescribeInstances")]

    /// - Parameter verb: `stop` or `termination`, for the message of chaosaws.
    static func targets(
        _ verb: String, _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        try ScalingGroups.requireOneChoice(invocation)
        let given = ["instance_count", "instance_percent", "az"].filter { invocation.given($0) != nil }
        // A zone may come with one of the others: so many are chosen of its instances.
        guard !given.isEmpty, !(given.contains("instance_count") && given.contains("instance_percent")) else {
            throw ExperimentError.failedActivity(#"Must specify one of "instance_count", "instance_percent", "az""#)
        }
        return try await chosen(invocation) { group, count, available in
            "Not enough healthy instances in \(group) to satisfy \(verb) count \(count) (\(available))"
        }
    }

    /// Random instances in service of each group.
    /// - Parameter tooFew: the message when a group has not so many.
    static func chosen(
        _ invocation: NativeActivity.Invocation,
        tooFew: (_ group: String, _ count: Int, _ available: Int) -> String
    ) async throws -> [NativeActivity.Target] {
        let groups = try await ScalingGroups.ofAction(invocation, invocation.client(.autoScaling))
        let candidates = groups.map(\.instancesInService.count).reduce(0, +)
        var groupOf: [String: String] = [:]
        var chosen: [String] = []
        for group in groups {
            for instance in try choose(in: group, invocation, tooFew) {
                chosen.append(instance)
                groupOf[instance] = group.groupName
            }
        }
        guard !chosen.isEmpty else {
            throw ExperimentError.failedActivity(
                "\(invocation.argument("instance_percent").pythonText) percent of "
                    + "\(counted(candidates, "healthy instance")) is none")
        }
        let described = try await EC2Instances.describe(chosen.map { .string($0) }, invocation.client(.ec2))
        let tags = Dictionary(described.map { ($0.id, $0.tags) }) { first, _ in first }
        return try chosen.map { id in
            var tags = tags[id] ?? [:]
            tags[ScalingGroups.groupTag] = groupOf[id]
            return NativeActivity.Target(
                kind: EC2Instances.kind, id: id, region: try invocation.region(), tags: tags, candidates: candidates)
        }
    }

    /// The ids of a group's instances that are hit, sorted.
    private static func choose(
        in group: JSONValue, _ invocation: NativeActivity.Invocation, _ tooFew: (String, Int, Int) -> String
    ) throws -> [String] {
        var instances = group.instancesInService
        let percent = invocation.given("instance_percent")?.doubleValue
        let number = invocation.given("instance_count")?.intValue
        if let zone = invocation.given("az") {
            instances = instances.filter { $0["AvailabilityZone"] == zone }
            guard !instances.isEmpty else {
                throw ExperimentError.failedActivity("No instances found in Availability Zone: \(zone.pythonText)")
            }
            if percent == nil, number == nil { return instances.compactMap { $0["InstanceId"]?.stringValue }.sorted() }
        }
        let count =
            percent.map { NativeActivity.Invocation.share($0, of: instances.count) } ?? number.map { Int($0) } ?? 0
        guard count <= instances.count else {
            throw ExperimentError.failedActivity(tooFew(group.groupName, count, instances.count))
        }
        guard count > 0 else { return [] }
        let ids = instances.compactMap { $0["InstanceId"]?.stringValue }
        return try Selection(.count(count), of: ids, by: \.self, seed: invocation.seed).chosen
    }

    @Sendable static func stop(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await inEachGroup(invocation, targets, "stopped", result: "StoppingInstances") { client, ids in
            try await client.call("StopInstances", ["InstanceIds": ids, "Force": invocation.argument("force")])
        }
    }

    @Sendable static func terminate(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await inEachGroup(invocation, targets, "terminated", result: "TerminatingInstances") { client, ids in
            try await client.call("TerminateInstances", ["InstanceIds": ids])
        }
    }

    private static func inEachGroup(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target], _ verb: String, result: String,
        _ change: (ActivityClient, _ ids: JSONValue) async throws -> JSONValue
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.ec2)
        let groups = byGroup(targets)
        return try await refusals({ $0.message }) {
            .array(
                try await forEachInTurn(groups, verb, name: { $0.ids.joined(separator: ", ") }) { group in
                    let output = try await change(client, JSONValue(texts: group.ids))
                    return ["AutoScalingGroupName": .string(group.name), result: output[result] ?? []]
                })
        }
    }

    /// The targets by their groups.
    static func byGroup(_ targets: [NativeActivity.Target]) -> [(name: String, ids: [String])] {
        var groups: [(name: String, ids: [String])] = []
        for target in targets {
            let name = target.tags[ScalingGroups.groupTag] ?? ""
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].ids.append(target.id)
            } else {
                groups.append((name, [target.id]))
            }
        }
        return groups
    }

    /// Waits until the group has put others in the place of the instances.
    ///
    /// An instance that is stopped is started again, because a group whose health checks are suspended replaces none.
    static let proveHealthy = NativeActivity.Undo(
        "waits until the group has as many healthy instances as it should; starts instances that are stopped",
        calls: [
            .read("autoscaling:DescribeAutoScalingGroups"), .read("ec2:DescribeInstances"),
            .change("ec2:StartInstances"),
        ],
        capture: { _, target in ["group": target.tags[ScalingGroups.groupTag].map(JSONValue.string) ?? .null] },
        check: { invocation, target, before in try await health(invocation, target, before) },
        restore: { invocation, target, before in
            let client = try invocation.client(.ec2)
            if ["stopped", "stopping"].contains(try await EC2Instances.find(target.id, client)?.state) {
                try await EC2Instances.startAndWait(target.id, client)
            }
            let end = invocation.time.now() + replacementTime
            while case .stillBroken = try await health(invocation, target, before) {
                guard try await invocation.pauseBeforeNextLook(until: end) else { return }
            }
        })

    /// How long a group may take to replace instances before the restore leaves it to the next attempt.
    private static let replacementTime = Duration.seconds(600)

    private static func health(
        _ invocation: NativeActivity.Invocation, _ target: NativeActivity.Target, _ before: JSONValue
    ) async throws -> RestoreOutcome {
        let name = before["group"]?.stringValue ?? ""
        guard let group = try await ScalingGroups.find(name, invocation.client(.autoScaling)) else {
            return .nothingLeft("the group \(name) does not exist any more")
        }
        let state = try await EC2Instances.find(target.id, invocation.client(.ec2))?.state
        if ["stopped", "stopping", "pending"].contains(state) {
            return .stillBroken("the instance \(target.id) of the group \(name) is \(state ?? "")")
        }
        // A group may list an instance as healthy for a while after it has gone.
        let healthy = group.healthyInstances.filter { $0["InstanceId"] != .string(target.id) || state == "running" }
        let desired = group["DesiredCapacity"]?.intValue ?? 0
        return healthy.count >= desired
            ? .restored : .stillBroken("the group \(name) has \(healthy.count) of \(desired) healthy instances")
    }
}
