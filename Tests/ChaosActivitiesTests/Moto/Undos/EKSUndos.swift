extension MotoTests.UndoTests {
    static let eks: [Case] = []
}
