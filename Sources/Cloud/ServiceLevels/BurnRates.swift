import Basics

/// How urgent a burn rate is.
public enum BurnSeverity: String, Sendable, CaseIterable, Comparable {
    /// Wakes somebody.
    case page
    /// Can wait for working hours.
    case ticket

    /// Pages before tickets.
    public static func < (left: Self, right: Self) -> Bool { left == .page && right == .ticket }
}

/// A burn rate that alarms when it is exceeded in a long and in a short window.
///
/// The long one tells that enough of the budget was burned to matter, the short one that it still burns: the alarm ends
/// soon after the trouble does (sre.google/workbook/alerting-on-slos, "Multiwindow, Multi-Burn-Rate Alerts").
public struct BurnRate: Sendable, Hashable {
    /// Which alarm it belongs to.
    public var severity: BurnSeverity
    /// Unique in its severity: `quick`, `slow`.
    public var name: String
    /// In seconds, a multiple of 60.
    public var short: Int
    /// In seconds, a multiple of 60.
    public var long: Int
    /// How many times faster than allowed the budget is used up.
    public var factor: Double
    /// How long it must last before the alarm, in seconds.
    public var pending = 0

    /// The share of bad events that is too much, for an objective that allows this share.
    public func threshold(budget: Double) -> Double { (factor * budget).roundedForPeople }

    /// When the whole budget of a window is used up at this rate.
    public func exhaustion(of window: Duration) -> Duration { .seconds((window / .seconds(1) / factor).rounded(.down)) }
}

/// The burn rates that alarm for an objective, and why they are not the usual ones.
public struct BurnRates: Sendable, Hashable {
    /// The quicker ones first.
    public var rates: [BurnRate]
    /// What was changed or left out, and why.
    public var notices: [String]

    /// The longest range of a PromQL query, and the longest period of a metric alarm: 7 days.
    ///
    /// Metric alarms take `Period` × `EvaluationPeriods` up to 604,800 s, or up to 86,400 s when the period is less
    /// than an hour; with one evaluation period that allows every multiple of a minute up to 7 days.
    public static let longestWindow = 604_800
    /// An objective for less than a day would need windows of less than two minutes.
    public static let shortestObjective = Duration.seconds(86_400)

    /// One row of a table of burn rates; the share is that part of the budget which may burn in the long window.
    private typealias Row = (severity: BurnSeverity, name: String, short: Int, long: Int, share: Double)

    /// Google's table, for windows of four weeks to a month.
    private static let month: [Row] = [
        (.page, "quick", 5 * 60, 3_600, 0.02), (.page, "slow", 30 * 60, 6 * 3_600, 0.05),
        (.ticket, "quick", 2 * 3_600, 86_400, 0.1), (.ticket, "slow", 6 * 3_600, 3 * 86_400, 0.1),
    ]
    /// The same windows for a week: Google's shares would alarm at less than the allowed rate.
    private static let week: [Row] = [
        (.page, "quick", 5 * 60, 3_600, 0.08), (.page, "slow", 30 * 60, 6 * 3_600, 0.125),
        (.ticket, "quick", 2 * 3_600, 86_400, 0.2), (.ticket, "slow", 6 * 3_600, 3 * 86_400, 0.42),
    ]

    /// The burn rates for an objective: its own, or those of the tables, scaled to its window.
    public init(for objective: Objective) {
        (rates, notices) = ([], [])
        if objective.conditions.isEmpty {
            rates = Self.usual(for: objective.window)
        } else {
            rates = Self.own(objective.conditions)
        }
        fitIntoWeek(objective.window)
        leaveOutImpossible(budget: objective.budget)
        rates.removeAll { ($0.severity == .page ? objective.page : objective.ticket) == nil }
    }

