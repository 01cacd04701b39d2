import Basics
import Testing

@testable import AlarmProvisioner

/// Windows in which alarms are mute, in a file of rules.
@Suite struct RuleFileWindowTests {
    @Test(arguments: [
        ("start: \"23:05\", duration: 1h", "cron(5 23 * * *)", 3_600),
        ("start: \"00:00\", duration: 24h, every: [Sunday, Monday]", "cron(0 0 * * SUN,MON)", 86_400),
        ("cron: \"0 2 * * SUN\", duration: 15d", "cron(0 2 * * SUN)", 1_296_000),
        ("cron: \"cron(*/5  2-4 1,15 JAN-MAR ?)\", duration: 1m", "cron(*/5 2-4 1,15 JAN-MAR ?)", 60),
        ("at: 2026-12-24T02:00, duration: PT2H", "at(2026-12-24T02:00)", 7_200),
        ("at: \"at(2026-12-24T02:00)\", duration: 2h", "at(2026-12-24T02:00)", 7_200),
    ])
    func windows(_ text: String, _ schedule: String, _ seconds: Int) throws {
        let window = try #require(
            try Fixture.rules("windows: [{name: w, \(text), timezone: Europe/Berlin, rules: [r], for: {tags: {a: b}}}]")
                .windows
                .first)
        #expect(
            window
                == MuteWindow(
                    name: "w", origin: RuleOrigin(.rules, file: "rules.yaml", line: 1), schedule: schedule,
                    duration: .seconds(seconds), timeZone: "Europe/Berlin",
                    match: ResourceMatch(kinds: [], tags: ["a": ["b"]]), rules: ["r"]))
    }

    @Test func windowsThatAreNotEnabledAreLeftOut() throws {
        let text =
            "windows: [{name: w, start: \"23:05\", duration: 1h, enabled: false}, "
            + "{name: v, at: 2026-12-24T02:00, duration: 1h, enabled: false}]"
        #expect(try Fixture.rules(text).windows == [])
    }

    @Test(arguments: [
        ("duration: 1h", "start is not set, expected exactly one of cron, at and start"),
        (
            "start: \"23:05\", at: 2026-12-24T02:00, duration: 1h",
            "start is \"23:05\", expected exactly one of cron, at and start"
        ),
        ("start: \"24:00\", duration: 1h", "start: expected a time from 00:00 to 23:59, in quotes, such as \"23:00\""),
        (
            "start: \"23:00\", duration: 25h",
            "duration: expected a duration of more than 0 and at most 24h, such as 30m"
        ),
        ("start: \"23:00\", duration: 30s", "duration is \"30s\", expected a duration from 1m to 15d, such as 2h"),
        ("at: 2026-12-24, duration: 1h", "at is \"2026-12-24\", expected a local time such as 2026-12-24T02:00"),
        (
            "at: 2026-13-24T02:00, duration: 1h",
            "at is \"2026-13-24T02:00\", expected a local time such as 2026-12-24T02:00"
        ),
        ("at: 2026-12-24T02:00, duration: 16d", "duration is \"16d\", expected a duration from 1m to 15d, such as 2h"),
        (
            "at: 2026-12-24T02:00, duration: 1h, timezone: Berlin",
            "timezone is \"Berlin\", expected an IANA name, such as Europe/Berlin or America/Sao_Paulo"
        ),
        (
            "cron: \"0 2 * * SUN *\", duration: 1h",
            """
            cron: \"0 2 * * SUN *\": it has 6 fields, expected five, without the year that EventBridge has: minute, \
            hour, day of the month, month, day of the week
            """
        ),
        (
            "cron: \"60 2 * * *\", duration: 1h",
            "cron: \"60 2 * * *\": 60 is no minute: expected *, or numbers from 0 to 59, such as 1, 1-5, 1,3 or */2"
        ),
        (
            "cron: \"0 2 * * SUNDAY\", duration: 1h",
            """
            cron: \"0 2 * * SUNDAY\": SUNDAY is no day of the week: expected *, or numbers from 0 to 7, such as 1, \
            1-5, 1,3 or */2
            """
        ),
        (
            "cron: \"0 2 32 * *\", duration: 1h",
            """
            cron: \"0 2 32 * *\": 32 is no day of the month: expected *, or numbers from 1 to 31, such as 1, 1-5, \
            1,3 or */2
            """
        ),
        (
            "cron: \"0 5-2 * * *\", duration: 1h",
            "cron: \"0 5-2 * * *\": 5-2 is no hour: expected *, or numbers from 0 to 23, such as 1, 1-5, 1,3 or */2"
        ),
        (
            "cron: \"?/5 2 * * *\", duration: 1h",
            "cron: \"?/5 2 * * *\": ?/5 is no minute: expected *, or numbers from 0 to 59, such as 1, 1-5, 1,3 or */2"
        ),
        (
            "cron: \"*/0 2 * * *\", duration: 1h",
            "cron: \"*/0 2 * * *\": */0 is no minute: expected *, or numbers from 0 to 59, such as 1, 1-5, 1,3 or */2"
        ),
    ])
    func faultsOfWindows(_ window: String, _ expected: String) {
        #expect(Fixture.faults("windows: [{name: w, \(window)}]") == "rules.yaml, line 1: windows[0](w).\(expected)")
    }
}
