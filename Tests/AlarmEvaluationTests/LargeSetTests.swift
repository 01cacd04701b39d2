import Basics
import CloudWatchAlarms
import Testing

@testable import AlarmEvaluation

/// As many alarms as an account may have, with composites over them.
struct LargeSetTests {
    @Test(.timeLimit(.minutes(1))) func fiveThousandAlarms() throws {
        let metrics = (0..<4_900).map { Alarm.test("m\($0)") }
        let composites = (0..<100).map { index in
            Alarm.composite(
                "c\(index)",
                .atLeast(.percent(50), .alarm, isNegated: false, alarms: (0..<49).map { "m\(index * 49 + $0)" }))
        }
        var run = try Run(composites + metrics)
        try run.add("m", "0 90 0")
        #expect(run.minutes(1...1).count == 5_000)
        #expect(run.minutes(2...2).count { $0.contains("OK>ALARM") } == 5_000)
        #expect(run.minutes(3...3).count { $0.contains("ALARM>OK") } == 5_000)
    }
}
