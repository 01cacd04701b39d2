import JSON

extension MotoTests.ChaosawsTests {
    static let rds: [Case] = []
}
