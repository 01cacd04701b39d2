extension MotoTests.UndoTests {
    static let msk: [Case] = []
}
