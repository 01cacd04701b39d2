import JSON

extension MotoTests.ChaosawsTests {
    static let elastiCache: [Case] = []
}