    /// The rows of the table for a window, or Google's with windows in proportion to 30 days.
    private static func usual(for window: Duration) -> [BurnRate] {
        let seconds = window / .seconds(1)
        let days = seconds / 86_400
        let rows: [Row] =
            switch days {
            case 28...31: month
            case 7: week
            default:
                month.map { row in
                    func scaled(_ seconds: Int, least: Int) -> Int {
                        max(least, Int((Double(seconds) * days / 30 / 60).rounded()) * 60)
                    }
                    return (
                        row.severity, row.name, scaled(row.short, least: 60), scaled(row.long, least: 300), row.share
                    )
                }
            }
        return rows.map { row in
            BurnRate(
                severity: row.severity, name: row.name, short: row.short, long: row.long,
                factor: row.share * seconds / Double(row.long))
        }
    }

    /// The short window is a twelfth of the long one, as in Google's table.
    private static func own(_ conditions: [BurnCondition]) -> [BurnRate] {
        func minutes(_ duration: Duration) -> Int { max(60, Int((duration / .seconds(60)).rounded()) * 60) }
        let sorted = conditions.sorted { ($0.severity, $1.factor) < ($1.severity, $0.factor) }
        return sorted.enumerated().map { number, condition in
            let long = minutes(condition.window)
            return BurnRate(
                severity: condition.severity, name: "\(number + 1)",
                short: max(60, Int((Double(long) / 720).rounded()) * 60), long: long, factor: condition.factor,
                pending: Int(condition.pending / .seconds(1)))
        }
    }

    /// Shortens windows above 7 days, with the factor that burns the same share of the budget in them.
    private mutating func fitIntoWeek(_ window: Duration) {
        for index in rates.indices where rates[index].long > Self.longestWindow {
            let rate = rates[index]
            rates[index].factor *= Double(rate.long) / Double(Self.longestWindow)
            rates[index].long = Self.longestWindow
            rates[index].short = min(rate.short, Self.longestWindow / 12)
            notices.append(
                "\(rate.severity) \(rate.name): CloudWatch looks back at most 7 days, so its window of "
                    + "\(Duration.seconds(rate.long).text) is cut to 7 days, and its burn rate raised from "
                    + "\(rate.factor.short) to \(rates[index].factor.short)")
        }
        // Of two rates of one severity and window, as cut ones are, the lower one alarms first, unless it waits longer.
        var kept: [BurnRate] = []
        for rate in rates.sorted(by: { ($0.severity, $0.factor, $0.pending) < ($1.severity, $1.factor, $1.pending) })
        where !kept.contains(where: {
            $0.severity == rate.severity && $0.long == rate.long && $0.pending <= rate.pending
        }) {
            kept.append(rate)
        }
        rates = rates.filter(kept.contains)
    }

    /// Leaves out rates that even a total outage does not reach; the last one of a severity is lowered instead.
    private mutating func leaveOutImpossible(budget: Double) {
        for severity in BurnSeverity.allCases {
            let own = rates.filter { $0.severity == severity }
            let impossible = own.filter { $0.threshold(budget: budget) >= 1 }
            guard !impossible.isEmpty else { continue }
            let fastest = (1 / budget).short
            for rate in impossible {
                let isLast = impossible.count == own.count && rate == own.last
                let start =
                    "\(rate.severity) \(rate.name): a burn rate of \(rate.factor.short) cannot be reached, because "
                    + "with a target of \(((1 - budget) * 100).short) % even a total outage burns at \(fastest) only; "
                if isLast {
                    let lowered = (Self.nearlyAll / budget).roundedForPeople
                    notices.append(
                        start + "it is lowered to \(lowered.short), which is \((Self.nearlyAll * 100).short) % errors")
                    for index in rates.indices where rates[index] == rate { rates[index].factor = lowered }
                } else {
                    notices.append(start + "it is left out")
                    rates.removeAll { $0 == rate }
                }
            }
        }
    }

    /// The share of errors that counts as a total outage, where nothing less can be asked for.
    private static let nearlyAll = 0.9
}

extension Double {
    /// At most three decimals: `14.4`, `5.6`, `0.933`, `3`.
    package var short: String {
        let rounded = (self * 1_000).rounded() / 1_000
        return rounded == rounded.rounded() && rounded.magnitude < 1e15 ? "\(Int64(rounded))" : "\(rounded)"
    }
}
