import Basics
import ServiceHistory

/// The lengths of time for which results are added up.
enum PointLength: Int, CaseIterable {
    /// Each result by itself; those of one millisecond count together.
    case result, minute, hour

    /// The name of its table.
    var table: String { ["result", "minute", "hour"][rawValue] }

    /// Milliseconds.
    var milliseconds: Int64 { [1, 60_000, 3_600_000][rawValue] }

    /// The start of the period that a time is in.
    func start(of time: Int64) -> Int64 {
        let rest = time % milliseconds
        return time - (rest < 0 ? rest + milliseconds : rest)
    }

    /// The first start of a period that is not before a time.
    func next(_ time: Int64) -> Int64 { start(of: time + milliseconds - 1) }
}

/// The results of a service in a period, in 32 bytes: there are millions.
struct StoredPoint: Sendable, Hashable {
    /// Milliseconds since 1970.
    var start: Int64
    var attempts: UInt32 = 0
    var successes: UInt32 = 0
    /// How many of them were timed.
    var timed: UInt32 = 0
    /// The longest time in seconds.
    var longest: Float = 0
    /// Microseconds of all that were timed.
    var total: Int64 = 0

    /// Adds the results of a point.
    mutating func add(_ other: StoredPoint) {
        attempts = attempts.addingClamped(other.attempts)
        successes = successes.addingClamped(other.successes)
        timed = timed.addingClamped(other.timed)
        longest = max(longest, other.longest)
        total += other.total
    }

    /// The mean time in seconds.
    var mean: Double? { timed == 0 ? nil : Double(total) / Double(timed) / 1e6 }
}

/// A time in which a service failed.
struct StoredOutage: Sendable, Hashable {
    /// The time of the first bad result, in milliseconds since 1970.
    var start: Int64
    /// The time of the next good one; nil while it lasts.
    var end: Int64?
    var failures: Int
    var cause: String?
}

extension StoredPoint {
    /// Appends the point as one of a history; where outages are known it is cut at their ends.
    ///
    /// Totals of an hour do not tell that a service was down for a minute of it. All results in an outage are bad, so
    /// the parts have the same totals as the whole. What several outages have in common is shared out by their length.
    func append(to points: inout [HistoryPoint], length: Int64, outages: ArraySlice<StoredOutage>) {
        let failures = Int(attempts) - Int(successes)
        let end = start + length
        guard failures > 0, let parts = Self.parts(of: outages, from: start, to: end) else {
            return points.append(point(start, end, Int(attempts), Int(successes)))
        }
        let goodTime = length - parts.reduce(0) { $0 + $1.end - $1.start }
        guard goodTime > 0 || successes == 0 else {
            return points.append(point(start, end, Int(attempts), Int(successes)))
        }
        var bad = Share(total: failures, of: parts.reduce(0) { $0 + $1.weight })
        var good = Share(total: Int(successes), of: Double(goodTime))
        var time = start
        func add(_ from: Int64, _ to: Int64, _ attempts: Int, _ successes: Int) {
            if attempts > 0 { points.append(point(from, to, attempts, successes)) }
        }
        for part in parts {
            let successes = good.next(Double(part.start - time))
            add(time, part.start, successes, successes)
            add(part.start, part.end, bad.next(part.weight), 0)
            time = part.end
        }
        let successes = good.next(Double(end - time))
        add(time, end, successes, successes)
    }

    private func point(_ start: Int64, _ end: Int64, _ attempts: Int, _ successes: Int) -> HistoryPoint {
        HistoryPoint(
            start: Timestamp(microseconds: start * 1_000), length: .milliseconds(end - start), attempts: attempts,
            successes: successes, seconds: mean, maximumSeconds: timed == 0 ? nil : Double(longest))
    }

    /// What of an outage lies in a period.
    private struct Part {
        let start: Int64
        let end: Int64
        /// How many of the outage's failures are expected in it.
        let weight: Double
    }

    /// What lies in a period, without overlaps; nil for nothing.
    private static func parts(of outages: ArraySlice<StoredOutage>, from start: Int64, to end: Int64) -> [Part]? {
        var parts: [Part] = []
        for outage in outages where outage.start < end && (outage.end ?? .max) > start {
            let low = max(outage.start, start, parts.last?.end ?? start)
            let high = min(outage.end ?? end, end)
            guard low < high else { continue }
            let whole = max(1, (outage.end ?? high) - outage.start)
            parts.append(
                Part(start: low, end: high, weight: Double(outage.failures) * Double(high - low) / Double(whole)))
        }
        return parts.isEmpty ? nil : parts
    }

    /// Shares out a whole number by weights, so that the shares add up to it.
    private struct Share {
        let total: Int
        let of: Double
        private var weight = 0.0
        private var given = 0

        init(total: Int, of: Double) { (self.total, self.of) = (total, of) }

        mutating func next(_ part: Double) -> Int {
            weight += part
            let upTo = of > 0 ? Int((Double(total) * min(1, weight / of)).rounded()) : total
            defer { given = upTo }
            return upTo - given
        }
    }
}

extension UInt32 {
    fileprivate func addingClamped(_ other: UInt32) -> UInt32 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
