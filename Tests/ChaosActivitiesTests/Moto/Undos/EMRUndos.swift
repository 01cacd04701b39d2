extension MotoTests.UndoTests {
    static let emr: [Case] = []
}
