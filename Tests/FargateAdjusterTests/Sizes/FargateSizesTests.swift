import FargateAdjuster
import Testing

@Suite struct FargateSizesTests {
    private static let linux = FargateSizes.Platform()

    private static func platform(
        _ family: String = "LINUX", _ architecture: String = "X86_64", _ version: String? = nil
    ) -> FargateSizes.Platform {
        var platform = FargateSizes.Platform()
        (platform.family, platform.architecture, platform.version) = (family, architecture, version)
        return platform
    }

    /// Whether AWS's page lists a pair, as it describes them in words.
    private static func isListed(_ cpu: Int, _ memory: Int) -> Bool {
        let gibibytes = Double(memory) / 1_024
        let isWhole = gibibytes == gibibytes.rounded()
        switch cpu {
        case 256: return memory == 512 || memory == 1_024 || memory == 2_048
        case 512: return isWhole && 1...4 ~= gibibytes
        case 1_024: return isWhole && 2...8 ~= gibibytes
        case 2_048: return isWhole && 4...16 ~= gibibytes
        case 4_096: return isWhole && 8...30 ~= gibibytes
        case 8_192: return memory % 4_096 == 0 && 16...60 ~= gibibytes
        case 16_384: return memory % 8_192 == 0 && 32...120 ~= gibibytes
        case 32_768: return gibibytes == 60 || gibibytes == 120 || gibibytes == 244
        default: return false
        }
    }

    /// All CPU, and those beside them.
    private static let cpus =
        [0, 128, 255, 256, 257, 384, 512, 768, 1_024, 1_536, 2_048, 3_072, 4_096, 6_144, 8_192]
        + [12_288, 16_384, 24_576, 32_768, 32_769, 65_536]

    /// Every pair on a grid of 512 MiB up to 250 GiB, so also each pair's neighbours.
    @Test(arguments: cpus) func everyPair(_ cpu: Int) {
        var (count, wrong): (Int, [Int]) = (0, [])
        let memories = FargateSizes.memories(for: cpu)
        for memory in stride(from: 0, through: 256_000, by: 512) {
            let isThere = FargateSizes.fault(cpu: cpu, memory: memory, on: Self.linux) == nil
            if isThere != Self.isListed(cpu, memory) { wrong.append(memory) }
            if isThere { count += 1 }
            if memories.contains(memory) != isThere { wrong.append(memory) }
            if FargateSizes.cpus(for: memory).contains(cpu) != isThere { wrong.append(memory) }
        }
        #expect(wrong == [])
        let counts = [256: 3, 512: 4, 1_024: 7, 2_048: 13, 4_096: 23, 8_192: 12, 16_384: 12, 32_768: 3]
        #expect(count == counts[cpu] ?? 0)
    }

    @Test(arguments: [511, 513, 1_023, 1_025, 2_047, 2_049]) func oneMebibyteBeside(_ memory: Int) {
        #expect(FargateSizes.fault(cpu: 256, memory: memory, on: Self.linux) != nil)
    }

    @Test(arguments: [
        (256, false), (512, false), (1_024, true), (2_048, true), (4_096, true), (8_192, false), (16_384, false),
        (32_768, false),
    ])
    func windows(_ cpu: Int, _ isThere: Bool) {
        let memory = FargateSizes.memories(for: cpu)[0]
        let windows = Self.platform("WINDOWS_SERVER_2022_CORE")
        #expect((FargateSizes.fault(cpu: cpu, memory: memory, on: windows) == nil) == isThere)
        #expect(FargateSizes.cpus(for: memory, on: windows).contains(cpu) == isThere)
    }

    @Test(
        arguments: [
            ("1.3.0", 4_096, true), ("1.3.0", 8_192, false), ("1.3.0", 16_384, false), ("1.3.0", 32_768, false),
            ("1.4.0", 8_192, true), ("1.5", 8_192, true), ("2.0.0", 32_768, true), ("LATEST", 32_768, true),
            (nil, 16_384, true), ("1.0.0", 8_192, false), ("1.10.0", 8_192, true),
        ] as [(String?, Int, Bool)])
    func platformVersions(_ version: String?, _ cpu: Int, _ isThere: Bool) {
        let memory = FargateSizes.memories(for: cpu)[0]
        let platform = Self.platform("LINUX", "X86_64", version)
        #expect((FargateSizes.fault(cpu: cpu, memory: memory, on: platform) == nil) == isThere)
    }

