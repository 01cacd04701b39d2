/// One of several functions that share a file: which of its endpoints and suites are this one's.
///
/// The shard of an endpoint depends on its key and on the number of shards alone, so the functions agree without asking
/// one another. It must stay the same in every version and on every platform, because with another hash all endpoints
/// would move at once. So it is FNV-1a and not Swift's `Hasher`, whose seed is another in each process.
///
/// The shard is chosen by jump consistent hash (J. Lamping, E. Veach: "A Fast, Minimal Memory, Consistent Hash
/// Algorithm", 2014). With a shard more, 1 of `count + 1` endpoints moves, all of them to the new shard; with one less
/// only those of the last shard move. No other method moves fewer and keeps the shards even.
public struct Shard: Sendable, Hashable {
    /// From 1 to `count`.
    public let number: Int
    /// How many functions share the file.
    public let count: Int

    /// The most shards of one file.
    public static let maximumCount = 1_000

    /// What a text for a shard has to look like, for faults.
    public static let expected =
        "the number of this shard and how many there are, such as 2/8: 1/1 to \(maximumCount)/\(maximumCount)"

    /// Reads `2/8`; nil for anything else, such as `0/8` and `9/8`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let number = Int(parts[0]), let count = Int(parts[1]), (1...Self.maximumCount).contains(count),
            (1...count).contains(number)
        else { return nil }
        (self.number, self.count) = (number, count)
    }

    /// Whether the endpoint, or the suite as a whole, with Gatus's key is this shard's.
    func has(_ key: String) -> Bool { Self.number(of: key, among: count) == number }

    /// The number of the shard that has an endpoint or a suite.
    /// - Parameter count: how many shards there are, at least 1.
    static func number(of key: String, among count: Int) -> Int {
        var state = mixed(key.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
        var (bucket, next) = (0, 0)
        while next < count {
            bucket = next
            state = state &* 2_862_933_555_777_941_757 &+ 1
            // Exact on every platform: IEEE 754 says how a quotient and a product are rounded.
            next = Int(Double(bucket + 1) * (Double(1 << 31) / Double((state >> 33) + 1)))
        }
        return bucket + 1
    }

    /// SplitMix64's last step: FNV-1a alone leaves names that differ in their last character close together.
    private static func mixed(_ hash: UInt64) -> UInt64 {
        var hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }
}

extension Shard: CustomStringConvertible {
    /// `2/8`.
    public var description: String { "\(number)/\(count)" }
}

extension UptimeConfiguration {
    /// The file with the endpoints and suites of one shard; the whole file without one.
    ///
    /// External endpoints stay, because every shard takes results that are pushed.
    func part(of shard: Shard?) -> UptimeConfiguration {
        guard let shard else { return self }
        var part = self
        part.endpoints.removeAll { !shard.has($0.key) }
        part.suites.removeAll { !shard.has($0.key) }
        part.shard = shard
        return part
    }

    /// External endpoints whose heartbeat this shard watches.
    var ownExternal: [ExternalEndpoint] { external.filter { shard?.has($0.key) ?? true } }
}
