extension MotoTests.UndoTests {
    static let resiliencyNetworks: [Case] = []
}
