import Basics
import Testing

@testable import LocalCloud

/// Schedules of EventBridge's rules, in UTC; 2026-11-29 is a Sunday.
struct RuleScheduleTests {
    @Test(arguments: [
        ("rate(1 minute)", "2026-11-29T18:14:42Z", "2026-11-29T18:15:42Z"),
        ("rate(5 minutes)", "2026-11-29T18:14:42Z", "2026-11-29T18:19:42Z"),
        ("rate(2 days)", "2026-11-29T18:14:42Z", "2026-12-01T18:14:42Z"),
        ("cron(15 18 * * ? *)", "2026-11-29T18:14:59Z", "2026-11-29T18:15:00Z"),
        ("cron(15 18 * * ? *)", "2026-11-29T18:15:00Z", "2026-11-30T18:15:00Z"),
        ("cron(0/15 * * * ? *)", "2026-11-29T18:14:42Z", "2026-11-29T18:15:00Z"),
        // Days of the week count from 1, Sunday.
        ("cron(0 8 ? * 1 *)", "2026-11-29T07:00:00Z", "2026-11-29T08:00:00Z"),
        ("cron(0 8 ? * 2 *)", "2026-11-29T07:00:00Z", "2026-11-30T08:00:00Z"),
        ("cron(0 8 ? * 2-6 *)", "2026-12-04T09:00:00Z", "2026-12-07T08:00:00Z"),
        ("cron(0 8 ? * 7 *)", "2026-11-29T07:00:00Z", "2026-12-05T08:00:00Z"),
        ("cron(0 8 ? * MON-FRI *)", "2026-11-29T07:00:00Z", "2026-11-30T08:00:00Z"),
        ("cron(0 0 1 1 ? 2028)", "2026-11-29T07:00:00Z", "2028-01-01T00:00:00Z"),
        ("cron(0 0 29 2 ? 2027-2028)", "2026-11-29T07:00:00Z", "2028-02-29T00:00:00Z"),
    ])
    func next(text: String, time: String, next: String) throws {
        let schedule = try RuleSchedule(text)
        #expect(schedule.next(after: try #require(Timestamp(iso8601: time)))?.iso8601(fractionDigits: 0) == next)
    }

    @Test func never() throws {
        let time = try #require(Timestamp(iso8601: "2026-11-29T07:00:00Z"))
        #expect(try RuleSchedule("cron(0 0 1 1 ? 2020)").next(after: time) == nil)
    }

    @Test(arguments: [
        "rate(5 minute)", "rate(1 minutes)", "rate(0 minutes)", "rate(5 seconds)", "rate(minutes)", "rate 5 minutes",
        "at(2026-12-24T02:00)", "cron(0 8 * * *)", "cron(0 8 * * * *)", "cron(0 8 ? * ? *)", "cron(0 8 ? * 8 *)",
        "cron(0 8 ? * 0 *)", "cron(0 8 ? * 6#3 *)", "cron(0 8 L * ? *)", "cron(60 8 * * ? *)", "cron(0 8 * * ? 1969)",
        "cron(0 8 * * ? x)", "",
    ])
    func faults(text: String) {
        #expect(throws: RuleSchedule.Fault.self) { try RuleSchedule(text) }
    }

    /// When a rule sends, looked at every two seconds.
    private func times(_ text: String, from start: Timestamp, seconds: Int) throws -> [Int] {
        let rule = EventRule(name: "r", pattern: nil, schedule: try RuleSchedule(text), targets: [])
        var times = RuleTimes()
        return stride(from: 0, through: seconds, by: 2).filter { !times.due([rule], at: start + .seconds($0)).isEmpty }
    }

    @Test func playing() throws {
        let start = try #require(Timestamp(iso8601: "2026-11-29T18:14:41Z"))
        #expect(try times("rate(1 minute)", from: start, seconds: 190) == [60, 120, 180])
        #expect(try times("cron(* * * * ? *)", from: start, seconds: 150) == [20, 80, 140])
    }

    @Test("a machine that slept sends once; a clock that is set back, and a changed schedule, begin anew")
    func jumps() throws {
        let start = try #require(Timestamp(iso8601: "2026-11-29T18:00:00Z"))
        func rule(_ text: String) throws -> EventRule {
            EventRule(name: "r", pattern: nil, schedule: try RuleSchedule(text), targets: [])
        }
        var times = RuleTimes()
        let hourly = try rule("rate(1 hour)")
        #expect(times.due([hourly], at: start) == [])
        #expect(times.due([hourly], at: start + .seconds(9 * 3_600)) == [hourly])
        #expect(times.due([hourly], at: start + .seconds(9 * 3_600 + 2)) == [])
        #expect(times.due([hourly], at: start) == [])
        #expect(times.due([hourly], at: start + .seconds(3_600)) == [hourly])
        let often = try rule("rate(1 minute)")
        #expect(times.due([often], at: start + .seconds(3_602)) == [])
        #expect(times.due([often], at: start + .seconds(3_662)) == [often])
    }
}
