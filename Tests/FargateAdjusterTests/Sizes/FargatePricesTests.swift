import FargateAdjuster
import Testing

@Suite struct FargatePricesTests {
    private func platform(_ family: String = "LINUX", _ architecture: String = "X86_64") -> FargateSizes.Platform {
        var platform = FargateSizes.Platform()
        (platform.family, platform.architecture) = (family, architecture)
        return platform
    }

    private func cents(_ dollars: Double?) -> Int? { dollars.map { Int(($0 * 100).rounded()) } }

    @Test(arguments: [
        // 730 × (1 × 0.04048 + 2 × 0.004445)
        (1_024, 2_048, "LINUX", "X86_64", "us-east-1", 3_604),
        (256, 512, "LINUX", "X86_64", "us-east-1", 901),
        (1_024, 2_048, "LINUX", "ARM64", "us-east-1", 2_884),
        // 730 × (1 × (0.046552 + 0.046) + 2 × 0.0051117)
        (1_024, 2_048, "WINDOWS_SERVER_2022_CORE", "X86_64", "us-east-1", 7_503),
        (1_024, 2_048, "LINUX", "X86_64", "eu-central-1", 4_145),
        (32_768, 249_856, "LINUX", "X86_64", "us-east-1", 173_736),
    ])
    func known(_ cpu: Int, _ memory: Int, _ family: String, _ architecture: String, _ region: String, _ expected: Int) {
        let price = FargatePrices.monthly(
            cpu: cpu, memory: memory, on: platform(family, architecture), region: region)
        #expect(cents(price) == expected)
    }

    @Test(arguments: [
        ("LINUX", "X86_64", "mars-north-1"), ("LINUX", "X86_64", ""), ("LINUX", "ARM64", "eu-west-3"),
        ("WINDOWS_SERVER_2022_CORE", "X86_64", "eu-central-1"),
    ])
    func unknown(_ family: String, _ architecture: String, _ region: String) {
        let price = FargatePrices.monthly(
            cpu: 1_024, memory: 2_048, on: platform(family, architecture), region: region)
        #expect(price == nil)
    }
}
