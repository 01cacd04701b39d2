import JSON

extension ClusterTests.Chaosk8sTests {
    static let workloads: [ClusterCase] =
        creations + deletions + changes + deploymentProbes + setProbes + microserviceActions + microserviceProbes

    private static func manifest(_ kind: String, _ name: String, extra: String = "") -> String {
        """
        apiVersion: apps/v1
        kind: \(kind)
        metadata:
          name: \(name)
          labels: {app: \(name), tier: "yes"}
        spec:
          selector: {matchLabels: {app: \(name)}}
          template:
            metadata: {labels: {app: \(name)}}
            spec: {containers: [{name: main, image: "web:1"}]}
        \(extra)
        """
    }

    private static func create(_ function: String, _ kind: String, _ name: String, extra: String = "") -> ClusterCase {
        ClusterCase(
            .shop, function, ["spec_path": "<folder>/new.yaml", "ns": "shop"],
            files: ["new.yaml": manifest(kind, name, extra: extra)])
    }

    private static let creations: [ClusterCase] = [
        create("deployment.actions.create_deployment", "Deployment", "new"),
        create("deployment.actions.create_deployment", "Deployment", "web"),
        create("statefulset.actions.create_statefulset", "StatefulSet", "new", extra: "  serviceName: new"),
        create("daemonset.actions.create_daemon_set", "DaemonSet", "new"),
        create("actions.start_microservice", "Deployment", "new"),
        ClusterCase(
            .shop, "deployment.actions.create_deployment", ["spec_path": "<folder>/new.json"],
            files: ["new.json": #"{"metadata": {"name": "new"}, "spec": {"selector": {}, "template": {}}}"#]),
        ClusterCase(
            .shop, "deployment.actions.create_deployment", ["spec_path": "<folder>/new.txt"], files: ["new.txt": ""]),
        ClusterCase(.shop, "deployment.actions.create_deployment", ["spec_path": "/no/such.yaml"]),
    ]

    private static let deletions: [ClusterCase] = [
        ("deployment.actions.delete_deployment", "web"), ("statefulset.actions.remove_statefulset", "db"),
        ("daemonset.actions.delete_daemon_set", "agent"), ("replicaset.actions.delete_replica_set", "web"),
    ].flatMap { function, name -> [ClusterCase] in
        let label = JSONValue.string("app=" + name)
        let arguments: [JSONValue] = [
            ["ns": "shop", "name": .string(name)], ["ns": "shop", "label_selector": label], ["ns": "shop"],
            ["ns": "shop", "name": "nothing"], ["name": .string(name)],
            ["ns": "shop", "name": "nothing", "label_selector": label],
        ]
        return arguments.map { ClusterCase(.shop, function, $0) } + [
            ClusterCase(
                .shop, function, ["ns": "shop"],
                script: [
                    "faults": [
                        [
                            "method": "DELETE", "status": 500,
                            "body": ["kind": "Status", "status": "Failure", "message": "etcd is gone"],
                        ]
                    ]
                ])
        ]
    }

    private static let changes: [ClusterCase] =
        [
            ("deployment.actions.scale_deployment", "web"), ("statefulset.actions.scale_statefulset", "db"),
            ("actions.scale_microservice", "web"),
        ].flatMap { function, name in
            [
                ClusterCase(.shop, function, ["name": .string(name), "replicas": 0, "ns": "shop"]),
                ClusterCase(.shop, function, ["name": "nothing", "replicas": 2, "ns": "shop"]),
            ]
        } + [
            ClusterCase(.shop, "deployment.actions.rollout_deployment", ["name": "web", "ns": "shop"]),
            ClusterCase(.shop, "deployment.actions.rollout_deployment", ["name": "nothing", "ns": "shop"]),
            ClusterCase(
                .shop, "daemonset.actions.update_daemon_set",
                [
                    "name": "agent", "ns": "shop",
                    "spec": ["spec": ["template": ["spec": ["containers": [["name": "main", "image": "web:2"]]]]]],
                ]),
            ClusterCase(
                .shop, "daemonset.actions.update_daemon_set", ["name": "nothing", "spec": [:], "ns": "shop"]),
        ]

    // MARK: Probes

    /// Deployments in every state, `apps/v1` of the namespace `shop`.
    private static let states = ClusterSetup([
        "apis/apps/v1/namespaces/shop/deployments": [
            ClusterSetup.workload("full", replicas: 2, status: ["readyReplicas": 2, "availableReplicas": 2]),
            ClusterSetup.workload("half", replicas: 2, status: ["readyReplicas": 1, "availableReplicas": 1]),
            ClusterSetup.workload("none", replicas: 2, status: ["readyReplicas": 0, "availableReplicas": 0]),
        ],
        "apis/apps/v1/namespaces/shop/statefulsets": [
            ClusterSetup.workload(
                "full", replicas: 2, extra: ["serviceName": "a"], status: ["replicas": 2, "readyReplicas": 2]),
            ClusterSetup.workload(
                "half", replicas: 2, extra: ["serviceName": "a"], status: ["replicas": 2, "readyReplicas": 1]),
        ],
        "apis/apps/v1/namespaces/shop/daemonsets": [
            daemonSet("full", ready: 2), daemonSet("half", ready: 1), daemonSet("none", ready: 0),
        ],
    ])

    private static func daemonSet(_ name: String, ready: Int64) -> JSONValue {
        ClusterSetup.workload(
            name,
            status: [
                "currentNumberScheduled": 2, "desiredNumberScheduled": 2, "numberMisscheduled": 0,
                "numberReady": .integer(ready),
            ])
    }

    private static func probe(
        _ function: String, _ name: String, _ more: JSONObject = [:], script: JSONValue = [:]
    ) -> ClusterCase {
        var arguments: JSONObject = ["name": .string(name), "ns": "shop"]
        for (member, value) in more { arguments[member] = value }
        return ClusterCase(states, function, .object(arguments), script: script)
    }

    private static let deploymentProbes: [ClusterCase] =
        ["full", "half", "none", "nothing"].flatMap { name in
            [
                probe("deployment.probes.deployment_available_and_healthy", name),
                probe("deployment.probes.deployment_available_and_healthy", name, ["raise_on_unavailable": false]),
                probe("deployment.probes.deployment_partially_available", name),
                probe(
                    "deployment.probes.deployment_partially_available", name,
                    ["raise_on_not_partially_available": false, "label_selector": "app"]),
            ]
        } + waits("deployment.probes.deployment", "raise_on")
        + [
            // It recovers while it is watched.
            probe(
                "deployment.probes.deployment_fully_available", "half",
                script: [
                    "on_watch": [
                        "objects": [
                            "apis/apps/v1/namespaces/shop/deployments": [
                                ClusterSetup.workload(
                                    "half", replicas: 2, status: ["readyReplicas": 2, "availableReplicas": 2])
                            ]
                        ]
                    ]
                ])
        ]

    private static func waits(_ prefix: String, _ flag: String?) -> [ClusterCase] {
        var cases = [
            probe(prefix + "_fully_available", "full"),
            probe(prefix + "_not_fully_available", "half"),
            probe(prefix + "_fully_available", "half", ["timeout": 1]),
            probe(prefix + "_not_fully_available", "full", ["timeout": 1, "label_selector": "app={name}"]),
        ]
        if let flag {
            cases.append(
                probe(prefix + "_fully_available", "half", ["timeout": 1, flag + "_not_fully_available": false]))
            cases.append(
                probe(prefix + "_not_fully_available", "full", ["timeout": 1, flag + "_fully_available": false]))
        }
        return cases
    }

    private static let setProbes: [ClusterCase] =
        waits("statefulset.probes.statefulset", "raise_on") + waits("daemonset.probes.daemon_set", nil)
        + ["full", "half", "none", "nothing"].flatMap { name in
            [
                probe("daemonset.probes.daemon_set_available_and_healthy", name),
                probe("daemonset.probes.daemon_set_available_and_healthy", name, ["label_selector": "app=full"]),
                probe("daemonset.probes.daemon_set_partially_available", name),
            ]
        }

    // MARK: The older names

    private static let microserviceActions: [ClusterCase] = [
        ClusterCase(.shop, "actions.remove_service_endpoint", ["name": "web", "ns": "shop"]),
        ClusterCase(.shop, "actions.remove_service_endpoint", ["name": "nothing", "ns": "shop"]),
        // Its default for the label is not one that a cluster accepts.
        ClusterCase(
            .shop, "actions.kill_microservice", ["name": "db-0", "label_selector": "name=db", "ns": "shop"]),
        ClusterCase(
            .shop, "actions.kill_microservice", ["name": "nothing", "label_selector": "name=nothing", "ns": "shop"]),
    ]

    private static let microserviceProbes: [ClusterCase] = [
        ClusterCase(.shop, "probes.all_microservices_healthy", ["ns": "shop"]),
        probe("probes.microservice_available_and_healthy", "half"),
        ClusterCase(.shop, "probes.microservice_is_not_available", ["name": "web", "ns": "shop"]),
        ClusterCase(.shop, "probes.microservice_is_not_available", ["name": "once", "ns": "shop"]),
        ClusterCase(
            .shop, "probes.service_endpoint_is_initialized",
            ["name": "web", "label_selector": "name=web", "ns": "shop"]),
        ClusterCase(
            .shop, "probes.service_endpoint_is_initialized",
            ["name": "web", "label_selector": "name=db", "ns": "shop"]),
        probe("probes.deployment_is_fully_available", "full"),
        probe("probes.deployment_is_fully_available", "half", ["timeout": 1]),
        probe("probes.deployment_is_not_fully_available", "half"),
        probe("probes.deployment_is_not_fully_available", "full", ["timeout": 1]),
        ClusterCase(.shop, "probes.secret_exists", ["name": "key", "ns": "shop"]),
        ClusterCase(.shop, "probes.secret_exists", ["name": "key", "label_selector": "app=db", "ns": "shop"]),
        ClusterCase(.shop, "probes.secret_exists", ["ns": "shop"]),
    ]
}
