import Basics

/// Which periods a report reads: fine ones for the newest time, coarse ones for the rest.
///
/// CloudWatch has periods of 60 s for 15 days, of 300 s for 63 days and of 3,600 s for 455 days
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html). The original's files list
/// every minute of the longest time range, and outages are as exact as the periods are short; bars by hour and day need
/// hours. All of it for many services would neither fit into the memory of a function nor be read within its time, so
/// there is a budget of points for the whole report.
struct HistoryResolution: Sendable, Hashable {
    /// A stretch of time that is read with one period.
    struct Span: Sendable, Hashable {
        /// Seconds since 1970; both ends on boundaries of ``timingPeriod``, but for the end of the last span.
        let range: Range<Int>
        /// Seconds.
        let period: Int
        /// The period in which durations are read, a multiple of ``period``: charts of many days need no hours.
        let timingPeriod: Int

        /// How many periods there are.
        var slots: Int { (range.count + period - 1) / period }
        /// How many periods of durations there are.
        var timingSlots: Int { (range.count + timingPeriod - 1) / timingPeriod }
    }

    /// The oldest first, without gaps.
    let spans: [Span]

    /// Points of all services together that are kept in memory, 40 bytes each.
    static let budget = 2_600_000
    /// The days that CloudWatch keeps data at all.
    static let maximumDays = 455

    /// How many points a service can have.
    var pointsPerService: Int { spans.reduce(0) { $0 + $1.slots } }

    init(spans: [Span]) { self.spans = spans }

    /// The finest periods within the budget.
    /// - Parameters:
    ///   - minutes: the time in which every minute counts, in seconds.
    ///   - end: the end of the report, which goes to the start of its minute.
    init(services: Int, days: Int, minutes: Int, end: Timestamp, budget: Int = Self.budget) {
        let end = Int(end.microseconds.flooredDivision(by: 60_000_000).quotient) * 60
        let perService = max(1, budget / max(1, services))
        // A margin of an hour: data at the edge is deleted while the report is made.
        let longest = (minute: 15 * Self.day - 3_600, five: 63 * Self.day - 3_600)
        let all = min(days, Self.maximumDays) * Self.day
        let minutes = min(minutes, longest.minute)
        var candidates: [(minute: Int, five: Int)] = [(minutes, longest.five), (minutes, minutes)]
        candidates += [(3, 14), (1, 7), (1, 3)].map { (min(minutes, $0.0 * Self.day), $0.1 * Self.day) }
        candidates += [(6 * 3_600, Self.day), (3 * 3_600, Self.day), (0, Self.day)].map { (min(minutes, $0.0), $0.1) }
        var spans: [Span] = []
        for base in [3_600, 21_600, 86_400] {
            for candidate in candidates {
                spans = Self.spans(end: end, all: all, candidate.minute, candidate.five, base: base)
                if spans.reduce(0, { $0 + $1.slots }) <= perService {
                    self.spans = spans
                    return
                }
            }
        }
        self.spans = spans
    }

    private static let day = 86_400

    private static func spans(end: Int, all: Int, _ minute: Int, _ five: Int, base: Int) -> [Span] {
        // On boundaries of the longest period that begins or ends there, for CloudWatch's periods begin with the start.
        let edge = max(base, 21_600)
        let start = (end - all) / edge * edge
        var fiveStart = max(start, (end - five) / edge * edge)
        // What is older than 63 days has no such periods.
        if end - fiveStart > 63 * day - 3_600 { fiveStart += edge }
        let minuteStart = minute == 0 ? end : max(fiveStart, (end - minute) / 300 * 300)
        return [
            Span(range: start..<fiveStart, period: base, timingPeriod: edge),
            Span(range: fiveStart..<minuteStart, period: 300, timingPeriod: 300),
            Span(range: minuteStart..<end, period: 60, timingPeriod: 60),
        ].filter { !$0.range.isEmpty }
    }
}
