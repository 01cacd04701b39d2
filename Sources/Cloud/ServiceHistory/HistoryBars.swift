public import Basics
public import TimeZones

/// One of the bars that show a history: an hour or a day.
public struct HistoryBar: Sendable, Hashable {
    /// What a bar stands for.
    public enum Unit: String, Sendable, CaseIterable {
        /// A clock hour of a time zone.
        case hour
        /// A calendar day of a time zone: of 23 or 25 hours where daylight saving time starts or ends.
        case day
    }

    /// What a bar tells.
    public enum State: String, Sendable, CaseIterable {
        /// All results were good.
        case up
        /// Some were bad.
        case degraded
        /// As many were bad as stand for half an hour: half of those of an hour, a 48th of those of a whole day.
        ///
        /// One rule for both, so that a day is down in which an hour was. Hours without results do not count: on the
        /// day on which a service is new, results of two hours make a bar that is down from a quarter of them on.
        case down
        /// There were no results outside of maintenance.
        case maintenance
        /// There were no results at all.
        case noData
    }

    /// The hour or the day.
    public var range: Range<Timestamp>
    /// How the service did.
    public var state: State
    /// How many results there were, without maintenance.
    public var attempts: Int
    /// How many of them were bad.
    public var failures: Int
    /// The mean response time or run time in seconds; nil when nothing was timed.
    public var seconds: Double?
    /// Why results were bad, as far as it is known.
    public var cause: String?

    /// Makes a bar.
    public init(
        range: Range<Timestamp>, state: State, attempts: Int = 0, failures: Int = 0, seconds: Double? = nil,
        cause: String? = nil
    ) {
        self.range = range
        self.state = state
        self.attempts = attempts
        self.failures = failures
        self.seconds = seconds
        self.cause = cause
    }
}

extension ServiceHistory {
    /// The last hours or days, oldest first; always as many as are asked for.
    ///
    /// A point counts where its period starts.
    /// - Parameters:
    ///   - time: points from it on do not count. The last bar holds the moment before it, so it is the current hour or
    ///     day, which goes on after it.
    ///   - zone: whose clock the hours and days follow.
    public func bars(
        _ unit: HistoryBar.Unit, count: Int, until time: Timestamp, zone: TimeZoneRules
    ) -> [HistoryBar] {
        let ranges = unit.ranges(count: count, until: time, zone: zone)
        guard let first = ranges.first else { return [] }
        var windows = MaintenanceCursor(maintenance)
        let whole = first.lowerBound..<time
        var outages = outages(in: whole)[...]
        var causes = causes[...]
        var index = points.firstIndex(from: first.lowerBound)
        let end = points.firstIndex(from: time)
        return ranges.map { range in
            var counts = Counts()
            var hours = MeasuredHours(range)
            while index < end, points[index].start < range.upperBound {
                if !windows.contains(points[index].start) {
                    counts.add(points[index])
                    hours.add(points[index])
                }
                index += 1
            }
            var bar = HistoryBar(range: range, state: .up, attempts: counts.attempts, failures: counts.failures)
            bar.seconds = counts.seconds
            bar.state = state(of: bar, hours.count, windows)
            outages = outages.drop { ($0.end ?? time) <= range.lowerBound && $0.start < range.lowerBound }
            causes = causes.drop { $0.time < range.lowerBound }
            if bar.failures > 0 {
                let seen = causes.first.flatMap { range.contains($0.time) ? $0.text : nil }
                bar.cause = seen ?? outages.first { range.holdsPart(from: $0.start, to: $0.end) }?.cause
            }
            return bar
        }
    }

    /// - Parameter hours: how many hours have results.
    private func state(of bar: HistoryBar, _ hours: Int, _ windows: MaintenanceCursor) -> HistoryBar.State {
        guard bar.attempts > 0 else { return windows.overlap(with: bar.range) > .zero ? .maintenance : .noData }
        guard bar.failures > 0 else { return .up }
        return bar.failures * 2 * hours >= bar.attempts ? .down : .degraded
    }
}

/// How many hours of a bar have results, by the points in their order.
private struct MeasuredHours {
    private static let hour: Int64 = 3_600_000_000

    private let range: Range<Int64>
    /// The first hour that is not counted yet.
    private var next: Int64 = 0
    private(set) var count = 0

    init(_ range: Range<Timestamp>) { self.range = range.lowerBound.microseconds..<range.upperBound.microseconds }

    mutating func add(_ point: HistoryPoint) {
        guard point.attempts > 0 else { return }
        let start = (point.start.microseconds - range.lowerBound) / Self.hour
        // A period can be longer than what is left of the bar.
        let length = min(point.end.microseconds, range.upperBound) - range.lowerBound
        let end = max(start + 1, (length + Self.hour - 1) / Self.hour)
        guard end > next else { return }
        count += Int(end - max(start, next))
        next = end
    }
}

extension HistoryBar.Unit {
    /// The hours or days until a moment, oldest first.
    func ranges(count: Int, until time: Timestamp, zone: TimeZoneRules) -> [Range<Timestamp>] {
        var ranges: [Range<Timestamp>] = []
        // The last second that starts before the moment.
        var second = Int((time.microseconds - 1).flooredDivision(by: 1_000_000).quotient)
        var end: Int?
        for _ in 0..<max(0, count) {
            let start = start(at: second, zone: zone)
            ranges.append(Timestamp(second: start)..<Timestamp(second: end ?? self.end(after: second, zone: zone)))
            end = start
            second = start - 1
        }
        return ranges.reversed()
    }

    /// The start of the hour or the day that a second lies in.
    private func start(at second: Int, zone: TimeZoneRules) -> Int {
        let offset = zone.offset(at: second)
        let local = second + offset
        switch self {
        case .day:
            return zone.time(ofLocal: local - local.modulo(86_400))
        case .hour:
            let start = second - local.modulo(3_600)
            // Lord Howe Island moves its clock by half an hour, so an hour there may begin with the change.
            return zone.offset(at: start) == offset ? start : zone.firstSecond(of: offset, after: start, until: second)
        }
    }

    /// The start of the next hour or day.
    private func end(after second: Int, zone: TimeZoneRules) -> Int {
        let offset = zone.offset(at: second)
        let local = second + offset
        switch self {
        case .day:
            return zone.time(ofLocal: local - local.modulo(86_400) + 86_400)
        case .hour:
            let end = second - local.modulo(3_600) + 3_600
            let after = zone.offset(at: end)
            return after == offset ? end : zone.firstSecond(of: after, after: second, until: end)
        }
    }
}

extension TimeZoneRules {
    /// When an offset begins to apply, between two seconds of which only the later one has it.
    fileprivate func firstSecond(of offset: Int, after low: Int, until high: Int) -> Int {
        var (low, high) = (low, high)
        while high - low > 1 {
            let middle = (low + high) / 2
            if self.offset(at: middle) == offset { high = middle } else { low = middle }
        }
        return high
    }
}

extension Int {
    /// The remainder that is never negative.
    fileprivate func modulo(_ divisor: Int) -> Int { ((self % divisor) + divisor) % divisor }
}

extension Timestamp {
    fileprivate init(second: Int) { self.init(microseconds: Int64(second) * 1_000_000) }
}
