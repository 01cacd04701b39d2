import AWS
import Experiments
import JSON

/// The actions and probes of `chaosaws.ec2`.
extension ChaosActivities {
    static var ec2Actions: [NativeActivity] { ec2InstanceActions + ec2OtherActions }

    private static var ec2InstanceActions: [NativeActivity] {
        let module = "chaosaws.ec2.actions"
        let (one, many) = (InstanceChoice.one, InstanceChoice.many)
        return [
            .aws(
                module, "stop_instance", .action, "Stops one instance; a spot instance is terminated.",
                arguments: [
                    .init("instance_id", .text, .null), .init("az", .text, .null), .init("force", .flag, false),
                    .init("filters", .list, .null),
                ],
                calls: EC2Instances.stopCalls, choice: InstanceChoice.ofOne, targets: { try await one(.stop, $0) },
                undo: EC2Instances.startAgain,
                run: EC2Instances.stop),
            .aws(
                module, "stop_instances", .action, "Stops instances; spot instances are terminated.",
                arguments: [
                    .init("instance_ids", .list, .null), .init("az", .text, .null), .init("filters", .list, .null),
                    .init("force", .flag, false),
                ],
                calls: EC2Instances.stopCalls, choice: InstanceChoice.ofMany, targets: { try await many(.stop, $0) },
                undo: EC2Instances.startAgain,
                run: EC2Instances.stop),
            .aws(
                module, "terminate_instance", .action, "Terminates one instance.",
                arguments: [
                    .init("instance_id", .text, .null), .init("az", .text, .null), .init("filters", .list, .null),
                ],
                calls: EC2Instances.terminateCalls, choice: InstanceChoice.ofOne,
                targets: { try await one(.terminate, $0) },
                run: EC2Instances.terminate),
            .aws(
                module, "terminate_instances", .action, "Terminates instances.",
                arguments: EC2Instances.choiceArguments, calls: EC2Instances.terminateCalls,
                choice: InstanceChoice.ofMany, targets: { try await many(.terminate, $0) },
                run: EC2Instances.terminate),
            // Without an undo: it is what puts instances back.
            .aws(
                module, "start_instances", .action, "Starts instances.", arguments: EC2Instances.choiceArguments,
                calls: [.read("ec2:DescribeInstances"), .change("ec2:StartInstances")],
                choice: InstanceChoice.ofMany, targets: { try await many(.start, $0) }, run: EC2Instances.start),
            .aws(
                module, "restart_instances", .action, "Reboots instances.", arguments: EC2Instances.choiceArguments,
                calls: [.read("ec2:DescribeInstances"), .change("ec2:RebootInstances")],
                choice: InstanceChoice.ofMany, targets: { try await many(.restart, $0) }, run: EC2Instances.restart),
            .aws(
                module, "stop_instances_by_incremental_steps", .action,
                "Stops a share of the running instances, some at a time; spot instances are terminated.",
                arguments: InstanceSteps.arguments, calls: EC2Instances.stopCalls,
                choice: "volume per cent, at random, of the running instances that match tags and az",
                targets: InstanceSteps.targets, undo: EC2Instances.startAgain, run: InstanceSteps.stop),
        ]
    }

    private static var ec2OtherActions: [NativeActivity] {
        let module = "chaosaws.ec2.actions"
        let (ids, filters) = (
            NativeActivity.Argument("instance_ids", .list, .null), NativeActivity.Argument("filters", .list, .null)
        )
        let (tags, zone) = (NativeActivity.Argument("tags", .any), NativeActivity.Argument("az", .text, .null))
        return [
            .aws(
                module, "detach_random_volume", .action, "Detaches a random volume, not the root, of each instance.",
                arguments: [ids, filters, .init("force", .flag, true)], calls: EC2Volumes.detachCalls,
                choice: "one random volume of each instance that the ids or filters name, never its root",
                targets: EC2Volumes.ofInstances, undo: EC2Volumes.attachAgain,
                run: { try await EC2Volumes.detach($0, $1) }),
            // Without an undo: it is what puts volumes back.
            .aws(
                module, "attach_volume", .action, "Attaches detached volumes to their instances again.",
                arguments: [ids, filters], calls: EC2Volumes.attachCalls,
                choice: "unattached volumes with the tag ChaosToolkitDetached, of the instances or of any",
                targets: EC2Volumes.detached, run: EC2Volumes.attach),
            .aws(
                module, "set_tags_on_instances", .action, "Sets tags on a share of instances.",
                arguments: [tags, .init("percentage", .integer, 100), zone, filters],
                calls: [.read("ec2:DescribeInstances"), .change("ec2:CreateTags")],
                choice: "percentage of the instances that match az and filters, at random, at least one",
                targets: InstanceTags.toSet, undo: InstanceTags.unset, run: InstanceTags.set),
            .aws(
                module, "remove_tags_from_instances", .action, "Removes tags from the instances that have all of them.",
                arguments: [tags, zone], calls: [.read("ec2:DescribeInstances"), .change("ec2:DeleteTags")],
                choice: "all instances that have all of the tags", targets: InstanceTags.toRemove,
                undo: InstanceTags.setAgain, run: InstanceTags.remove),
        ]
    }

    static var ec2Probes: [NativeActivity] {
        let module = "chaosaws.ec2.probes"
        let calls: [NativeActivity.Call] = [.read("ec2:DescribeInstances")]
        return [
            .aws(
                module, "describe_instances", .probe, "Describes the instances that match the filters.",
                arguments: [.init("filters", .list)], calls: calls
            ) { invocation, _ in
                try await invocation.client(.ec2)
                    .response("DescribeInstances", ["Filters": invocation.argument("filters")])
            },
            .aws(
                module, "count_instances", .probe,
                "Counts the reservations, not the instances, that match the filters.",
                arguments: [.init("filters", .list)], calls: calls
            ) { invocation, _ in JSONValue(try await reservations(invocation).count) },
            .aws(
                module, "count_min_instances", .probe,
                "Whether at least so many reservations, not instances, match the filters.",
                arguments: [.init("filters", .list), .init("min_count", .integer, 0)], calls: calls
            ) { invocation, _ in
                .bool(
                    Int64(try await reservations(invocation).count) >= (invocation.argument("min_count").intValue ?? 0))
            },
            .aws(
                module, "instance_state", .probe,
                "Whether the instances are in a state; only those of the first reservation are looked at.",
                arguments: [
                    .init("state", .text), .init("instance_ids", .list, .null), .init("filters", .list, .null),
                ], calls: calls, run: instanceState),
        ]
    }

    private static func reservations(_ invocation: NativeActivity.Invocation) async throws -> [JSONValue] {
        let output = try await invocation.client(.ec2)
            .call("DescribeInstances", ["Filters": invocation.argument("filters")])
        return output["Reservations"]?.elements ?? []
    }

    @Sendable private static func instanceState(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        var input: JSONObject = [:]
        if let ids = invocation.given("instance_ids") {
            input["InstanceIds"] = ids
        } else if let filters = invocation.given("filters") {
            input["Filters"] = filters
        } else {
            throw ExperimentError.failedActivity(
                #"Probe "instance_state" missing required parameter "instance_ids" or "filters""#)
        }
        let output = try await invocation.client(.ec2).call("DescribeInstances", input)
        guard let first = output["Reservations"]?[0] else {
            throw ExperimentError(python: "IndexError", "list index out of range")
        }
        let states = (first["Instances"]?.elements ?? []).map { $0["State"]?["Name"] }
        return .bool(states.allSatisfy { $0 == invocation.argument("state") })
    }
}
