import JSON

extension MotoTests.ChaosawsTests {
    private static let front: JSONValue = ["cluster": "shop", "service": "front"]

    static let ecs: [Case] = [
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
}
