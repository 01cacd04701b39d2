extension MotoTests.UndoTests {
    static let serviceFaults: [Case] = []
}
