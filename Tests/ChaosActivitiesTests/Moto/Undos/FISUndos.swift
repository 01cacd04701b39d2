extension MotoTests.UndoTests {
    static let fis: [Case] = []
}
