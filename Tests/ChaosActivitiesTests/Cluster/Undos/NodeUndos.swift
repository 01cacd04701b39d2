import JSON

extension ClusterTests.UndoTests {
    static let nodes: [ClusterUndoCase] = []
}
