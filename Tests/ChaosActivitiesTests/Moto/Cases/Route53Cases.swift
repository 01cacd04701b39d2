import JSON

extension MotoTests.ChaosawsTests {
    static let route53: [Case] = []
}
