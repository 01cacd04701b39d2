extension MotoTests.UndoTests {
    static let resiliencyHosts: [Case] = []
}
