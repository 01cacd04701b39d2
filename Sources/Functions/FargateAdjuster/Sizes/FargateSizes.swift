import JSON

/// The pairs of CPU and memory that Fargate has.
///
/// Source: AWS, Task definition parameters for Amazon ECS, "Task size".
public enum FargateSizes {
    /// What a pair must be for: some pairs are only for Linux on platform version 1.4.0 or newer.
    public struct Platform: Sendable, Hashable, Codable {
        /// Such as `LINUX` or `WINDOWS_SERVER_2022_CORE`.
        public var family = "LINUX"
        /// `X86_64` or `ARM64`.
        public var architecture = "X86_64"
        /// `1.4.0`, `LATEST`; nil when the service does not say.
        public var version: String?

        /// Linux on x86-64, newest version.
        public init() {}

        /// Whether the tasks run on Windows.
        var isWindows: Bool { family.hasPrefix("WINDOWS") }
        /// Whether the tasks run on Arm.
        var isArm: Bool { architecture == "ARM64" }

        /// Whether it is a version of Linux before 1.4.0.
        ///
        /// Versions of Windows are counted anew, from 1.0.0.
        var isOld: Bool {
            guard !isWindows, let version else { return false }
            let numbers = version.split(separator: ".").map { Int($0) ?? .max }
            return numbers.lexicographicallyPrecedes([1, 4])
        }
    }

    /// A number of CPU units and the memory that it can have.
    private struct Size {
        let cpu: Int
        /// MiB.
        let memories: [Int]
        var isForWindows = false
        /// Whether the platform version must be 1.4.0 or newer.
        var isNew = false
    }

    private static let gibibyte = 1_024

    private static let all = [
        Size(cpu: 256, memories: [512, 1_024, 2_048]),
        Size(cpu: 512, memories: gibibytes(from: 1, through: 4, by: 1)),
        Size(cpu: 1_024, memories: gibibytes(from: 2, through: 8, by: 1), isForWindows: true),
        Size(cpu: 2_048, memories: gibibytes(from: 4, through: 16, by: 1), isForWindows: true),
        Size(cpu: 4_096, memories: gibibytes(from: 8, through: 30, by: 1), isForWindows: true),
        Size(cpu: 8_192, memories: gibibytes(from: 16, through: 60, by: 4), isNew: true),
        Size(cpu: 16_384, memories: gibibytes(from: 32, through: 120, by: 8), isNew: true),
        Size(cpu: 32_768, memories: [60, 120, 244].map { $0 * gibibyte }, isNew: true),
    ]

    private static func gibibytes(from first: Int, through last: Int, by step: Int) -> [Int] {
        stride(from: first, through: last, by: step).map { $0 * gibibyte }
    }

    private static func sizes(on platform: Platform) -> [Size] {
        all.filter { size in
            (size.isForWindows || !platform.isWindows) && !(size.isNew && platform.isOld)
        }
    }

    // MARK: What there is

    /// All CPU units, in ascending order.
    public static var cpus: [Int] { all.map(\.cpu) }

    /// All MiB that some CPU can have, in ascending order.
    public static var memories: [Int] { Set(all.flatMap(\.memories)).sorted() }

    /// The MiB that a number of CPU units can have; empty for one that the platform does not have.
    public static func memories(for cpu: Int, on platform: Platform = Platform()) -> [Int] {
        sizes(on: platform).first { $0.cpu == cpu }?.memories ?? []
    }

    /// The CPU units that can have so many MiB; empty for a number that the platform does not have.
    public static func cpus(for memory: Int, on platform: Platform = Platform()) -> [Int] {
        sizes(on: platform).filter { $0.memories.contains(memory) }.map(\.cpu)
    }

    // MARK: What there is not

    /// What is wrong with a pair, with the nearest ones that exist; nil for a pair of Fargate's.
    /// - Parameters:
    ///   - cpu: CPU units, 1,024 for a vCPU.
    ///   - memory: MiB.
    public static func fault(cpu: Int, memory: Int, on platform: Platform) -> String? {
        if let fault = platformFault(platform) { return fault }
        guard let size = all.first(where: { $0.cpu == cpu }) else {
            let nearest = neighbours(of: cpu, in: sizes(on: platform).map(\.cpu)).map(digits)
            return "Fargate does not have \(text(cpu: cpu)): the nearest "
                + (nearest.count == 1 ? "is " : "are ") + nearest.joined(separator: " and ") + " vCPU"
        }
        if platform.isWindows, !size.isForWindows {
            return "\(text(cpu: cpu)) is not there for Windows: it has \(list(sizes(on: platform).map(\.cpu), "vCPU"))"
        }
        if size.isNew, platform.isOld {
            return "\(text(cpu: cpu)) needs platform version 1.4.0 or newer, and the service is on "
                + "\(platform.version ?? ""): update the service to LATEST first, or take "
                + list(sizes(on: platform).map(\.cpu), "vCPU")
        }
        if size.memories.contains(memory) { return nil }
        return "\(text(cpu: cpu)) cannot have \(text(memory: memory)): it has \(list(size.memories, "GiB")); "
            + alternatives(to: memory, on: platform)
    }

    /// What the platform as a whole cannot be.
    private static func platformFault(_ platform: Platform) -> String? {
        guard platform.isArm else { return nil }
        if platform.isWindows { return "Fargate runs Windows on X86_64 only, not on ARM64" }
        if platform.isOld {
            return "ARM64 needs platform version 1.4.0 or newer, and the service is on \(platform.version ?? "")"
        }
        return nil
    }

    /// Which CPU can have the memory, or which memory comes near.
    private static func alternatives(to memory: Int, on platform: Platform) -> String {
        let possible = cpus(for: memory, on: platform)
        if !possible.isEmpty {
            // Neighbours in the table are told as a range.
            let row = sizes(on: platform).map(\.cpu)
            let isRow =
                possible.count > 1 && row.filter { possible[0]...possible[possible.count - 1] ~= $0 } == possible
            let cpus = isRow ? [possible[0], possible[possible.count - 1]] : possible
            return "\(text(memory: memory)) needs \(cpus.map(digits).joined(separator: isRow ? " to " : " or ")) vCPU"
        }
        let memories = Set(sizes(on: platform).flatMap(\.memories)).sorted()
        let nearest = neighbours(of: memory, in: memories).map(digits)
        return "no size has \(text(memory: memory)), the nearest "
            + (nearest.count == 1 ? "is " : "are ") + nearest.joined(separator: " and ") + " GiB"
    }

    /// The next smaller and the next larger one, as far as there are any.
    private static func neighbours(of value: Int, in values: [Int]) -> [Int] {
        [values.last { $0 < value }, values.first { $0 > value }].compactMap(\.self)
    }

    /// `0.5, 1 or 2 GiB`; of more than four in equal steps `8 to 30 GiB in steps of 1`.
    private static func list(_ units: [Int], _ unit: String) -> String {
        let texts = units.map(digits)
        let step = units.count > 4 ? units[1] - units[0] : 0
        if step > 0, zip(units, units.dropFirst()).allSatisfy({ $1 - $0 == step }) {
            return "\(texts[0]) to \(texts[texts.count - 1]) \(unit) in steps of \(digits(step))"
        }
        let row = texts.count < 2 ? "" : texts.dropLast().joined(separator: ", ") + " or "
        return "\(row)\(texts.last ?? "no") \(unit)"
    }

    private static func digits(_ units: Int) -> String { number(ofUnits: units).description }
}
