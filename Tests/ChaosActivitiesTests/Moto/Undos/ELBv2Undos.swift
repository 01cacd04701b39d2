extension MotoTests.UndoTests {
    static let elbv2: [Case] = []
}
