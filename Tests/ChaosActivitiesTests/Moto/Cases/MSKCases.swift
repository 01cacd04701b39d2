import JSON

extension MotoTests.ChaosawsTests {
    static let msk: [Case] = []
}
