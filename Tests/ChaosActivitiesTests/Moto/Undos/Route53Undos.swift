extension MotoTests.UndoTests {
    static let route53: [Case] = []
}
