extension MotoTests.UndoTests {
    static let s3: [Case] = []
}
