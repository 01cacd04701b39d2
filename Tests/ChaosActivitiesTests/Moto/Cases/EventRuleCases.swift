import JSON

extension MotoTests.ChaosawsTests {
    static let eventRules: [Case] = []
}
