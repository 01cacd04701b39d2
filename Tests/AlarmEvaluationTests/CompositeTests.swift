import Basics
import CloudWatchAlarms
import Testing

@testable import AlarmEvaluation

struct CompositeRuleTests {
    /// a and b are in ALARM, c is OK, d has no data, e does not exist.
    private static let states: [String: AlarmState] = ["a": .alarm, "b": .alarm, "c": .ok, "d": .insufficientData]

    private static let all = ["a", "b", "c", "d"]

    @Test(arguments: [
        (AlarmRuleExpression.state(.alarm, alarm: "a"), true), (.state(.ok, alarm: "a"), false),
        (.state(.ok, alarm: "c"), true), (.state(.insufficientData, alarm: "d"), true),
        (.state(.ok, alarm: "e"), false),
        (.not(.state(.alarm, alarm: "e")), true), (.constant(true), true), (.constant(false), false),
        (.and([.state(.alarm, alarm: "a"), .state(.alarm, alarm: "b")]), true),
        (.and([.state(.alarm, alarm: "a"), .state(.alarm, alarm: "c")]), false),
        (.or([.state(.alarm, alarm: "c"), .state(.alarm, alarm: "a")]), true),
        (.or([.state(.alarm, alarm: "c"), .state(.alarm, alarm: "d")]), false),
        (.atLeast(.count(2), .alarm, isNegated: false, alarms: all), true),
        (.atLeast(.count(3), .alarm, isNegated: false, alarms: all), false),
        (.atLeast(.count(2), .alarm, isNegated: true, alarms: all), true),
        (.atLeast(.count(3), .alarm, isNegated: true, alarms: all), false),
        (.atLeast(.count(3), .ok, isNegated: true, alarms: all), true),
        (.atLeast(.percent(50), .alarm, isNegated: false, alarms: all), true),
        (.atLeast(.percent(51), .alarm, isNegated: false, alarms: all), false),
        (.atLeast(.percent(25), .insufficientData, isNegated: false, alarms: all), true),
        (.atLeast(.count(1), .ok, isNegated: true, alarms: ["e"]), false),
    ])
    func truth(_ rule: AlarmRuleExpression, _ expected: Bool) {
        #expect(rule.isTrue { Self.states[$0] } == expected)
    }

    @Test(arguments: [(1, 1, 1), (50, 3, 2), (34, 3, 2), (33, 3, 1), (100, 3, 3), (1, 100, 1), (1, 101, 2)])
    func percent(_ percent: Int, _ total: Int, _ count: Int) {
        #expect(AlarmRuleExpression.Quorum.percent(percent).count(of: total) == count)
    }
}

struct MuteScheduleTests {
    private static func rule(
        _ schedule: String, _ duration: Duration = .seconds(3_600), zone: String = "UTC"
    ) -> MuteRule {
        MuteRule(name: "night", schedule: schedule, duration: duration, timeZone: zone, alarms: ["cpu"])
    }

