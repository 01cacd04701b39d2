import JSON

extension MotoTests.ChaosawsTests {
    static let iam: [Case] = []
}