    @Test func windowsCountsItsVersionsAnew() {
        let windows = Self.platform("WINDOWS_SERVER_2019_FULL", "X86_64", "1.0.0")
        #expect(FargateSizes.fault(cpu: 1_024, memory: 2_048, on: windows) == nil)
    }

    @Test(
        arguments: [
            ("LINUX", "LATEST", nil), ("LINUX", "1.4.0", nil),
            ("LINUX", "1.3.0", "ARM64 needs platform version 1.4.0 or newer, and the service is on 1.3.0"),
            ("WINDOWS_SERVER_2022_CORE", "LATEST", "Fargate runs Windows on X86_64 only, not on ARM64"),
        ] as [(String, String, String?)])
    func arm(_ family: String, _ version: String, _ fault: String?) {
        let platform = Self.platform(family, "ARM64", version)
        #expect(FargateSizes.fault(cpu: 1_024, memory: 2_048, on: platform) == fault)
    }

    @Test(arguments: [
        (256, 3_072, "0.25 vCPU cannot have 3 GiB: it has 0.5, 1 or 2 GiB; 3 GiB needs 0.5 to 1 vCPU"),
        (512, 512, "0.5 vCPU cannot have 0.5 GiB: it has 1, 2, 3 or 4 GiB; 0.5 GiB needs 0.25 vCPU"),
        (1_024, 1_024, "1 vCPU cannot have 1 GiB: it has 2 to 8 GiB in steps of 1; 1 GiB needs 0.25 to 0.5 vCPU"),
        (
            8_192, 18_432,
            "8 vCPU cannot have 18 GiB: it has 16 to 60 GiB in steps of 4; 18 GiB needs 4 vCPU"
        ),
        (4_096, 61_440, "4 vCPU cannot have 60 GiB: it has 8 to 30 GiB in steps of 1; 60 GiB needs 8 or 32 vCPU"),
        (32_768, 65_536, "32 vCPU cannot have 64 GiB: it has 60, 120 or 244 GiB; 64 GiB needs 16 vCPU"),
        (
            1_024, 2_560,
            "1 vCPU cannot have 2.5 GiB: it has 2 to 8 GiB in steps of 1; "
                + "no size has 2.5 GiB, the nearest are 2 and 3 GiB"
        ),
        (
            32_768, 262_144,
            "32 vCPU cannot have 256 GiB: it has 60, 120 or 244 GiB; no size has 256 GiB, the nearest is 244 GiB"
        ),
        (768, 2_048, "Fargate does not have 0.75 vCPU: the nearest are 0.5 and 1 vCPU"),
        (128, 512, "Fargate does not have 0.125 vCPU: the nearest is 0.25 vCPU"),
        (65_536, 512, "Fargate does not have 64 vCPU: the nearest is 32 vCPU"),
    ])
    func messages(_ cpu: Int, _ memory: Int, _ message: String) {
        #expect(FargateSizes.fault(cpu: cpu, memory: memory, on: Self.linux) == message)
    }

    @Test func messagesOfPlatforms() {
        #expect(
            FargateSizes.fault(cpu: 256, memory: 512, on: Self.platform("WINDOWS_SERVER_2022_CORE"))
                == "0.25 vCPU is not there for Windows: it has 1, 2 or 4 vCPU")
        #expect(
            FargateSizes.fault(cpu: 8_192, memory: 16_384, on: Self.platform("LINUX", "X86_64", "1.3.0"))
                == "8 vCPU needs platform version 1.4.0 or newer, and the service is on 1.3.0: "
                + "update the service to LATEST first, or take 0.25, 0.5, 1, 2 or 4 vCPU")
    }

    @Test func lists() {
        #expect(FargateSizes.cpus == [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768])
        #expect(FargateSizes.memories.first == 512)
        #expect(FargateSizes.memories.last == 249_856)
        #expect(FargateSizes.memories(for: 256) == [512, 1_024, 2_048])
        #expect(FargateSizes.memories(for: 300) == [])
        #expect(FargateSizes.cpus(for: 61_440) == [8_192, 32_768])
        #expect(FargateSizes.cpus(for: 513) == [])
    }
}
