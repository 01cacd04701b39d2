import Basics
import CloudWatchAlarms

/// When a rule of EventBridge sends an event by itself: `rate(5 minutes)` or `cron(0 8 ? * MON-FRI *)`, in UTC.
///
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
public struct RuleSchedule: Sendable, Equatable {
    private enum Kind: Sendable, Equatable {
        case rate(Duration)
        case cron(CronFields, years: Set<Int64>?)
    }

    /// Why EventBridge would refuse an expression, for people.
    public struct Fault: Error, Equatable {
        /// What is wrong with it.
        public let message: String
    }

    /// As it was written.
    let text: String
    private let kind: Kind

    /// - Throws: what is wrong with it.
    public init(_ text: String) throws(Fault) {
        self.text = text
        if let inner = Self.inner(text, "rate(") {
            kind = .rate(try Self.rate(inner))
        } else if let inner = Self.inner(text, "cron(") {
            kind = try Self.cron(inner)
        } else {
            throw Fault(message: "\(text) is neither rate(5 minutes) nor cron(minute hour day month weekday year)")
        }
    }

    private static func inner(_ text: String, _ start: String) -> Substring? {
        text.hasPrefix(start) && text.hasSuffix(")") ? text.dropFirst(start.count).dropLast() : nil
    }

    private static func rate(_ text: Substring) throws(Fault) -> Duration {
        let parts = text.split(separator: " ")
        let units = ["minute": 60, "hour": 3_600, "day": 86_400]
        guard parts.count == 2, let count = Int(parts[0]), (1...100_000).contains(count) else {
            throw Fault(message: "rate(\(text)) has no number and unit, such as rate(5 minutes)")
        }
        let unit = count == 1 ? String(parts[1]) : String(parts[1].dropLast())
        guard let seconds = units[unit], count == 1 || parts[1].hasSuffix("s") else {
            throw Fault(message: "rate(\(text)): expected minute, hour or day with 1, and minutes, hours or days else")
        }
        return .seconds(count * seconds)
    }

    private static func cron(_ text: Substring) throws(Fault) -> Kind {
        let fields = text.split(separator: " ").map(String.init)
        guard fields.count == 6 else {
            throw Fault(
                message: "cron(\(text)) has \(counted(fields.count, "field")), expected six: minute, hour, day of the "
                    + "month, month, day of the week, year")
        }
        guard (fields[2] == "?") != (fields[4] == "?") else {
            throw Fault(message: "cron(\(text)): one of day of the month and day of the week must be ?")
        }
        // CloudWatch's fields count the days of the week from 0, EventBridge's from 1; both begin with Sunday.
        let weekday = try weekday(fields[4], of: text)
        let years = try years(fields[5], of: text)
        do throws(CronFields.Fault) {
            return .cron(try CronFields(parsing: (fields[..<4] + [weekday]).joined(separator: " ")), years: years)
        } catch {
            throw Fault(message: "cron(\(text)): \(error.message); L, W and # are not known here")
        }
    }

    private static func weekday(_ field: String, of text: Substring) throws(Fault) -> String {
        var result = ""
        var digits = ""
        var isStep = false
        for character in field + " " {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            if let number = Int(digits) {
                guard isStep || (1...7).contains(number) else {
                    throw Fault(message: "cron(\(text)): days of the week are 1 (Sunday) to 7, or SUN to SAT")
                }
                result += "\(isStep ? number : number - 1)"
            }
            digits = ""
            isStep = character == "/"
            if character != " " { result.append(character) }
        }
        return result
    }

    /// The years of a field; nil for all.
    private static func years(_ field: String, of text: Substring) throws(Fault) -> Set<Int64>? {
        if field == "*" { return nil }
        var years: Set<Int64> = []
        for item in field.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) ?? 0 }
            guard let first = ends.first, let last = ends.last, ends.count <= 2, first >= 1970, first <= last,
                last <= 2199
            else { throw Fault(message: "cron(\(text)): \(field) is no year from 1970 to 2199") }
            years.formUnion(first...last)
        }
        return years
    }

    // MARK: Times

    /// The first time after another one; nil when there is none within the next four years.
    ///
    /// A rate begins to count where it is asked first, as in EventBridge, where that is when the rule was made.
    func next(after time: Timestamp) -> Timestamp? {
        switch kind {
        case .rate(let interval): return time + interval
        case .cron(let fields, let years):
            let now = time.microseconds.flooredDivision(by: 1_000_000).quotient
            let today = now.flooredDivision(by: 86_400).quotient
            for day in today...today + 4 * 366 {
                let date = CivilDate(secondsSinceEpoch: day * 86_400)
                guard fields.matches(day: date), years?.contains(date.year) ?? true else { continue }
                for minute in fields.minutesOfDay {
                    let start = day * 86_400 + Int64(minute) * 60
                    if start > now { return Timestamp(microseconds: start * 1_000_000) }
                }
            }
            return nil
        }
    }
}

/// When each rule with a schedule is due; a pure state.
struct RuleTimes: Sendable {
    private var times: [String: (schedule: RuleSchedule, next: Timestamp?)] = [:]

    /// The rules that are due.
    ///
    /// One that was due several times while nobody asked, such as while the machine slept, is due once.
    mutating func due(_ rules: [EventRule], at now: Timestamp) -> [EventRule] {
        var due: [EventRule] = []
        var kept: [String: (schedule: RuleSchedule, next: Timestamp?)] = [:]
        for rule in rules {
            guard let schedule = rule.schedule else { continue }
            let known = times[rule.arn].flatMap { $0.schedule == schedule ? $0 : nil }
            var next = known?.next ?? schedule.next(after: now)
            if let time = next, time <= now {
                due.append(rule)
                // At the same distances, unless it is late already.
                let later = schedule.next(after: time)
                next = later.map { $0 > now } == true ? later : schedule.next(after: now)
            } else if let time = next, known != nil, let latest = schedule.next(after: now), time > latest {
                // The clock was set back.
                next = latest
            }
            kept[rule.arn] = (schedule, next)
        }
        times = kept
        return due
    }
}
