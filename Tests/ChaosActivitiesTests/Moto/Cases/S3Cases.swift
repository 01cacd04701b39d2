import JSON

extension MotoTests.ChaosawsTests {
    static let s3: [Case] = []
}
