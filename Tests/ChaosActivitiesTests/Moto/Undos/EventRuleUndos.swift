extension MotoTests.UndoTests {
    static let eventRules: [Case] = []
}
