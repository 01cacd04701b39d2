import JSON

extension ClusterTests.Chaosk8sTests {
    static let nodes: [ClusterCase] = nodeDeletions + cordons + drains + nodeProbes

    private static func action(_ function: String, _ arguments: JSONValue, script: JSONValue = [:]) -> ClusterCase {
        ClusterCase(.shop, "node.actions." + function, arguments, script: script)
    }

    private static func refusing(_ method: String, times: Int64 = 1) -> JSONValue {
        [
            "faults": [
                [
                    "method": .string(method), "status": 403, "times": .integer(times),
                    "body": ["kind": "Status", "status": "Failure", "message": "you may not", "reason": "Forbidden"],
                ]
            ]
        ]
    }

    /// With the Python client since 36 chaosk8s fails after the first deletion, whose answer has another type there.
    private static func deletion(_ arguments: JSONValue) -> ClusterCase {
        ClusterCase(.shop, "node.actions.delete_nodes", arguments, except: ["output", "error"])
    }

    private static let nodeDeletions: [ClusterCase] = [
        deletion([:]),
        deletion(["label_selector": "zone=b", "grace_period_seconds": 0]),
        deletion(["rand": true]),
        deletion(["count": 1]),
        deletion(["pod_label_selector": "app=db", "pod_namespace": "shop"]),
        action("delete_nodes", ["label_selector": "zone=c"]),
        action("delete_nodes", [:], script: refusing("DELETE")),
        action("create_node", ["meta": ["name": "n3", "labels": ["zone": "c"]], "spec": ["unschedulable": true]]),
        action("create_node", ["meta": ["name": "n1"]]),
    ]

    private static let cordons: [ClusterCase] = [
        action("cordon_node", [:]),
        action("cordon_node", ["name": "n1"]),
        action("cordon_node", ["label_selector": "zone=b"]),
        action("cordon_node", ["name": "n1", "label_selector": "zone=b"]),
        action("cordon_node", ["name": "n1"], script: refusing("PATCH")),
        action("uncordon_node", ["name": "n1"]),
        action("uncordon_node", ["name": "n1"], script: refusing("PATCH")),
        action("uncordon_node", ["name": "n9"]),
    ]

    /// Beside the shop's pods: one of a DaemonSet, a mirror pod, and one with local storage.
    private static let full = ClusterSetup.shop.adding([
        "api/v1/namespaces/shop/pods": [
            ClusterSetup.pod("agent-1", app: "agent", owner: ("DaemonSet", "agent")),
            ClusterSetup.pod("etcd-n1", app: "etcd", annotations: ["kubernetes.io/config.mirror": "1"]),
            ClusterSetup.pod(
                "cache-1", app: "cache", owner: ("ReplicaSet", "cache"),
                volumes: [["name": "data", "emptyDir": ["medium": "Memory"]]]),
        ]
    ])

    private static func drain(_ setup: ClusterSetup, _ arguments: JSONValue, script: JSONValue = [:]) -> ClusterCase {
        // The pod's uid goes with its eviction here, so that no other pod of its name is evicted.
        ClusterCase(setup, "node.actions.drain_nodes", arguments, script: script, except: ["preconditions", "deleteOptions"])
    }

    private static let drains: [ClusterCase] = [
        drain(.shop, ["name": "n1"]),
        drain(.shop, [:]),
        drain(full, ["name": "n1"]),
        drain(full, ["label_selector": "zone=a", "delete_pods_with_local_storage": true]),
        drain(.shop, ["count": 1]),
        drain(.shop, ["pod_label_selector": "app=once", "pod_namespace": "shop"]),
        drain(.shop, ["name": "n9"]),
        drain(.shop, ["name": "n1"], script: refusing("PATCH")),
        drain(.shop, ["name": "n1"], script: refusing("POST")),
    ]

    private static let troubled = ClusterSetup([
        "api/v1/nodes": [
            ClusterSetup.node("n1", labels: ["zone": "a"]),
            ClusterSetup.node("n2", labels: ["zone": "b"], conditions: ["DiskPressure": "True"]),
            ClusterSetup.node("n3", labels: ["zone": "c"], conditions: ["Ready": "Unknown"]),
        ]
    ])

    private static let nodeProbes: [ClusterCase] =
        [
            ClusterCase(
                .shop, "node.probes.get_nodes", ["label_selector": "zone=a"],
                except: ["metadata"]),
            ClusterCase(.shop, "node.probes.get_nodes", except: ["metadata"]),
            ClusterCase(troubled, "node.probes.get_all_node_status_conditions"),
            ClusterCase(.shop, "node.probes.get_all_node_status_conditions", ["label_selector": "zone=c"]),
        ]
        + ["zone=a", "zone=b", "zone=c", "zone", "zone=d"].flatMap { (selector: JSONValue) in
            [
                ClusterCase(
                    troubled, "node.probes.all_nodes_must_be_ready_to_schedule", ["label_selector": selector]),
                ClusterCase(troubled, "node.probes.nodes_must_be_healthy", ["label_selector": selector]),
                ClusterCase(
                    troubled, "node.probes.verify_nodes_condition",
                    ["label_selector": selector, "condition_type": "DiskPressure", "condition_value": "True"]),
            ]
        } + [ClusterCase(.shop, "node.probes.verify_nodes_condition")]
}
