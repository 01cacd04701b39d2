import JSON

extension MotoTests.ChaosawsTests {
    static let fis: [Case] = []
}
