import JSON

extension ClusterTests.UndoTests {
    static let pods: [ClusterUndoCase] = [
        ClusterUndoCase(
            .shop, "pod.actions.terminate_pods", ["label_selector": "app=once", "ns": "shop"],
            removal: ["api/v1/namespaces/shop"]),
        ClusterUndoCase(
            .shop.adding(["api/v1/namespaces/shop/pods": [ClusterSetup.pod("one-more", app: "once")]]),
            "pod.actions.terminate_pods", ["name_pattern": "^on", "all": true, "ns": "shop"],
            removal: ["api/v1/namespaces/shop"]),
    ]
}
