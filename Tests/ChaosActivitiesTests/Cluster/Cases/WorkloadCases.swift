extension ClusterTests.Chaosk8sTests {
    static let workloads: [ClusterCase] = []
}
