extension ClusterTests.Chaosk8sTests {
    static let nodes: [ClusterCase] = []
}
