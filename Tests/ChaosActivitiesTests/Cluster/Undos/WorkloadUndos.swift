import JSON

extension ClusterTests.UndoTests {
    static let workloads: [ClusterUndoCase] = deletions + creations + changes

    private static let shopIsGone = ["api/v1/namespaces/shop"]

    private static let deletions: [ClusterUndoCase] = [
        ClusterUndoCase(
            .shop, "deployment.actions.delete_deployment", ["name": "web", "ns": "shop"], removal: shopIsGone),
        ClusterUndoCase(
            .shop, "statefulset.actions.remove_statefulset", ["ns": "shop"], removal: shopIsGone),
        ClusterUndoCase(
            .shop, "daemonset.actions.delete_daemon_set", ["label_selector": "app=agent", "ns": "shop"],
            removal: shopIsGone),
        ClusterUndoCase(
            .shop, "replicaset.actions.delete_replica_set", ["name": "web", "ns": "shop"], removal: shopIsGone),
        ClusterUndoCase(
            .shop, "actions.remove_service_endpoint", ["name": "web", "ns": "shop"], removal: shopIsGone),
        ClusterUndoCase(
            .shop, "actions.kill_microservice", ["name": "web", "label_selector": "name=once", "ns": "shop"],
            removal: shopIsGone),
    ]

    private static let files = [
        "new.json": #"{"metadata": {"name": "new"}, "spec": {"selector": {}, "template": {}}}"#,
        "any.yaml": "metadata: {generateName: new-}\nspec: {selector: {}, template: {}}",
    ]

    private static let creations: [ClusterUndoCase] = [
        ("deployment.actions.create_deployment", "deployments"),
        ("statefulset.actions.create_statefulset", "statefulsets"),
        ("daemonset.actions.create_daemon_set", "daemonsets"), ("actions.start_microservice", "deployments"),
    ].map { function, plural in
        ClusterUndoCase(
            .shop, function, ["spec_path": "<folder>/new.json", "ns": "shop"],
            removal: ["apis/apps/v1/namespaces/shop/\(plural)/new"], files: files, removalRestores: true)
    } + [
        // The cluster would choose the name.
        ClusterUndoCase(
            .shop, "deployment.actions.create_deployment", ["spec_path": "<folder>/any.yaml", "ns": "shop"],
            removal: [], files: files)
    ]

    private static let changes: [ClusterUndoCase] = [
        ClusterUndoCase(
            .shop, "deployment.actions.scale_deployment", ["name": "web", "replicas": 0, "ns": "shop"],
            removal: ["apis/apps/v1/namespaces/shop/deployments/web"]),
        ClusterUndoCase(
            .shop, "statefulset.actions.scale_statefulset", ["name": "db", "replicas": 5, "ns": "shop"],
            removal: ["apis/apps/v1/namespaces/shop/statefulsets/db"]),
        ClusterUndoCase(
            .shop, "actions.scale_microservice", ["name": "web", "replicas": 1, "ns": "shop"],
            removal: ["apis/apps/v1/namespaces/shop/deployments/web"]),
        ClusterUndoCase(
            .shop, "daemonset.actions.update_daemon_set",
            [
                "name": "agent", "ns": "shop",
                "spec": [
                    "metadata": ["labels": ["broken": "yes"]],
                    "spec": ["template": ["spec": ["containers": [["name": "main", "image": "none:0"]]]]],
                ],
            ], removal: ["apis/apps/v1/namespaces/shop/daemonsets/agent"]),
    ]
}
