extension MotoTests.UndoTests {
    static let rds: [Case] = []
}
