extension MotoTests.UndoTests {
    static let elastiCache: [Case] = []
}
