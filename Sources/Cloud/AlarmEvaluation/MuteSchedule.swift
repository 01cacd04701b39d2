public import Basics
public import CloudWatchAlarms
import TimeZones

/// When a mute rule is active.
///
/// A window opens at a local time of the rule's zone. A start in the hour that the clocks skip happens at the same
/// distance after the hour before; one in the hour that occurs twice happens the first time.
public struct MuteSchedule: Sendable {
    private enum Start: Sendable {
        /// Seconds since 1970, as the local clock shows them.
        case once(Int)
        case cron(CronFields)
    }

    private let start: Start
    private let duration: Duration
    private let zone: TimeZoneRules

    /// The schedule of a rule.
    /// - Throws: ``AlarmEvaluationError`` for an expression, a duration or a zone that CloudWatch would refuse.
    public init(_ rule: MuteRule) throws(AlarmEvaluationError) {
        guard let zone = TimeZoneRules(named: rule.timeZone) else {
            throw Self.fault(rule, "there is no time zone \"\(rule.timeZone)\"; use an IANA name such as Europe/Berlin")
        }
        guard rule.duration >= .seconds(60), rule.duration <= .seconds(15 * 86_400) else {
            throw Self.fault(rule, "the duration is \(rule.duration.text), allowed are 1 minute to 15 days")
        }
        self.zone = zone
        duration = rule.duration
        let text = rule.schedule
        if text.hasPrefix("at("), text.hasSuffix(")") {
            let time = String(text.dropFirst(3).dropLast())
            guard time.utf8.count == 16, let local = Timestamp(iso8601: time + ":00Z") else {
                throw Self.fault(rule, "\"\(time)\" is no local time such as 2026-12-24T02:00")
            }
            start = .once(Int(local.microseconds / 1_000_000))
        } else if text.hasPrefix("cron("), text.hasSuffix(")") {
            do throws(AlarmEvaluationError) {
                start = .cron(try CronFields(parsing: String(text.dropFirst(5).dropLast())))
            } catch {
                throw Self.fault(rule, error.message)
            }
        } else {
            throw Self.fault(
                rule, "\"\(text)\" is neither cron(minute hour day month weekday) nor at(yyyy-mm-ddThh:mm)")
        }
    }

    private static func fault(_ rule: MuteRule, _ message: String) -> AlarmEvaluationError {
        AlarmEvaluationError(.badSyntax, "mute rule \"\(rule.name)\": \(message)")
    }

    /// The window that a time is in; the start belongs to it, the end does not.
    ///
    /// Of windows that overlap, the one that opened last, which therefore ends last.
    public func window(at time: Timestamp) -> MetricSlot? {
        let now = Int(time.microseconds.flooredDivision(by: 1_000_000).quotient)
        let length = Int(duration / .seconds(1))
        guard let start = latestStart(notAfter: now, atLeast: now - length + 1) else { return nil }
        return MetricSlot(start, start + length)
    }

    private func latestStart(notAfter now: Int, atLeast earliest: Int) -> Int? {
        switch start {
        case .once(let local):
            let start = zone.time(ofLocal: local)
            return earliest <= start && start <= now ? start : nil
        case .cron(let fields):
            let today = (now + zone.offset(at: now)).floored(to: 86_400)
            // A day more at both ends, because the offset may differ between the start and now.
            var day = today + 86_400
            while day >= earliest + zone.offset(at: earliest) - 2 * 86_400 {
                if fields.matches(day: CivilDate(secondsSinceEpoch: Int64(day))) {
                    for minute in fields.minutesOfDay.reversed() {
                        let start = zone.time(ofLocal: day + minute * 60)
                        if start <= now { return start >= earliest ? start : nil }
                    }
                }
                day -= 86_400
            }
            return nil
        }
    }
}

/// The five fields of a cron expression: minute, hour, day of the month, month, day of the week.
///
/// `*`, numbers, ranges, lists, steps (`*/15`, `1-30/5`), and names of months and weekdays; 0 and 7 are Sunday. When
/// both days are restricted, either is enough, as in cron.
struct CronFields: Sendable, Hashable {
    /// In order, hour by hour.
    let minutesOfDay: [Int]
    private let days: Set<Int>?
    private let months: Set<Int>
    private let weekdays: Set<Int>?

    private static let monthNames = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ]
    private static let weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    init(parsing text: String) throws(AlarmEvaluationError) {
        let fields = text.split(separator: " ")
        guard fields.count == 5 else {
            throw AlarmEvaluationError(
                .badSyntax,
                "cron(\(text)) has \(counted(fields.count, "field")), it needs five: minute hour day month weekday")
        }
        let minutes = try Self.values(fields[0], 0...59, "minute") ?? Set(0...59)
        let hours = try Self.values(fields[1], 0...23, "hour") ?? Set(0...23)
        days = try Self.values(fields[2], 1...31, "day of the month")
        months = try Self.values(fields[3], 1...12, "month", names: Self.monthNames, firstName: 1) ?? Set(1...12)
        weekdays = try Self.values(fields[4], 0...7, "weekday", names: Self.weekdayNames, firstName: 0)
            .map { Set($0.map { $0 % 7 }) }
        minutesOfDay = hours.sorted().flatMap { hour in minutes.sorted().map { hour * 60 + $0 } }
    }

    /// Whether windows may open on a day.
    func matches(day: CivilDate) -> Bool {
        guard months.contains(Int(day.month)) else { return false }
        let isDay = days.map { $0.contains(Int(day.day)) }
        let isWeekday = weekdays.map { $0.contains(day.weekday) }
        if let isDay, let isWeekday { return isDay || isWeekday }
        return isDay ?? isWeekday ?? true
    }

    /// The values of a field; nil for `*` and `?`.
    private static func values(
        _ field: Substring, _ range: ClosedRange<Int>, _ name: String, names: [String] = [], firstName: Int = 0
    ) throws(AlarmEvaluationError) -> Set<Int>? {
        if field == "*" || field == "?" { return nil }
        func number(_ text: Substring) -> Int? {
            if let index = names.firstIndex(where: { $0.utf8.elementsEqual(text.utf8.map { $0 & 0xDF }) }) {
                return index + firstName
            }
            return Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
        var found: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "/", omittingEmptySubsequences: false)
            let step = sides.count == 2 ? Int(sides[1]) ?? 0 : 1
            let ends = sides[0].split(separator: "-", omittingEmptySubsequences: false)
            let low = sides[0] == "*" ? range.lowerBound : number(ends[0])
            // `5/10` goes on from 5 to the end of the range.
            let high =
                ends.count == 2 ? number(ends[1]) : sides[0] == "*" || sides.count == 2 ? range.upperBound : low
            guard sides.count <= 2, ends.count <= 2, step > 0, let low, let high, low <= high else {
                throw AlarmEvaluationError(
                    .badSyntax,
                    "\"\(part)\" is no \(name); allowed are \(range.lowerBound) to \(range.upperBound), lists, "
                        + "ranges and steps"
                )
            }
            found.formUnion(stride(from: low, through: high, by: step))
        }
        return found
    }
}
