import JSON

extension ClusterTests.UndoTests {
    static let nodes: [ClusterUndoCase] = [
        ClusterUndoCase(
            .shop, "node.actions.create_node", ["meta": ["name": "n3"], "spec": ["unschedulable": true]],
            removal: ["api/v1/nodes/n3"], removalRestores: true),
        ClusterUndoCase(.shop, "node.actions.delete_nodes", ["all": true], removal: []),
        ClusterUndoCase(.shop, "node.actions.cordon_node", ["name": "n1"], removal: ["api/v1/nodes/n1"]),
        ClusterUndoCase(
            // Without pods: those that a drain evicts are their controllers' to replace.
            .shop.adding(["api/v1/nodes": [ClusterSetup.node("n3", labels: ["zone": "c"])]]),
            "node.actions.drain_nodes", ["label_selector": "zone=c"], removal: ["api/v1/nodes/n3"]),
    ]
}
