import AWS
import Experiments
import JSON

/// The actions and probes of `chaosaws.ecs`.
extension ChaosActivities {
    static var ecsActions: [NativeActivity] {
        let module = "chaosaws.ecs.actions"
        let validation: [NativeActivity.Call] = [.read("ecs:DescribeClusters"), .read("ecs:DescribeServices")]
        let tasks: [NativeActivity.Call] = [
            .read("ecs:ListTasks"), .read("ecs:DescribeTasks"), .change("ecs:StopTask"),
        ]
        return [
            .aws(
                module, "update_desired_count", .action, "Sets the desired count of a service.",
                arguments: [.init("cluster", .text), .init("service", .text), .init("desired_count", .integer)],
                calls: validation + [.change("ecs:UpdateService")], targets: ECSServices.targets,
                undo: ECSServices.resetDesiredCount, run: ECSServices.updateDesiredCount),
            // Without an undo: the service starts another task, and a task without a service cannot be put back.
            .aws(
                module, "stop_task", .action, "Stops a task, a random one of the service without task_id.",
                arguments: [
                    .init("cluster", .text, .null), .init("task_id", .text, .null), .init("service", .text, .null),
                    .init("reason", .text, "Chaos Testing"),
                ], calls: tasks, targets: ECSTasks.one, run: ECSTasks.stopOne),
            .aws(
                module, "stop_random_tasks", .action, "Stops random running tasks of a cluster or service.",
                arguments: [
                    .init("cluster", .text), .init("task_count", .integer, .null),
                    .init("task_percent", .number, .null), .init("service", .text, .null),
                    .init("reason", .text, "Chaos Testing"),
                ], calls: validation + tasks, targets: ECSTasks.random, run: ECSTasks.stopAll),
        ]
    }

    static var ecsProbes: [NativeActivity] {
        let module = "chaosaws.ecs.probes"
        let cluster = NativeActivity.Argument("cluster", .text)
        let service = [cluster, .init("service", .text)]
        return [
            .aws(
                module, "service_is_deploying", .probe, "Whether a service has more than one deployment.",
                arguments: service, calls: [.read("ecs:DescribeServices")]
            ) { invocation, _ in .bool(try await state(invocation)["deployments"]?.elements.count ?? 0 > 1) },
            .aws(
                module, "are_all_desired_tasks_running", .probe, "Whether a service runs as many tasks as desired.",
                arguments: service, calls: [.read("ecs:DescribeServices")]
            ) { invocation, _ in
                let service = try await state(invocation)
                return .bool(service["desiredCount"] == service["runningCount"])
            },
            .aws(
                module, "describe_cluster", .probe, "Describes a cluster.", arguments: [cluster],
                calls: [.read("ecs:DescribeClusters")]
            ) { invocation, _ in
                let cluster = invocation.argument("cluster")
                let response = try await invocation.client(.ecs).response("DescribeClusters", ["clusters": [cluster]])
                guard response["clusters"]?[0] != nil else {
                    throw ExperimentError.failedActivity(
                        "Error retrieving information for cluster \(cluster.pythonText)")
                }
                return response
            },
            .aws(
                module, "describe_service", .probe, "Describes a service.", arguments: service,
                calls: [.read("ecs:DescribeServices")]
            ) { invocation, _ in
                let response = try await describe(invocation)
                guard response["services"]?[0] != nil else {
                    // The two names are in this order in chaosaws.
                    throw ExperimentError.failedActivity(
                        "Unable to collect service \(invocation.argument("cluster").pythonText) on cluster "
                            + invocation.argument("service").pythonText)
                }
                return response
            },
            .aws(
                module, "describe_tasks", .probe, "Describes the tasks of a cluster.", arguments: [cluster],
                calls: [.read("ecs:ListTasks"), .read("ecs:DescribeTasks")]
            ) { invocation, _ in
                let client = try invocation.client(.ecs)
                let cluster = invocation.argument("cluster")
                let tasks = try await client.items("ListTasks", ["cluster": cluster])
                guard !tasks.isEmpty else {
                    throw ExperimentError.failedActivity("Unable to find any tasks for cluster \(cluster.pythonText)")
                }
                return try await client.response("DescribeTasks", ["cluster": cluster, "tasks": .array(tasks)])
            },
        ]
    }

    private static func describe(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        try await invocation.client(.ecs).response(
            "DescribeServices",
            ["cluster": invocation.argument("cluster"), "services": [invocation.argument("service")]])
    }

    private static func state(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        guard let service = try await describe(invocation)["services"]?[0] else {
            throw ExperimentError.failedActivity("Error retrieving service data from AWS")
        }
        return service
    }
}
