import JSON

extension MotoTests.ChaosawsTests {
    static let emr: [Case] = []
}
