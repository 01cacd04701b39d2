import Basics
import Configuration
import TimeZones

/// Reads an element of `windows`: with `cron`, `at`, or the form of uptime-checker's `maintenance`.
struct WindowReader {
    typealias Zones = [String: TimeZoneRules]
    let section: ConfigurationSection
    let file: String

    /// Nil for a window that is not enabled, or has faults.
    func window(_ zones: inout Zones) -> MuteWindow? {
        let name = AlarmRuleReader(section: section, file: file).name()
        let match = AlarmRuleReader.match("for", section, needsKinds: false)
        let rules = AlarmRuleReader.texts("rules", section)
        let forms = ["cron", "at", "start"].filter { section.has($0) }
        if forms.count != 1 { section.fault(forms.last ?? "start", expected: "exactly one of cron, at and start") }
        let origin = RuleOrigin(.rules, file: file, line: section.line)
        let zone = section.text("timezone") ?? "UTC"
        guard forms.first != "start" else {
            guard let weekly = WeeklyWindow(section, zones: &zones) else { return nil }
            if weekly.duration < .seconds(60) { section.fault("duration", expected: Self.durations) }
            return MuteWindow(
                name: name, origin: origin, schedule: Self.cron(weekly), duration: weekly.duration, timeZone: zone,
                match: match, rules: rules)
        }
        let schedule = section.has("at") ? at() : section.has("cron") ? cron() : nil
        let duration = section.duration("duration", default: .zero)
        if !(.seconds(60)...(.seconds(15 * 86_400))).contains(duration) {
            section.fault("duration", expected: Self.durations)
        }
        if zones[zone] == nil { zones[zone] = TimeZoneRules(named: zone) }
        if zones[zone] == nil, zone != "UTC" {
            section.fault("timezone", expected: "an IANA name, such as Europe/Berlin or America/Sao_Paulo")
        }
        let isEnabled = section.flag("enabled", default: true)
        section.close()
        guard isEnabled, let schedule else { return nil }
        return MuteWindow(
            name: name, origin: origin, schedule: schedule, duration: duration, timeZone: zone, match: match,
            rules: rules)
    }

    private static let durations = "a duration from 1m to 15d, such as 2h"

    private func at() -> String? {
        let text = section.text("at") ?? ""
        let inner = Self.unwrapped(text, "at(")
        guard inner.utf8.count == 16, Timestamp(iso8601: inner + ":00Z") != nil, inner.contains("T") else {
            section.fault("at", expected: "a local time such as 2026-12-24T02:00")
            return nil
        }
        return "at(\(inner))"
    }

    private func cron() -> String? {
        let text = section.text("cron") ?? ""
        if let fault = CronFields.fault(in: Self.unwrapped(text, "cron(")) {
            section.fault("cron", "\"\(text)\": \(fault)")
            return nil
        }
        let fields = Self.unwrapped(text, "cron(").split(whereSeparator: \.isWhitespace)
        return "cron(\(fields.joined(separator: " ")))"
    }

    private static func unwrapped(_ text: String, _ start: String) -> String {
        let trimmed = text.trimmingWhitespace
        guard trimmed.hasPrefix(start), trimmed.hasSuffix(")") else { return String(trimmed) }
        return String(trimmed.dropFirst(start.count).dropLast().trimmingWhitespace)
    }

    /// `cron(0 23 * * MON,TUE)`.
    static func cron(_ window: WeeklyWindow) -> String {
        let names = window.weekdays.sorted().map { CronFields.weekdays[$0] }
        let days = names.isEmpty || names.count == 7 ? "*" : names.joined(separator: ",")
        return "cron(\(window.startMinute % 60) \(window.startMinute / 60) * * \(days))"
    }
}

/// Checks the five fields of a mute rule's `cron`: minute, hour, day of the month, month, day of the week.
enum CronFields {
    static let weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    private static let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]

    private struct Field {
        var name: String
        var range: ClosedRange<Int>
        var words: [String] = []
        /// The number of the first word.
        var first = 0
    }

    private static let fields = [
        Field(name: "minute", range: 0...59), Field(name: "hour", range: 0...23),
        Field(name: "day of the month", range: 1...31), Field(name: "month", range: 1...12, words: months, first: 1),
        Field(name: "day of the week", range: 0...7, words: weekdays),
    ]

    /// What is wrong; nil when nothing is.
    static func fault(in text: String) -> String? {
        let parts = text.split(whereSeparator: \.isWhitespace)
        guard parts.count == fields.count else {
            let hint = parts.count == 6 ? ", without the year that EventBridge has" : ""
            return
                "it has \(counted(parts.count, "field")), expected five\(hint): minute, hour, day of the month, month, "
                + "day of the week"
        }
        for (part, field) in zip(parts, fields) {
            for item in part.split(separator: ",", omittingEmptySubsequences: false)
            where !isItem(item, field) {
                return "\(part) is no \(field.name): expected *, or numbers from \(field.range.lowerBound) to "
                    + "\(field.range.upperBound), such as 1, 1-5, 1,3 or */2"
            }
        }
        return nil
    }

    /// `*`, `5`, `1-5`, `*/2`, `MON-FRI`.
    private static func isItem(_ item: Substring, _ field: Field) -> Bool {
        let steps = item.split(separator: "/", omittingEmptySubsequences: false)
        guard steps.count <= 2, steps.count == 1 || Int(steps[1]).map({ $0 > 0 }) == true else { return false }
        if steps[0] == "*" || steps[0] == "?" { return true }
        let ends = steps[0].split(separator: "-", omittingEmptySubsequences: false).map { number($0, field) }
        guard ends.count <= 2 else { return false }
        let numbers = ends.compactMap(\.self)
        return numbers.count == ends.count && numbers.allSatisfy(field.range.contains)
            && (numbers.count == 1 || numbers[0] <= numbers[1])
    }

    private static func number(_ text: Substring, _ field: Field) -> Int? {
        if let word = field.words.firstIndex(of: text.uppercased()) { return word + field.first }
        return text.allSatisfy({ $0.isASCII && $0.isNumber }) ? Int(text) : nil
    }
}
