public import Basics

/// How well a service did in a time, without maintenance.
public struct Availability: Sendable, Hashable {
    /// How many results there were.
    public var attempts: Int
    /// How many of them were good.
    public var successes: Int
    /// How many outages there were, those that only reach into the time included.
    public var outages: Int
    /// How long outages were, as far as they lie in the time.
    public var downtime: Duration
    /// How long maintenance was.
    public var maintenance: Duration
    /// The mean response time or run time in seconds; nil when nothing was timed.
    public var seconds: Double?

    /// Makes an availability; of nothing by default.
    public init(
        attempts: Int = 0, successes: Int = 0, outages: Int = 0, downtime: Duration = .zero,
        maintenance: Duration = .zero, seconds: Double? = nil
    ) {
        self.attempts = attempts
        self.successes = successes
        self.outages = outages
        self.downtime = downtime
        self.maintenance = maintenance
        self.seconds = seconds
    }

    /// How many results were bad.
    public var failures: Int { attempts - successes }

    /// The share of good results, from 0 to 1; nil when there were none at all.
    public var ratio: Double? { attempts > 0 ? Double(successes) / Double(attempts) : nil }

    /// The share in per cent with two digits after the point; nil when there were no results.
    ///
    /// It is cut, not rounded, so that 100 means that nothing failed; and a promised 99.9 % is not shown as kept when
    /// it was not.
    public var percent: Double? { hundredths.map { Double($0) / 100 } }

    /// The share for people: `100 %`, `99.95 %`, or `–` when there were no results; cut as ``percent`` is.
    public var percentText: String {
        guard let hundredths else { return "–" }
        guard hundredths < 10_000 else { return "100 %" }
        return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10) %"
    }

    private var hundredths: Int? {
        attempts > 0 ? Int(Int128(min(max(0, successes), attempts)) * 10_000 / Int128(attempts)) : nil
    }
}

extension ServiceHistory {
    /// How well the service did in a range.
    ///
    /// The range is half-open, and a point counts where its period starts: of the hour from 13:30 on, a range until
    /// 14:00 has all, and one from 14:00 on has nothing. Ranges that follow each other count every result once. The
    /// same rule tells whether a point is maintenance.
    /// - Parameter now: when the range ends in the future; see ``outages(in:now:gaps:)``.
    public func availability(
        in range: Range<Timestamp>, now: Timestamp? = nil, gaps: HistoryGaps = HistoryGaps()
    ) -> Availability {
        let counts = counts(in: range)
        let outages = outages(in: range, now: now, gaps: gaps)
        return Availability(
            attempts: counts.attempts, successes: counts.attempts - counts.failures, outages: outages.count,
            downtime: outages.downtime(in: range, now: now ?? range.upperBound),
            maintenance: MaintenanceCursor(maintenance).overlap(with: range), seconds: counts.seconds)
    }

    /// The results of a range, without maintenance.
    func counts(in range: Range<Timestamp>) -> Counts {
        var windows = MaintenanceCursor(maintenance)
        var counts = Counts()
        for index in points.firstIndex(from: range.lowerBound)..<points.firstIndex(from: range.upperBound)
        where !windows.contains(points[index].start) {
            counts.add(points[index])
        }
        return counts
    }
}

/// What some points sum up to.
struct Counts {
    private(set) var attempts = 0
    private(set) var failures = 0
    private var timed = 0
    private var total = 0.0

    /// The mean of the points, by their attempts.
    var seconds: Double? { timed > 0 ? total / Double(timed) : nil }

    mutating func add(_ point: HistoryPoint) {
        guard point.attempts > 0 else { return }
        attempts += point.attempts
        failures += min(point.failures, point.attempts)
        guard let seconds = point.seconds else { return }
        timed += point.attempts
        total += seconds * Double(point.attempts)
    }
}

extension [Outage] {
    /// How much of a range they cover.
    func downtime(in range: Range<Timestamp>, now: Timestamp) -> Duration {
        reduce(.zero) { total, outage in
            let start = Swift.max(outage.start, range.lowerBound)
            return total + Swift.max(.zero, Swift.min(outage.end ?? now, range.upperBound) - start)
        }
    }
}
