import AWS
import Basics
import Experiments
import JSON

/// Stops, terminates, starts and reboots instances that were chosen, and starts stopped ones again.
enum EC2Instances {
    /// The kind of the targets.
    static let kind = "ec2:instance"

    static let choiceArguments: [NativeActivity.Argument] = [
        .init("instance_ids", .list, .null), .init("az", .text, .null), .init("filters", .list, .null),
    ]
    static let terminateCalls: [NativeActivity.Call] = [
        .read("ec2:DescribeInstances"), .change("ec2:CancelSpotInstanceRequests"), .change("ec2:TerminateInstances"),
    ]
    static let stopCalls: [NativeActivity.Call] =
        [.read("ec2:DescribeInstances"), .change("ec2:StopInstances")]
        + terminateCalls.dropFirst()

    /// Describes instances by their ids.
    static func describe(_ ids: [JSONValue], _ client: ActivityClient) async throws -> [EC2Instance] {
        try await client.items("DescribeInstances", ["InstanceIds": .array(ids)]).flatMap(EC2Instance.all(in:))
    }

    /// The instance; nil when the service does not know it any more.
    static func find(_ id: String, _ client: ActivityClient) async throws -> EC2Instance? {
        do { return try await describe([.string(id)], client).first } catch let error as AWSFailure
            where error.code == "InvalidInstanceID.NotFound"
        {
            return nil
        }
    }

    @Sendable static func stop(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let client = try invocation.client(.ec2)
        let groups = try await groups(of: targets, client)
        // Before anything is stopped; chaosaws finds it out afterwards.
        guard !groups.contains(where: { $0.lifecycle == "scheduled" }) else {
            throw ExperimentError.failedActivity("Scheduled instances support is not implemented")
        }
        // As in chaosaws; it leaves other lifecycles alone, too.
        let inOrder = ["normal", "spot"].compactMap { lifecycle in groups.first { $0.lifecycle == lifecycle } }
        return .array(
            try await forEachInTurn(inOrder, "stopped", name: \.names) { group in
                guard group.lifecycle == "normal" else { return try await terminate(group, client) }
                let input: JSONObject = ["InstanceIds": group.ids, "Force": invocation.argument("force")]
                return try await client.response("StopInstances", input)
            })
    }

    @Sendable static func terminate(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let client = try invocation.client(.ec2)
        let groups = try await groups(of: targets, client)
        return .array(
            try await forEachInTurn(groups, "terminated", name: \.names) { try await terminate($0, client) })
    }

    /// A spot request would start another instance in the place of the terminated one, so it is cancelled first.
    private static func terminate(_ group: Group, _ client: ActivityClient) async throws -> JSONValue {
        if group.lifecycle == "spot" {
            let requests = group.instances.compactMap(\.spotRequest)
            if !requests.isEmpty {
                let input: JSONObject = ["SpotInstanceRequestIds": JSONValue(texts: requests)]
                _ = try await client.call("CancelSpotInstanceRequests", input)
            }
        }
        return try await client.response("TerminateInstances", ["InstanceIds": group.ids])
    }

    @Sendable static func start(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let client = try invocation.client(.ec2)
        let outputs = try await forEachInTurn(groups(of: targets, client), "started", name: \.names) {
            try await client.call("StartInstances", ["InstanceIds": $0.ids])["StartingInstances"]?.elements ?? []
        }
        return .array(outputs.flatMap(\.self))
    }

    @Sendable static func restart(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let client = try invocation.client(.ec2)
        _ = try await forEachInTurn(groups(of: targets, client), "rebooted", name: \.names) {
            try await client.call("RebootInstances", ["InstanceIds": $0.ids])
        }
        return []
    }

    /// Instances of one lifecycle, which are changed by one call.
    private struct Group: Sendable {
        let lifecycle: String
        var instances: [EC2Instance]

        var ids: JSONValue { JSONValue(texts: instances.map(\.id)) }
        var names: String { instances.map(\.id).joined(separator: ", ") }
    }

    /// The targets by lifecycle, in the order in which the service lists them.
    private static func groups(
        of targets: [NativeActivity.Target], _ client: ActivityClient
    ) async throws -> [Group] {
        try firstTarget(of: targets)
        var groups: [Group] = []
        for instance in try await describe(targets.map { .string($0.id) }, client) {
            if let index = groups.firstIndex(where: { $0.lifecycle == instance.lifecycle }) {
                groups[index].instances.append(instance)
            } else {
                groups.append(Group(lifecycle: instance.lifecycle, instances: [instance]))
            }
        }
        return groups
    }
}

extension EC2Instances {
    /// Starts the instances that were running.
    static let startAgain = NativeActivity.Undo(
        "starts the instances that were running, and proves that they run",
        calls: [.read("ec2:DescribeInstances"), .change("ec2:StartInstances")],
        capture: { invocation, target in
            let instance = try await find(target.id, invocation.client(.ec2))
            return ["state": .string(instance?.state ?? "missing")]
        },
        check: { invocation, target, before in
            let wasRunning = wasRunning(before)
            guard let state = try await find(target.id, invocation.client(.ec2))?.state else {
                return .nothingLeft("the instance \(target.id) does not exist any more")
            }
            switch state {
            case "terminated", "shutting-down": return .nothingLeft("the instance \(target.id) was terminated")
            case "running": return wasRunning ? .restored : .nothingLeft("it did not run before, others started it")
            case "stopped", "stopping":
                return wasRunning ? .stillBroken("the instance \(target.id) is \(state), it was running") : .restored
            default: return .stillBroken("the instance \(target.id) is \(state)")
            }
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.ec2)
            guard wasRunning(before) else { return }
            try await startAndWait(target.id, client)
        })

    /// Starts an instance that is stopped or about to be, and waits until it runs; others are left alone.
    static func startAndWait(_ id: String, _ client: ActivityClient) async throws {
        let input: JSONObject = ["InstanceIds": [.string(id)]]
        switch try await find(id, client)?.state {
        case "stopping":
            try await client.wait("instance_stopped", input)
            fallthrough
        case "stopped":
            _ = try await client.call("StartInstances", input)
            fallthrough
        case "pending": try await client.wait("instance_running", input)
        default: break
        }
    }

    private static func wasRunning(_ before: JSONValue) -> Bool {
        before["state"] == "running" || before["state"] == "pending"
    }
}
