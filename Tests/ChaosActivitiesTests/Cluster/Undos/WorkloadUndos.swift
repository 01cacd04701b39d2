extension ClusterTests.UndoTests {
    static let workloads: [ClusterUndoCase] = []
}
