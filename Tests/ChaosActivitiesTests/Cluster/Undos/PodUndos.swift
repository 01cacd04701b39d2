extension ClusterTests.UndoTests {
    static let pods: [ClusterUndoCase] = []
}
