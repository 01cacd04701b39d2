import Basics
import CloudWatchAlarms
import Testing

@testable import AlarmEvaluation

struct SlotTests {
    /// The newest two periods at a time, as `start–end`.
    @Test(arguments: [
        // Sliding windows end at the last full minute, whatever the period.
        (60, nil as EvaluationWindow?, "17:05:59", ["17:03:00–17:04:00", "17:04:00–17:05:00"]),
        (60, .sliding, "17:05:00", ["17:03:00–17:04:00", "17:04:00–17:05:00"]),
        (300, nil, "17:07:30", ["16:57:00–17:02:00", "17:02:00–17:07:00"]),
        (10, nil, "17:05:19", ["17:04:50–17:05:00", "17:05:00–17:05:10"]),
        (30, nil, "17:05:29", ["17:04:00–17:04:30", "17:04:30–17:05:00"]),
        (300, .wallClock(timeZone: "UTC"), "17:07:30", ["16:55:00–17:00:00", "17:00:00–17:05:00"]),
        (3_600, .wallClock(timeZone: "+05:30"), "17:29:59", ["14:30:00–15:30:00", "15:30:00–16:30:00"]),
        (3_600, .wallClock(timeZone: "+05:30"), "17:30:00", ["15:30:00–16:30:00", "16:30:00–17:30:00"]),
        (3_600, .wallClock(timeZone: "Asia/Kolkata"), "17:30:00", ["15:30:00–16:30:00", "16:30:00–17:30:00"]),
        (3_600, .wallClock(timeZone: "-03:30"), "17:30:00", ["15:30:00–16:30:00", "16:30:00–17:30:00"]),
    ])
    func newest(_ period: Int, _ window: EvaluationWindow?, _ time: String, _ expected: [String]) throws {
        let condition = MetricCondition(
            data: .metric(.test(period: period)), threshold: .value(.greater, 0), window: window)
        let now = try #require(Timestamp(iso8601: "2026-11-28T\(time)Z"))
        let slots = condition.slots(endingAt: now, count: 2)
        #expect(slots.map { "\($0.start.clock)–\($0.end.clock)" } == expected)
    }

    /// The clocks go back on 25 October 2026 in Berlin: that day has 25 hours.
    @Test func daysOfAWallClock() throws {
        let condition = MetricCondition(
            data: .metric(.test(period: 86_400)), threshold: .value(.greater, 0),
            window: .wallClock(timeZone: "Europe/Berlin"))
        let now = try #require(Timestamp(iso8601: "2026-10-26T10:00:00Z"))
        let slots = condition.slots(endingAt: now, count: 2)
        #expect(slots[0].start.iso8601 == "2026-10-23T22:00:00Z")
        #expect(slots[1].start.iso8601 == "2026-10-24T22:00:00Z")
        #expect(slots[1].end.iso8601 == "2026-10-25T23:00:00Z")
    }

    @Test(arguments: [(10, 10), (30, 30), (60, 60), (300, 60), (86_400, 60)])
    func interval(_ period: Int, _ seconds: Int) {
        let condition = MetricCondition(data: .metric(.test(period: period)), threshold: .value(.greater, 0))
        #expect(condition.evaluationInterval == .seconds(seconds))
    }
}

extension Timestamp {
    fileprivate var clock: String { String(iso8601.dropFirst(11).prefix(8)) }
}
