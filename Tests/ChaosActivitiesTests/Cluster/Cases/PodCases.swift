extension ClusterTests.Chaosk8sTests {
    static let pods: [ClusterCase] = []
}
