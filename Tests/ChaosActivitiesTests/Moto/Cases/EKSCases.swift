import JSON

extension MotoTests.ChaosawsTests {
    static let eks: [Case] = []
}
