public import Basics
public import CloudWatchAlarms
import TimeZones

/// One period of an alarm: from the start up to, not including, the end.
public struct MetricSlot: Sendable, Hashable {
    /// The first moment that belongs to it.
    public var start: Timestamp
    /// The first moment that no longer does.
    public var end: Timestamp

    /// A period.
    public init(start: Timestamp, end: Timestamp) { (self.start, self.end) = (start, end) }
}

/// A statistic's value in one period.
public struct Datapoint: Sendable, Hashable {
    /// The statistic, or the result of an expression.
    public var value: Double
    /// How many samples the value was made of; nil for the result of an expression.
    public var sampleCount: Double?

    /// A value.
    public init(value: Double, sampleCount: Double? = nil) { (self.value, self.sampleCount) = (value, sampleCount) }
}

extension MetricCondition {
    /// The period in seconds: the metric's, for an expression its own or else the longest of its metrics'.
    public var period: Int {
        guard case .queries(let queries) = data else {
            if case .metric(let statistic) = data { return statistic.period }
            return 60
        }
        if case .expression(_, let period?) = compared(in: queries)?.source { return period }
        let periods = queries.compactMap { query in
            switch query.source {
            case .metric(let statistic, _): statistic.period
            case .expression(_, let period): period
            }
        }
        return periods.max() ?? 60
    }

    /// The query whose values are compared; beside a band it is the metric, and not the band.
    func compared(in queries: [MetricQuery]) -> MetricQuery? {
        var bandID: String?
        if case .band(_, let id) = threshold { bandID = id }
        return queries.first { $0.returnsData && $0.id != bandID } ?? (queries.count == 1 ? queries[0] : nil)
    }

    /// How many of the newest periods are looked at when some of them are missing.
    ///
    /// AWS publishes no formula; N + 2 reproduces every row of its tables (five for N = 3). A shorter range invents
    /// alarms: `0 - X - -` would lose its good datapoint.
    public var evaluationRange: Int { evaluationPeriods + 2 }

    /// How often the alarm is evaluated: each minute, or each period when that is shorter.
    public var evaluationInterval: Duration { .seconds(min(max(period, 1), 60)) }

    /// The newest periods that are over at a time, oldest first.
    ///
    /// Sliding ones end at the last full minute, or at the last multiple of a period below a minute. Those of a wall
    /// clock begin at multiples of the period in local time; days have 23 or 25 hours when the clocks change.
    public func slots(endingAt time: Timestamp, count: Int) -> [MetricSlot] {
        let period = max(self.period, 1)
        let now = Int(time.microseconds.flooredDivision(by: 1_000_000).quotient)
        if case .wallClock(let name) = window, let zone = Zone(name) {
            return Self.slots(period: period, count: count, endingAt: now, in: zone)
        }
        let end = now.floored(to: min(period, 60))
        return (0..<count).reversed().map { MetricSlot(end - ($0 + 1) * period, end - $0 * period) }
    }

    private static func slots(period: Int, count: Int, endingAt now: Int, in zone: Zone) -> [MetricSlot] {
        let local = (now + zone.offset(at: now)).floored(to: period)
        let end = zone.time(ofLocal: local)
        return (0..<count).reversed().map { index in
            // Hours are counted in UTC, so that none is skipped or repeated; days begin at local midnight.
            guard period % 86_400 == 0 else { return MetricSlot(end - (index + 1) * period, end - index * period) }
            return MetricSlot(
                zone.time(ofLocal: local - (index + 1) * period), zone.time(ofLocal: local - index * period))
        }
    }
}

extension MetricSlot {
    /// By seconds since 1970.
    init(_ start: Int, _ end: Int) {
        self.init(
            start: Timestamp(microseconds: Int64(start) * 1_000_000),
            end: Timestamp(microseconds: Int64(end) * 1_000_000))
    }
}

extension Int {
    /// The largest multiple of a number that is not above this one.
    func floored(to multiple: Int) -> Int {
        Int(Int64(self).flooredDivision(by: Int64(multiple)).quotient) * multiple
    }
}

/// A time zone as an alarm names it: an IANA name, or `±hh:mm`.
private enum Zone {
    case rules(TimeZoneRules)
    case fixed(Int)

    init?(_ name: String) {
        if let rules = TimeZoneRules(named: name) {
            self = .rules(rules)
            return
        }
        let digits = name.dropFirst().split(separator: ":")
        guard name.hasPrefix("+") || name.hasPrefix("-"), digits.count == 2, let hours = Int(digits[0]),
            let minutes = Int(digits[1]), 0...14 ~= hours, 0...59 ~= minutes
        else { return nil }
        self = .fixed((hours * 60 + minutes) * (name.hasPrefix("-") ? -60 : 60))
    }

    func offset(at time: Int) -> Int {
        switch self {
        case .rules(let rules): rules.offset(at: time)
        case .fixed(let offset): offset
        }
    }

    func time(ofLocal local: Int) -> Int {
        switch self {
        case .rules(let rules): rules.time(ofLocal: local)
        case .fixed(let offset): local - offset
        }
    }
}

extension EvaluationWindow {
    /// Whether the time zone is known.
    var isKnown: Bool {
        if case .wallClock(let name) = self { Zone(name) != nil } else { true }
    }
}
