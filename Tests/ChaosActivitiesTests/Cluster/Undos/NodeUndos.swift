extension ClusterTests.UndoTests {
    static let nodes: [ClusterUndoCase] = []
}
