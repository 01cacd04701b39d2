extension MotoTests.UndoTests {
    static let lambdaFaults: [Case] = []
}
