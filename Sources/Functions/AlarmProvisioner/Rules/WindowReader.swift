import Basics
import CloudWatchAlarms
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
        let inner = Self.unwrapped(text, "cron(")
        do throws(CronFields.Fault) { _ = try CronFields(parsing: inner) } catch {
            section.fault("cron", "\"\(text)\": \(error.message)")
            return nil
        }
        let fields = inner.split(whereSeparator: \.isWhitespace)
        return "cron(\(fields.joined(separator: " ")))"
    }

    private static func unwrapped(_ text: String, _ start: String) -> String {
        let trimmed = text.trimmingWhitespace
        guard trimmed.hasPrefix(start), trimmed.hasSuffix(")") else { return String(trimmed) }
        return String(trimmed.dropFirst(start.count).dropLast().trimmingWhitespace)
    }

    /// `cron(0 23 * * MON,TUE)`.
    static func cron(_ window: WeeklyWindow) -> String {
        let names = window.weekdays.sorted().map { CronFields.weekdayNames[$0] }
        let days = names.isEmpty || names.count == 7 ? "*" : names.joined(separator: ",")
        return "cron(\(window.startMinute % 60) \(window.startMinute / 60) * * \(days))"
    }
}
