import JSON

extension MotoTests.ChaosawsTests {
    static let xray: [Case] = []
}
