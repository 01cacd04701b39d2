import Basics

/// What the names of database and cache classes tell: the APIs do not say how much memory an instance has.
enum InstanceClass {
    private static let gibibyte = 1_073_741_824.0

    /// The memory of a database class in bytes: 16 GiB for `db.r6g.large`; nil for an unknown family or size.
    ///
    /// Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
    static func databaseMemoryBytes(_ name: String) -> Double? {
        let parts = name.split(separator: ".").map { String($0) }
        guard parts.count >= 3, parts[0] == "db", let size = Size(parts[2]) else { return nil }
        // Classes with more memory a core: `db.r5.large.tpc1.mem2x`.
        let factor = parts.dropFirst(3).lazy.compactMap(memoryFactor).first ?? 1
        if parts[1].hasPrefix("t") { return burstable[size.name].map { $0 * gibibyte } }
        guard let perLarge = gibibytesOfLarge(parts[1]) else { return nil }
        return perLarge * size.larges * factor * gibibyte
    }

    /// The memory of a cache node for data (`maxmemory`) in bytes; nil for an unknown class.
    ///
    /// Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html
    static func cacheMemoryBytes(_ name: String) -> Double? {
        let parts = name.split(separator: ".").map { String($0) }
        guard parts.count == 3, parts[0] == "cache", let generation = parts[1].dropFirst().first?.wholeNumberValue
        else { return nil }
        switch parts[1].first {
        case "t" where generation >= 3: return burstableCaches[parts[2]].map { $0 * gibibyte }
        case "m" where generation >= 5: return caches[parts[2]].map { $0.general * gibibyte }
        case "r" where generation >= 5: return caches[parts[2]].map { $0.memory * gibibyte }
        default: return nil
        }
    }

    /// The virtual processors of a class of databases or caches: 8 for `db.r6g.2xlarge`; nil for an unknown family or
    /// size.
    ///
    /// Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html and, for
    /// caches, https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
    static func processors(_ name: String) -> Double? {
        let parts = name.split(separator: ".").map { String($0) }
        guard parts.count >= 3, ["db", "cache"].contains(parts[0]), let size = Size(parts[2]) else { return nil }
        // `tpc1`, one thread a core, has fewer; the first generations follow no rule.
        guard !parts.contains("tpc1"), let family = parts[1].first else { return nil }
        let isSmall = ["micro", "small", "medium"].contains(size.name)
        switch family {
        case "t" where generation(parts[1]) == 2 && ["micro", "small"].contains(size.name): return 1
        case "t" where generation(parts[1]) >= 2:
            return isSmall ? 2 : burstable[size.name] == nil ? nil : 2 * size.larges
        case "m" where generation(parts[1]) >= 3, "r" where generation(parts[1]) >= 3,
            "c" where generation(parts[1]) >= 5,
            "x" where generation(parts[1]) >= 1, "z" where generation(parts[1]) >= 1:
            return !isSmall ? 2 * size.larges : size.name == "medium" ? 1 : nil
        default: return nil
        }
    }

    /// The engine's default of `max_connections`; nil for engines whose default does not come from the memory alone.
    ///
    /// Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
    static func maximumConnections(_ engine: String, memory: Double) -> Double? {
        switch engine {
        case "mysql": (memory / 12_582_880).rounded(.down)
        case "postgres": min((memory / 9_531_392).rounded(.down), 5_000)
        case "aurora-postgresql": min((memory / 9_531_392).rounded(.down), 5_000)
        default: nil
        }
    }

    /// `large` is one, `2xlarge` four.
    private struct Size {
        let name: String
        let larges: Double

        init?(_ name: String) {
            self.name = name
            switch name {
            case "micro", "small", "medium": larges = 0.5
            case "large": larges = 1
            case "xlarge": larges = 2
            default:
                guard name.hasSuffix("xlarge"), let count = Int(name.dropLast(6)), count > 1 else { return nil }
                larges = Double(2 * count)
            }
        }
    }

    private static func memoryFactor(_ part: String) -> Double? {
        guard part.hasPrefix("mem"), part.hasSuffix("x") else { return nil }
        return Double(part.dropFirst(3).dropLast())
    }

    /// The memory of size `large` in GiB; the other sizes of a family have it in proportion.
    private static func gibibytesOfLarge(_ family: String) -> Double? {
        switch family {
        case _ where family.hasPrefix("x2iedn"): return 64
        case _ where family.hasPrefix("x2iezn"): return 64
        case _ where family.hasPrefix("x2idn"): return 32
        case _ where family.hasPrefix("x2g"), _ where family.hasPrefix("x1e"): return family.hasPrefix("x1e") ? 61 : 32
        case _ where family.hasPrefix("x1"): return 30.5
        case _ where family.hasPrefix("x8g"): return 32
        case _ where family.hasPrefix("z1d"): return 16
        case "r3", "r4": return 15.25
        case _ where family.hasPrefix("r"): return generation(family) >= 5 ? 16 : nil
        case "m3": return 7.5
        case _ where family.hasPrefix("m"): return generation(family) >= 4 ? 8 : nil
        case _ where family.hasPrefix("c"): return generation(family) >= 5 ? 4 : nil
        default: return nil
        }
    }

    private static func generation(_ family: String) -> Int { family.dropFirst().first?.wholeNumberValue ?? 0 }

    private static let burstable = [
        "micro": 1.0, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32,
    ]
    private static let burstableCaches = ["micro": 0.5, "small": 1.37, "medium": 3.09]
    private static let caches: [String: (general: Double, memory: Double)] = [
        "large": (6.38, 13.07), "xlarge": (12.93, 26.32), "2xlarge": (26.04, 52.82), "4xlarge": (52.26, 105.81),
        "8xlarge": (103.68, 209.55), "12xlarge": (157.12, 317.77), "16xlarge": (209.55, 419.09),
        "24xlarge": (314.32, 635.61),
    ]
}
