import JSON

extension MotoTests.UndoTests {
    private static let noService: (String, String, JSONValue) = (
        "ecs", "delete_service", ["cluster": "pool", "service": "back", "force": true]
    )

    static let ecs: [Case] = [
        Case(
            setup: "cluster", function: "ecs.actions.update_desired_count",
            arguments: ["cluster": "shop", "service": "front", "desired_count": 0],
            removal: ("ecs", "delete_service", ["cluster": "shop", "service": "front", "force": true])),
        Case(
            setup: "ecs_settings", function: "ecs.actions.set_service_placement_strategy",
            arguments: ["cluster": "pool", "service": "back", "placement_type": "random"], removal: noService),
        Case(
            setup: "ecs_settings", function: "ecs.actions.set_service_deployment_configuration",
            arguments: ["cluster": "pool", "service": "back", "minimum_healthy_percent": 0], removal: noService),
        Case(
            setup: "ecs_settings", function: "ecs.actions.delete_service",
            arguments: ["cluster": "pool", "service": "back"],
            removal: ("ecs", "delete_cluster", ["cluster": "pool"])),
        Case(
            setup: "ecs_settings", function: "ecs.actions.delete_service",
            arguments: ["cluster": "pool", "service_pattern": "side"],
            removal: ("ecs", "delete_cluster", ["cluster": "pool"])),
        Case(setup: "ecs_settings", function: "ecs.actions.delete_cluster", arguments: ["cluster": "spare"]),
        Case(
            setup: "ecs_settings", function: "ecs.actions.tag_resource",
            arguments: [
                "resource_arn": "<back>", "tags": [["key": "team", "value": "b"], ["key": "new", "value": "c"]],
            ]),
        Case(
            setup: "ecs_settings", function: "ecs.actions.untag_resource",
            arguments: ["resource_arn": "<back>", "tag_keys": ["team", "none"]]),
        Case(
            setup: "ecs_settings", function: "ecs.actions.update_container_instances_state",
            arguments: ["cluster": "pool", "container_instances": ["<member0>", "<member1>"], "status": "DRAINING"]),
    ]
}
