extension MotoTests.UndoTests {
    static let availabilityZones: [Case] = []
}
