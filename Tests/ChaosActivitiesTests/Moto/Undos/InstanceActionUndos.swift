extension MotoTests.UndoTests {
    static let resiliencyInstances: [Case] = []
}
