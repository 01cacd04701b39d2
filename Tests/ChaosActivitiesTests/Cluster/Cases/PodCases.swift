import JSON

extension ClusterTests.Chaosk8sTests {
    static let pods: [ClusterCase] = podActions + podProbes

    private static let refusal: JSONValue = [
        "faults": [
            [
                "method": "DELETE", "status": 403,
                "body": [
                    "kind": "Status", "status": "Failure", "reason": "Forbidden", "code": 403,
                    "message": #"pods "web-1" is forbidden"#,
                ],
            ]
        ]
    ]

    private static func terminate(_ arguments: JSONObject, script: JSONValue = [:]) -> ClusterCase {
        var all: JSONObject = ["ns": "shop"]
        for (name, value) in arguments { all[name] = value }
        return ClusterCase(.shop, "pod.actions.terminate_pods", .object(all), script: script)
    }

    private static let podActions: [ClusterCase] = [
        terminate(["label_selector": "app=web"]),
        terminate(["label_selector": "app=web", "grace_period": 0]),
        terminate(["label_selector": "app=web", "qty": 2, "order": "oldest"]),
        terminate(["label_selector": "app in (web,db)", "name_pattern": "-[02]$", "qty": 5]),
        terminate(["label_selector": "app=web", "mode": "percentage", "qty": 33]),
        terminate(["label_selector": "app=web", "mode": "percentage", "qty": 34]),
        terminate(["label_selector": "app=web", "mode": "percentage", "qty": 0]),
        terminate(["label_selector": "app=web", "rand": true, "qty": 2]),
        terminate(["label_selector": "app=web", "all": true, "qty": 1]),
        terminate([:]),
        terminate(["label_selector": "app=nothing"]),
        terminate(["ns": "elsewhere"]),
        terminate(["qty": -1]),
        terminate(["mode": "some"]),
        terminate(["order": "newest"]),
        terminate(["label_selector": "app in {web}"]),
        terminate(["label_selector": "app=web", "qty": 2], script: refusal),
        ClusterCase(
            .shop, "pod.actions.exec_in_pods",
            [
                "cmd": "echo 'a b' c", "label_selector": "app=web", "container_name": "main", "ns": "shop", "qty": 2,
            ]),
        ClusterCase(
            .shop, "pod.actions.exec_in_pods",
            ["cmd": ["sh", "-c", "echo out; exit 3"], "label_selector": "app=db", "container_name": "main", "ns": "shop"]),
        ClusterCase(
            .shop, "pod.actions.exec_in_pods",
            ["cmd": ["true"], "label_selector": "app=db", "container_name": "other", "ns": "shop"]),
        ClusterCase(.shop, "pod.actions.exec_in_pods", ["cmd": "", "container_name": "main", "ns": "shop"]),
        ClusterCase(.shop, "pod.actions.delete_pods", ["name": "web", "ns": "shop"]),
        ClusterCase(.shop, "pod.actions.delete_pods", ["label_selector": "app=db", "ns": "shop"]),
    ]

    private static func probe(_ function: String, _ arguments: JSONObject) -> ClusterCase {
        var all: JSONObject = ["ns": "shop"]
        for (name, value) in arguments { all[name] = value }
        return ClusterCase(.shop, "pod.probes." + function, .object(all))
    }