    /// The window's start at a time, or nil; an hour unless told.
    @Test(
        arguments: [
            ("cron(0 2 * * *)", "UTC", "2026-11-28T02:00:00Z", "2026-11-28T02:00:00Z"),
            ("cron(0 2 * * *)", "UTC", "2026-11-28T02:59:59Z", "2026-11-28T02:00:00Z"),
            ("cron(0 2 * * *)", "UTC", "2026-11-28T03:00:00Z", nil),
            ("cron(0 2 * * *)", "UTC", "2026-11-28T01:59:59Z", nil),
            ("cron(30 23 * * *)", "UTC", "2026-11-29T00:15:00Z", "2026-11-28T23:30:00Z"),
            ("cron(0 2 * * SAT)", "UTC", "2026-11-28T02:10:00Z", "2026-11-28T02:00:00Z"),
            ("cron(0 2 * * SUN)", "UTC", "2026-11-28T02:10:00Z", nil),
            ("cron(0 2 * * 7)", "UTC", "2026-11-29T02:10:00Z", "2026-11-29T02:00:00Z"),
            ("cron(0 2 * * 0)", "UTC", "2026-11-29T02:10:00Z", "2026-11-29T02:00:00Z"),
            ("cron(0 2 * * mon-fri)", "UTC", "2026-11-27T02:10:00Z", "2026-11-27T02:00:00Z"),
            ("cron(0 2 * * MON-FRI)", "UTC", "2026-11-28T02:10:00Z", nil),
            ("cron(*/20 9-10 * * *)", "UTC", "2026-11-28T10:30:00Z", "2026-11-28T10:20:00Z"),
            ("cron(10/20 10 * * *)", "UTC", "2026-11-28T11:10:00Z", "2026-11-28T10:50:00Z"),
            ("cron(0 0 1 JAN,JUL *)", "UTC", "2027-01-01T00:30:00Z", "2027-01-01T00:00:00Z"),
            ("cron(0 0 1 2 *)", "UTC", "2027-01-01T00:30:00Z", nil),
            // The 13th or a Friday, as in cron.
            ("cron(0 0 13 * FRI)", "UTC", "2026-11-27T00:30:00Z", "2026-11-27T00:00:00Z"),
            ("cron(0 0 13 * FRI)", "UTC", "2026-12-13T00:30:00Z", "2026-12-13T00:00:00Z"),
            ("cron(0 0 13 * FRI)", "UTC", "2026-12-12T00:30:00Z", nil),
            ("cron(0 9 * * *)", "America/New_York", "2026-11-28T14:30:00Z", "2026-11-28T14:00:00Z"),
            ("cron(0 9 * * *)", "America/New_York", "2026-07-28T13:30:00Z", "2026-07-28T13:00:00Z"),
            ("cron(0 0 * * SUN)", "Asia/Tokyo", "2026-11-28T15:30:00Z", "2026-11-28T15:00:00Z"),
            // 02:30 does not exist on 29 March, and occurs twice on 25 October.
            ("cron(30 2 * * *)", "Europe/Berlin", "2026-03-29T01:45:00Z", "2026-03-29T01:30:00Z"),
            ("cron(30 2 * * *)", "Europe/Berlin", "2026-10-25T00:45:00Z", "2026-10-25T00:30:00Z"),
            ("cron(30 2 * * *)", "Europe/Berlin", "2026-10-25T01:45:00Z", nil),
            ("at(2026-12-24T02:00)", "UTC", "2026-12-24T02:59:59Z", "2026-12-24T02:00:00Z"),
            ("at(2026-12-24T02:00)", "UTC", "2026-12-24T03:00:00Z", nil),
            ("at(2026-12-24T02:00)", "Europe/Berlin", "2026-12-24T01:30:00Z", "2026-12-24T01:00:00Z"),
        ] as [(String, String, String, String?)])
    func window(_ schedule: String, _ zone: String, _ time: String, _ start: String?) throws {
        let schedule = try MuteSchedule(Self.rule(schedule, zone: zone))
        let window = schedule.window(at: try #require(Timestamp(iso8601: time)))
        #expect(window?.start.iso8601 == start)
        if let window { #expect(window.end - window.start == .seconds(3_600)) }
    }

    @Test func longWindow() throws {
        let schedule = try MuteSchedule(Self.rule("cron(0 0 1 * *)", .seconds(15 * 86_400)))
        #expect(schedule.window(at: try #require(Timestamp(iso8601: "2026-12-15T23:59:59Z"))) != nil)
        #expect(schedule.window(at: try #require(Timestamp(iso8601: "2026-12-16T00:00:00Z"))) == nil)
    }

    @Test(arguments: [
        ("cron(0 2 * *)", "has 4 fields, expected five"), ("cron(0 2 * * ? *)", "has 6 fields"),
        ("cron(60 2 * * *)", "60 is no minute"), ("cron(0 24 * * *)", "24 is no hour"),
        ("cron(0 2 0 * *)", "0 is no day of the month"), ("cron(0 2 * 13 *)", "13 is no month"),
        ("cron(0 2 * * 8)", "8 is no day of the week"), ("cron(5-1 2 * * *)", "5-1 is no minute"),
        ("cron(*/0 2 * * *)", "*/0 is no minute"), ("cron(1,,2 2 * * *)", "1,,2 is no minute"),
        ("cron(?/2 2 * * *)", "?/2 is no minute"), ("cron(+5 2 * * *)", "+5 is no minute"),
        ("rate(5 minutes)", "is neither cron("), ("at(2026-12-24)", "is no local time"),
        ("at(2026-13-24T02:00)", "is no local time"),
    ])
    func faults(_ schedule: String, _ message: String) {
        let error = #expect(throws: AlarmEvaluationError.self) { try MuteSchedule(Self.rule(schedule)) }
        #expect(error?.message.contains(message) == true)
        #expect(error?.message.hasPrefix("mute rule \"night\": ") == true)
    }

    @Test(arguments: [(59, false), (60, true), (15 * 86_400, true), (15 * 86_400 + 1, false)])
    func duration(_ seconds: Int, _ isAllowed: Bool) {
        let schedule = try? MuteSchedule(Self.rule("cron(0 2 * * *)", .seconds(seconds)))
        #expect((schedule != nil) == isAllowed)
    }

    @Test func unknownZone() {
        #expect(throws: AlarmEvaluationError.self) { try MuteSchedule(Self.rule("cron(0 2 * * *)", zone: "Berlin")) }
    }
}
