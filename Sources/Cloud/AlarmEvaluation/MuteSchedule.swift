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
            do throws(CronFields.Fault) {
                start = .cron(try CronFields(parsing: String(text.dropFirst(5).dropLast())))
            } catch {
                throw Self.fault(rule, "\(text): \(error.message)")
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