    private static let podProbes: [ClusterCase] =
        logProbes + [
            probe("pods_in_phase", ["label_selector": "app=web"]),
            probe("pods_in_phase", ["label_selector": "app=once"]),
            probe("pods_in_phase", ["label_selector": "app=once", "raise_on_invalid_phase": false]),
            probe("pods_in_phase", ["label_selector": "app=none"]),
            probe("pods_in_phase", ["label_selector": "app=none", "raise_on_invalid_phase": false]),
            probe("pods_in_phase", ["label_selector": .null]),
            probe("pods_not_in_phase", ["label_selector": "app=web", "phase": "Failed"]),
            probe("pods_not_in_phase", ["label_selector": "app=web"]),
            probe("pods_not_in_phase", ["label_selector": "app=web", "raise_on_in_phase": false]),
            probe("pods_not_in_phase", ["label_selector": "app=none"]),
            probe(
                "pods_in_conditions",
                ["label_selector": "app=web", "conditions": [["type": "Ready", "status": "True"]]]),
            probe(
                "pods_in_conditions",
                ["label_selector": "app=once", "conditions": [["type": "Ready", "status": "True"]]]),
            probe(
                "pods_in_conditions",
                [
                    "label_selector": "app=once", "conditions": [["type": "Ready", "status": "True"]],
                    "raise_on_invalid_conditions": false,
                ]),
            probe("pods_in_conditions", ["label_selector": "app=none", "conditions": []]),
            probe("count_pods", ["label_selector": "app=web"]),
            probe("count_pods", ["label_selector": .null, "phase": "Succeeded"]),
            probe("count_pods", ["label_selector": "app=none"]),
            probe("count_min_pods", ["label_selector": "app=web", "min_count": 3]),
            probe("count_min_pods", ["label_selector": "app=web", "min_count": 4]),
            probe("pod_is_not_available", ["name": "once"]),
            probe("pod_is_not_available", ["name": "web"]),
            probe("pod_is_not_available", ["name": "web", "raise_on_is_available": false]),
            probe("pod_is_not_available", ["name": "web", "label_selector": "app={name}"]),
            probe("all_pods_healthy", [:]),
            ClusterCase(broken, "pod.probes.all_pods_healthy", ["ns": "shop"]),
            ClusterCase(broken, "pod.probes.all_pods_healthy", ["ns": "shop", "raise_on_any_unhealthy": false]),
        ]

    private static let broken = ClusterSetup.shop.adding([
        "api/v1/namespaces/shop/pods": [ClusterSetup.pod("late", app: "late", phase: "Pending")]
    ])

    private static let talking = ClusterSetup.shop.adding([
        "api/v1/namespaces/shop/pods": [
            ClusterSetup.pod("log-1", app: "log", annotations: ["log": "started\nfailed: no route\n"]),
            ClusterSetup.pod("log-2", app: "log", annotations: ["log": "grüß\n"]),
        ]
    ])

    private static let logs: JSONValue = ["log-1": "started\nfailed: no route\n", "log-2": "started\n"]

    private static let logProbes: [ClusterCase] = [
        ClusterCase(talking, "pod.probes.read_pod_logs", ["name": "log", "ns": "shop"]),
        ClusterCase(
            talking, "pod.probes.read_pod_logs",
            ["label_selector": "app=log", "ns": "shop", "last": "10 minutes", "container_name": "main"]),
        ClusterCase(talking, "pod.probes.read_pod_logs", ["label_selector": "", "ns": "shop", "from_previous": true]),
        ClusterCase(talking, "pod.probes.read_pod_logs", ["ns": "shop"]),
        ClusterCase(talking, "probes.read_microservices_logs", ["name": "log", "ns": "shop"]),
        ClusterCase(.empty, "pod.probes.should_be_found_in_logs", ["pattern": "fail(ed)?:", "value": logs]),
        ClusterCase(
            .empty, "pod.probes.should_be_found_in_logs",
            ["pattern": "fail(ed)?:", "value": logs, "all_containers": false]),
        ClusterCase(.empty, "pod.probes.should_be_found_in_logs", ["pattern": "^started$", "value": logs]),
        ClusterCase(.empty, "pod.probes.should_be_found_in_logs", ["pattern": "started", "value": logs]),
        ClusterCase(
            .empty, "pod.probes.should_be_found_in_logs",
            ["pattern": "stopped", "value": logs, "all_containers": false]),
        ClusterCase(.empty, "pod.probes.should_be_found_in_logs", ["pattern": "stopped"]),
    ]
}
