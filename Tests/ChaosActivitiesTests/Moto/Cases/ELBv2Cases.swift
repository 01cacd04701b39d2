import JSON

extension MotoTests.ChaosawsTests {
    static let elbv2: [Case] = []
}
