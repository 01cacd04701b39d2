import JSON

extension MotoTests.ChaosawsTests {
    private static let front: JSONValue = ["cluster": "shop", "service": "front"]

    static let ecs: [Case] = ecsTasks + ecsSettings + ecsDeletions + ecsResources

    private static let ecsTasks: [Case] = [
        Case(
            "cluster", "ecs.actions.update_desired_count", ["cluster": "shop", "service": "front", "desired_count": 0]),
        Case(
            "cluster", "ecs.actions.update_desired_count", ["cluster": "nope", "service": "front", "desired_count": 0]),
        Case(
            "cluster", "ecs.actions.update_desired_count", ["cluster": "shop", "service": "nope", "desired_count": 0]),
        Case("cluster", "ecs.actions.stop_task", ["cluster": "shop", "task_id": "<task1>", "reason": "because"]),
        Case("cluster", "ecs.actions.stop_task", front),
        Case("cluster", "ecs.actions.stop_task", ["cluster": "nope", "task_id": "0123"]),
        Case("cluster", "ecs.actions.stop_task", ["cluster": "empty", "service": "front"]),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "shop", "task_count": 2], isUnordered: true),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "shop", "task_percent": 99], isUnordered: true),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "shop", "task_percent": 1]),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "shop", "task_count": 5, "service": "front"]),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "shop"]),
        Case("cluster", "ecs.actions.stop_random_tasks", ["cluster": "nope", "task_count": 1]),
        Case("cluster", "ecs.probes.service_is_deploying", front),
        Case("cluster", "ecs.probes.service_is_deploying", ["cluster": "shop", "service": "nope"]),
        Case("cluster", "ecs.probes.are_all_desired_tasks_running", front),
        Case("cluster", "ecs.probes.are_all_desired_tasks_running", ["cluster": "nope", "service": "front"]),
        Case("cluster", "ecs.probes.describe_cluster", ["cluster": "shop"]),
        Case("cluster", "ecs.probes.describe_cluster", ["cluster": "nope"]),
        Case("cluster", "ecs.probes.describe_service", front),
        Case("cluster", "ecs.probes.describe_service", ["cluster": "shop", "service": "nope"]),
        Case("cluster", "ecs.probes.describe_tasks", ["cluster": "shop"]),
        Case("cluster", "ecs.probes.describe_tasks", ["cluster": "empty"]),
    ]

    private static let ecsSettings: [Case] = [
        Case(
            "ecs_settings", "ecs.actions.set_service_placement_strategy",
            ["cluster": "pool", "service": "back", "placement_type": "spread", "placement_field": "instanceId"]),
        Case(
            "ecs_settings", "ecs.actions.set_service_placement_strategy",
            ["cluster": "pool", "service": "back", "placement_type": "random", "placement_field": "instanceId"]),
        Case(
            "ecs_settings", "ecs.actions.set_service_placement_strategy",
            ["cluster": "pool", "service": "back", "placement_type": "binpack"]),
        Case(
            "ecs_settings", "ecs.actions.set_service_placement_strategy",
            ["cluster": "pool", "service": "nope", "placement_type": "random"]),
        Case(
            "ecs_settings", "ecs.actions.set_service_placement_strategy",
            ["cluster": "pool", "service": "back", "placement_type": "random"],
            script: [
                "ecs:UpdateService": [["error": "InvalidParameterException", "message": "not with an external one"]]
            ]),
        Case(
            "ecs_settings", "ecs.actions.set_service_deployment_configuration",
            ["cluster": "pool", "service": "back", "maximum_percent": 150, "minimum_healthy_percent": 50]),
        Case(
            "ecs_settings", "ecs.actions.set_service_deployment_configuration", ["cluster": "pool", "service": "back"]),
        Case(
            "ecs_settings", "ecs.actions.set_service_deployment_configuration",
            ["cluster": "pool", "service": "back", "maximum_percent": 100, "minimum_healthy_percent": 100]),
        Case(
            "ecs_settings", "ecs.actions.set_service_deployment_configuration",
            ["cluster": "pool", "service": "back", "maximum_percent": 100, "minimum_healthy_percent": 101]),
        Case(
            "ecs_settings", "ecs.actions.set_service_deployment_configuration",
            ["cluster": "nope", "service": "back"]),
        Case(
            "ecs_settings", "ecs.actions.set_service_deployment_configuration",
            ["cluster": "pool", "service": "nope"]),
    ]

    private static let ecsDeletions: [Case] = [
        Case("ecs_settings", "ecs.actions.delete_service", ["cluster": "pool", "service": "back"]),
        Case("ecs_settings", "ecs.actions.delete_service", ["cluster": "pool"]),
        Case("ecs_settings", "ecs.actions.delete_service", ["cluster": "pool", "service_pattern": "/si[dD]e$"]),
        Case("ecs_settings", "ecs.actions.delete_service", ["cluster": "pool", "service_pattern": "^side"]),
        Case("ecs_settings", "ecs.actions.delete_service", ["cluster": "spare"]),
        Case("ecs_settings", "ecs.actions.delete_service", ["cluster": "nope", "service": "back"]),
        Case("ecs_settings", "ecs.actions.delete_service", ["cluster": "pool", "service": "nope"]),
        Case("ecs_settings", "ecs.actions.delete_cluster", ["cluster": "spare"]),
        Case("ecs_settings", "ecs.actions.delete_cluster", ["cluster": "nope"]),
        Case(
            "ecs_settings", "ecs.actions.delete_cluster", ["cluster": "pool"],
            script: ["ecs:DeleteCluster": [["error": "ClusterContainsServicesException", "message": "not empty"]]]),
        Case(
            "ecs_settings", "ecs.actions.deregister_container_instance",
            ["cluster": "pool", "instance_id": "<member0>"]),
        Case(
            "ecs_settings", "ecs.actions.deregister_container_instance",
            ["cluster": "pool", "instance_id": "<member0>", "force": true],
            script: [
                "ecs:DeregisterContainerInstance": [
                    ["containerInstance": ["containerInstanceArn": "x", "status": "INACTIVE"]]
                ]
            ]),
        Case(
            "ecs_settings", "ecs.actions.deregister_container_instance",
            ["cluster": "nope", "instance_id": "<member0>"]),
    ]

    private static let ecsResources: [Case] = [
        Case(
            "ecs_settings", "ecs.actions.tag_resource",
            [
                "resource_arn": "<back>",
                "tags": [["key": "team", "value": "b"], ["key": "new", "value": "c"]],
            ]),
        Case(
            "ecs_settings", "ecs.actions.tag_resource",
            ["resource_arn": "<back>-nope", "tags": [["key": "new", "value": "c"]]]),
        Case("ecs_settings", "ecs.actions.untag_resource", ["resource_arn": "<back>", "tag_keys": ["team", "none"]]),
        Case("ecs_settings", "ecs.actions.untag_resource", ["resource_arn": "<back>-nope", "tag_keys": ["team"]]),
    ]
}
