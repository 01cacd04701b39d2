import Basics
import JSON

/// Latencies counted in buckets whose width is below 1.6 % of their value, so that memory does not grow with the load.
struct LatencyHistogram: Sendable {
    /// Buckets of one power of two.
    private static let steps = 64
    /// Microseconds below this have a bucket each.
    private static let exact: UInt64 = 128

    private var buckets: [Int32: Int] = [:]
    private(set) var count = 0
    private(set) var minimum = Duration.zero
    private(set) var maximum = Duration.zero
    private var sum = Duration.zero

    /// The mean; zero without values.
    var mean: Duration { count == 0 ? .zero : sum / count }

    mutating func add(_ latency: Duration) {
        let latency = max(latency, .zero)
        minimum = count == 0 ? latency : min(minimum, latency)
        maximum = max(maximum, latency)
        count += 1
        sum += latency
        buckets[Self.bucket(of: latency.microseconds), default: 0] += 1
    }

    mutating func add(_ other: LatencyHistogram) {
        guard other.count > 0 else { return }
        minimum = count == 0 ? other.minimum : min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
        count += other.count
        sum += other.sum
        buckets.merge(other.buckets, uniquingKeysWith: +)
    }

    /// The latency that this share of the values, in per cent, does not exceed, up to the width of a bucket.
    func percentile(_ share: Double) -> Duration {
        guard count > 0 else { return .zero }
        let rank = max(1, Int((Double(count) * share / 100).rounded(.up)))
        var seen = 0
        for (bucket, number) in buckets.sorted(by: { $0.key < $1.key }) {
            seen += number
            if seen >= rank { return min(.microseconds(Int64(Self.upperBound(of: bucket))), maximum) }
        }
        return maximum
    }

    /// How many values are above a limit, up to the width of a bucket.
    func number(above limit: Duration) -> Int {
        let last = Self.bucket(of: limit.microseconds)
        return buckets.reduce(0) { $0 + ($1.key > last ? $1.value : 0) }
    }

    private static func bucket(of microseconds: UInt64) -> Int32 {
        guard microseconds >= exact else { return Int32(microseconds) }
        // From 64 to 127 in units of 2^shift.
        let shift = 63 - microseconds.leadingZeroBitCount - 6
        return Int32(Int(exact) + (shift - 1) * steps + Int(microseconds >> UInt64(shift)) - steps)
    }

    /// The largest value of a bucket, in microseconds.
    private static func upperBound(of bucket: Int32) -> UInt64 {
        guard bucket >= Int32(exact) else { return UInt64(bucket) }
        let (shift, step) = (Int(bucket) - Int(exact)).quotientAndRemainder(dividingBy: steps)
        return (UInt64(step + steps + 1) << UInt64(shift + 1)) - 1
    }
}

extension Duration {
    fileprivate var microseconds: UInt64 { clampedNanoseconds / 1_000 }

    /// In milliseconds with three digits behind the point, for outputs.
    var milliseconds: JSONValue { .double(Double(microseconds) / 1_000) }
}
