import AWS
import Experiments
import JSON

/// The actions and probes of `chaosaws.ecs`.
extension ChaosActivities {
    static var ecsActions: [NativeActivity] {
        ecsServiceActions + ecsTaskActions + ecsResourceActions
    }

    private static let ecsActionModule = "chaosaws.ecs.actions"
    private static let ecsService: [NativeActivity.Argument] = [.init("cluster", .text), .init("service", .text)]
    private static var ecsValidation: [NativeActivity.Call] {
        [.read("ecs:DescribeClusters"), .read("ecs:DescribeServices")]
    }

    private static var ecsServiceActions: [NativeActivity] {
        [
            .aws(
                ecsActionModule, "update_desired_count", .action, "Sets the desired count of a service.",
                arguments: ecsService + [.init("desired_count", .integer)],
                calls: ecsValidation + [.change("ecs:UpdateService")], choice: "the service",
                targets: ECSServices.targetsOfCount,
                undo: ECSServices.reset("desiredCount", "desired count") { $0.argument("desired_count") },
                run: ECSServices.updateDesiredCount),
            .aws(
                ecsActionModule, "set_service_placement_strategy", .action,
                "Sets how the tasks of a service are spread over container instances.",
                arguments: ecsService + [.init("placement_type", .text), .init("placement_field", .text, .null)],
                calls: ecsValidation + [.change("ecs:UpdateService")], choice: "the service",
                targets: ECSServices.targetsOfPlacementStrategy,
                undo: ECSServices.reset("placementStrategy", "placement strategy", absent: [], after: nil),
                run: ECSServices.setPlacementStrategy),
            .aws(
                ecsActionModule, "set_service_deployment_configuration", .action,
                "Sets how many tasks a service may and must run while it is deployed, in per cent.",
                arguments: ecsService + [
                    .init("maximum_percent", .integer, 200), .init("minimum_healthy_percent", .integer, 100),
                ], calls: ecsValidation + [.change("ecs:UpdateService")], choice: "the service",
                targets: ECSServices.targetsOfDeploymentConfiguration,
                undo: ECSServices.reset(
                    "deploymentConfiguration", "deployment configuration", after: ECSServices.deploymentConfiguration),
                run: ECSServices.setDeploymentConfiguration),
            .aws(
                ecsActionModule, "delete_service", .action,
                "Scales a service down and deletes it, a random one of the cluster without service.",
                arguments: [
                    .init("service", .text, .null), .init("cluster", .text, .null),
                    .init("service_pattern", .text, .null),
                ],
                calls: [
                    .read("ecs:ListServices"), .read("ecs:DescribeServices"), .change("ecs:UpdateService"),
                    .change("ecs:DeleteService"),
                ], choice: "service, or a random one whose ARN matches the pattern",
                targets: ECSDeletions.serviceTargets, undo: ECSDeletions.recreateService,
                run: ECSDeletions.deleteService),
        ]
    }

    private static var ecsTaskActions: [NativeActivity] {
        let tasks: [NativeActivity.Call] = [
            .read("ecs:ListTasks"), .read("ecs:DescribeTasks"), .change("ecs:StopTask"),
        ]
        return [
            // Without an undo: the service starts another task, and a task without a service cannot be put back.
            .aws(
                ecsActionModule, "stop_task", .action, "Stops a task, a random one of the service without task_id.",
                arguments: [
                    .init("cluster", .text, .null), .init("task_id", .text, .null), .init("service", .text, .null),
                    .init("reason", .text, "Chaos Testing"),
                ], calls: tasks, choice: "task_id, or a random task of the service", targets: ECSTasks.one,
                run: ECSTasks.stopOne),
            .aws(
                ecsActionModule, "stop_random_tasks", .action, "Stops random running tasks of a cluster or service.",
                arguments: [
                    .init("cluster", .text), .init("task_count", .integer, .null),
                    .init("task_percent", .number, .null), .init("service", .text, .null),
                    .init("reason", .text, "Chaos Testing"),
                ], calls: ecsValidation + tasks,
                choice: "a number or share of the running tasks of the cluster or service",
                targets: ECSTasks.random, run: ECSTasks.stopAll),
        ]
    }

    private static var ecsResourceActions: [NativeActivity] {
        let cluster = NativeActivity.Argument("cluster", .text)
        let resource = NativeActivity.Argument("resource_arn", .text)
        return [
            .aws(
                ecsActionModule, "tag_resource", .action, "Sets tags of a cluster, service, task and so on.",
                arguments: [.init("tags", .list), resource],
                calls: [.read("ecs:ListTagsForResource"), .change("ecs:TagResource")], choice: "the resource",
                targets: ECSTags.targets, undo: ECSTags.reset, run: ECSTags.tag),
            .aws(
                ecsActionModule, "untag_resource", .action, "Removes tags of a cluster, service, task and so on.",
                arguments: [.init("tag_keys", .list), resource],
                calls: [.read("ecs:ListTagsForResource"), .change("ecs:UntagResource")], choice: "the resource",
                targets: ECSTags.targets, undo: ECSTags.reset, run: ECSTags.untag),
            .aws(
                ecsActionModule, "delete_cluster", .action, "Deletes a cluster without services and tasks.",
                arguments: [cluster], calls: [.read("ecs:DescribeClusters"), .change("ecs:DeleteCluster")],
                choice: "the cluster", targets: ECSDeletions.clusterTargets, undo: ECSDeletions.recreateCluster,
                run: ECSDeletions.deleteCluster),
            // Without an undo: only the agent on the instance can register it again.
            .aws(
                ecsActionModule, "deregister_container_instance", .action,
                "Removes a container instance from its cluster; its tasks are orphaned with force.",
                arguments: [cluster, .init("instance_id", .text), .init("force", .flag, false)],
                calls: [.read("ecs:DescribeContainerInstances"), .change("ecs:DeregisterContainerInstance")],
                choice: "the container instance", targets: ECSContainerInstances.one,
                run: ECSContainerInstances.deregister),
            .aws(
                ecsActionModule, "update_container_instances_state", .action,
                "Drains container instances, or makes them active.",
                arguments: [cluster, .init("container_instances", .list), .init("status", .text)],
                calls: [
                    .read("ecs:DescribeClusters"), .read("ecs:DescribeContainerInstances"),
                    .change("ecs:UpdateContainerInstancesState"),
                ], choice: "the container instances", targets: ECSContainerInstances.all,
                undo: ECSContainerInstances.resetState, run: ECSContainerInstances.updateState),
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
