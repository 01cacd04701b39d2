public import Basics
public import ServiceHistory
public import TimeZones

/// How far back a page goes, so that no column and no sentence tells of days of which nothing is known.
public struct HistoryReach: Sendable {
    /// The days that were read, at most 90: so many bars are drawn.
    public let days: Int
    /// The ranges of availability in days, the shortest first: those that the history reaches into.
    public let ranges: [Int]

    /// The ranges that people compare.
    private static let usual = [1, 7, 30, 90]
    private static let budgetDays = 30

    /// The reach of histories of which so many days were read.
    ///
    /// A range that adds no result to the one before would show the same figure under a longer name, so it is left out.
    public init(days: Int = 90, of histories: [ServiceHistory], until now: Timestamp) {
        let days = min(max(days, 1), 90)
        self.days = days
        let first = histories.compactMap { $0.points.first?.start }.min() ?? now
        var ranges: [Int] = []
        for range in Self.usual.filter({ $0 < days }) + [days] {
            if let last = ranges.last, first >= now - .seconds(last * 86_400) { break }
            ranges.append(range)
        }
        self.ranges = ranges
    }

    /// The days of the error budget: 30, or all when fewer were read.
    public var budgetDays: Int { min(Self.budgetDays, days) }

    /// So many bars by hour are drawn.
    public var hours: Int { min(48, days * 24) }

    /// `24 h`, `7 d`: above a column.
    static func short(_ days: Int) -> String { days == 1 ? "24 h" : "\(days) d" }

    /// `24 hours`, `7 days`.
    public static func name(_ days: Int) -> String { days == 1 ? "24 hours" : "\(days) days" }

    /// What `no outages` is true of: `in 90 days`, or `since the first result, 12 Oct 14:05`, before which nothing is
    /// known.
    public static func time(
        of history: ServiceHistory, days: Int, until now: Timestamp, _ zone: TimeZoneRules
    ) -> String {
        // A day may be missing at the start: its results are cleaned away, or come by the hour.
        let known = days > 1 ? Duration.seconds((days - 1) * 86_400) : .seconds(82_800)
        guard let first = history.points.first?.start, first > now - known else { return "in \(name(days))" }
        return "since the first result, \(PageText.moment(first, zone))"
    }
}

/// How a share of good results is coloured.
public enum AvailabilityTone {
    /// `bad`, `warn`, `none` where nothing was measured, or nothing.
    ///
    /// Without an objective, a service that fails every twentieth time is not black like a sound one.
    public static func of(_ availability: Availability, objective: Double?) -> String {
        guard let ratio = availability.ratio else { return "none" }
        // Both are cut in the same way before they are compared: 99.9 of 100 is not less than 99.9 %.
        let percent = ratio * 100 + 1e-9
        if let objective { return percent < objective ? "bad" : "" }
        return percent < 95 ? "bad" : percent < 99 ? "warn" : ""
    }
}
