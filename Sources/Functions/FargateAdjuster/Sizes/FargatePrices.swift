/// What Fargate costs, to tell what a change means.
///
/// List prices on demand of September 2026, from AWS's price list for `AmazonECS`; without storage above 20 GiB, taxes,
/// savings plans and the price of Spot, which changes.
public enum FargatePrices {
    /// The hours of a month that AWS's own estimates have.
    static let hours = 730.0

    /// US dollars for an hour.
    struct Rate: Sendable {
        /// Of a vCPU.
        let cpu: Double
        /// Of a GiB.
        let memory: Double
    }

    /// Linux on x86-64, and on Arm where that price is known.
    private static let rates: [String: (x86: Rate, arm: Rate?)] = [
        "us-east-1": (Rate(cpu: 0.04048, memory: 0.004445), Rate(cpu: 0.03238, memory: 0.00356)),
        "us-east-2": (Rate(cpu: 0.04048, memory: 0.004445), Rate(cpu: 0.03238, memory: 0.00356)),
        "us-west-2": (Rate(cpu: 0.04048, memory: 0.004445), nil),
        "ca-central-1": (Rate(cpu: 0.04456, memory: 0.004865), Rate(cpu: 0.03565, memory: 0.00389)),
        "sa-east-1": (Rate(cpu: 0.0696, memory: 0.0076), Rate(cpu: 0.0557, memory: 0.00612)),
        "eu-west-1": (Rate(cpu: 0.04048, memory: 0.004445), Rate(cpu: 0.03238, memory: 0.00356)),
        "eu-west-2": (Rate(cpu: 0.04656, memory: 0.00511), Rate(cpu: 0.03725, memory: 0.00409)),
        "eu-west-3": (Rate(cpu: 0.0486, memory: 0.0053), nil),
        "eu-central-1": (Rate(cpu: 0.04656, memory: 0.00511), Rate(cpu: 0.03725, memory: 0.00409)),
        "ap-south-1": (Rate(cpu: 0.04256, memory: 0.004655), Rate(cpu: 0.02383, memory: 0.00261)),
        "ap-northeast-1": (Rate(cpu: 0.05056, memory: 0.00553), Rate(cpu: 0.04045, memory: 0.00442)),
        "ap-northeast-2": (Rate(cpu: 0.04656, memory: 0.00511), Rate(cpu: 0.03725, memory: 0.00409)),
        "ap-southeast-1": (Rate(cpu: 0.05056, memory: 0.00553), Rate(cpu: 0.04045, memory: 0.00442)),
        "ap-southeast-2": (Rate(cpu: 0.04856, memory: 0.00532), Rate(cpu: 0.03885, memory: 0.00426)),
    ]

    /// Windows on x86-64; the price of a vCPU has the licence's 0.046 dollars.
    private static let windows: [String: Rate] = [
        "us-east-1": Rate(cpu: 0.046552 + 0.046, memory: 0.0051117),
        "us-east-2": Rate(cpu: 0.046552 + 0.046, memory: 0.0051117),
    ]

    /// US dollars for 730 hours of one task; nil where the price is not known.
    /// - Parameters:
    ///   - cpu: CPU units.
    ///   - memory: MiB.
    public static func monthly(cpu: Int, memory: Int, on platform: FargateSizes.Platform, region: String) -> Double? {
        guard let rate = rate(on: platform, region: region) else { return nil }
        return (Double(cpu) * rate.cpu + Double(memory) * rate.memory) / 1_024 * hours
    }

    private static func rate(on platform: FargateSizes.Platform, region: String) -> Rate? {
        if platform.isWindows { return platform.isArm ? nil : windows[region] }
        return platform.isArm ? rates[region]?.arm : rates[region]?.x86
    }
}
