extension MotoTests.UndoTests {
    static let awsCalls: [Case] = []
}
