package import Basics

/// The five fields of a mute rule's `cron`: minute, hour, day of the month, month, day of the week.
///
/// `*`, `?`, numbers, ranges, lists, steps (`*/15`, `1-30/5`, and `5/10` for every tenth from 5 on), and names of
/// months and weekdays; 0 and 7 are Sunday. When both days are restricted, either is enough, as in cron.
package struct CronFields: Sendable, Hashable {
    /// In order, hour by hour.
    package let minutesOfDay: [Int]
    private let days: Set<Int>?
    private let months: Set<Int>?
    private let weekdays: Set<Int>?

    /// What is wrong with a text, for people.
    package struct Fault: Error {
        package let message: String
    }

    /// From Sunday on.
    package static let weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    private static let monthNames = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ]

    /// Reads the text in `cron(…)`.
    package init(parsing text: String) throws(Fault) {
        let fields = text.split(whereSeparator: \.isWhitespace)
        guard fields.count == 5 else {
            let hint = fields.count == 6 ? ", without the year that EventBridge has" : ""
            throw Fault(
                message:
                    "it has \(counted(fields.count, "field")), expected five\(hint): minute, hour, day of the month, "
                    + "month, day of the week")
        }
        let minutes = try Field(name: "minute", range: 0...59).values(fields[0]) ?? Set(0...59)
        let hours = try Field(name: "hour", range: 0...23).values(fields[1]) ?? Set(0...23)
        days = try Field(name: "day of the month", range: 1...31).values(fields[2])
        months = try Field(name: "month", range: 1...12, words: Self.monthNames, first: 1).values(fields[3])
        let weekday = Field(name: "day of the week", range: 0...7, words: Self.weekdayNames)
        weekdays = try weekday.values(fields[4]).map { Set($0.map { $0 % 7 }) }
        minutesOfDay = hours.sorted().flatMap { hour in minutes.sorted().map { hour * 60 + $0 } }
    }

    /// Whether windows may open on a day.
    package func matches(day: CivilDate) -> Bool {
        guard months?.contains(Int(day.month)) ?? true else { return false }
        let isDay = days.map { $0.contains(Int(day.day)) }
        let isWeekday = weekdays.map { $0.contains(day.weekday) }
        if let isDay, let isWeekday { return isDay || isWeekday }
        return isDay ?? isWeekday ?? true
    }

    private struct Field {
        var name: String
        var range: ClosedRange<Int>
        var words: [String] = []
        /// The number of the first word.
        var first = 0

        /// The values that a text stands for; nil for `*` and `?`.
        func values(_ text: Substring) throws(Fault) -> Set<Int>? {
            if text == "*" || text == "?" { return nil }
            var values: Set<Int> = []
            for item in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let found = self.item(item) else {
                    throw Fault(
                        message: "\(text) is no \(name): expected *, or numbers from \(range.lowerBound) to "
                            + "\(range.upperBound), such as 1, 1-5, 1,3 or */2")
                }
                values.formUnion(found)
            }
            return values
        }

        private func item(_ text: Substring) -> StrideThrough<Int>? {
            let sides = text.split(separator: "/", omittingEmptySubsequences: false)
            guard sides.count <= 2, let step = sides.count == 2 ? Int(sides[1]) : 1, step > 0 else { return nil }
            if sides[0] == "*" { return stride(from: range.lowerBound, through: range.upperBound, by: step) }
            let ends = sides[0].split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2, let low = number(ends[0]) else { return nil }
            let end = ends.count == 2 ? number(ends[1]) : sides.count == 2 ? range.upperBound : low
            guard let end, low <= end else { return nil }
            return stride(from: low, through: end, by: step)
        }

        private func number(_ text: Substring) -> Int? {
            if let word = words.firstIndex(of: text.uppercased()) { return word + first }
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else { return nil }
            return range.contains(number) ? number : nil
        }
    }
}
