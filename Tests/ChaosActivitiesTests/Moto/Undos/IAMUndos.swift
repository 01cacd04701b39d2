extension MotoTests.UndoTests {
    static let iam: [Case] = []
}
