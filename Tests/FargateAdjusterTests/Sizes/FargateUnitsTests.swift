import FargateAdjuster
import JSON
import Testing

@Suite struct FargateUnitsTests {
    @Test func units() throws {
        let table: [(JSONValue, Int)] = [
            (0.25, 256), ("0.25", 256), (" 1 ", 1_024), (1, 1_024), (1.0, 1_024), ("1.0", 1_024), (1.5, 1_536),
            (244, 249_856), (32, 32_768), (0.0009765625, 1),
        ]
        for (value, units) in table {
            #expect(try FargateSizes.cpuUnits(value) == units)
            #expect(try FargateSizes.memoryMiB(value) == units)
        }
    }

    @Test func refused() {
        let table: [(JSONValue, String)] = [
            (0, "cpu is 0, expected a number of vCPU such as 0.5 or 2"),
            (-1, "cpu is -1, expected a number of vCPU such as 0.5 or 2"),
            ("nan", "cpu is \"nan\", expected a number of vCPU such as 0.5 or 2"),
            (true, "cpu is true, expected a number of vCPU such as 0.5 or 2"),
            (nil, "cpu is null, expected a number of vCPU such as 0.5 or 2"),
            (1e300, "cpu is 1e+300, expected a number of vCPU such as 0.5 or 2"),
            (
                0.3, "cpu is 0.3 vCPU, which is 307.2 CPU units: expected a whole number of them, such as 0.5 or 2 vCPU"
            ),
        ]
        for (value, message) in table {
            #expect(Self.message { try FargateSizes.cpuUnits(value) } == message)
        }
        #expect(
            Self.message { try FargateSizes.memoryMiB("0.3") }
                == "memory is \"0.3\" GiB, which is 307.2 MiB: expected a whole number of them, such as 0.5 or 2 GiB")
    }

    @Test func texts() {
        #expect(FargateSizes.text(cpu: 256) == "0.25 vCPU")
        #expect(FargateSizes.text(cpu: 4_096) == "4 vCPU")
        #expect(FargateSizes.text(memory: 1_536) == "1.5 GiB")
    }

    private static func message(_ body: () throws -> Int) -> String? {
        do { return "\(try body())" } catch { return "\(error)" }
    }
}
