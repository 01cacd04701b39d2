import JSON

extension ClusterTests.UndoTests {
    static let pods: [ClusterUndoCase] = [
        ClusterUndoCase(
            .shop, "pod.actions.terminate_pods", ["label_selector": "app=once", "ns": "shop"],
            removal: ["api/v1/namespaces/shop"])
    ]
}
