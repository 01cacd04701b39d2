import JSON

extension MotoTests.ChaosawsTests {
    static let incidents: [Case] = []
}
