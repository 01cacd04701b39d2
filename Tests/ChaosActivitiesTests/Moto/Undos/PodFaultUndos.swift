extension MotoTests.UndoTests {
    static let resiliencyPods: [Case] = []
}
