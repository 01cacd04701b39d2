import Basics
import Testing

@testable import Notifier

/// What acknowledging does to a group by itself.
@Suite struct AcknowledgedGroupTests {
    private static func alarm(_ severity: Severity, _ seconds: Int) -> Notification {
        Notification(
            title: "a", severity: severity, state: StateChange(to: "ALARM"), time: Sample.time + .seconds(seconds),
            source: .text, dedupeKey: "\(seconds)", incidentKey: "a")
    }

    private static func told() -> AlertGroup {
        let times = GroupTimes(wait: .zero, interval: .seconds(60), repeats: .seconds(150))
        var group = AlertGroup(GroupID(output: "o", labels: []), times, at: Sample.time)
        _ = group.insert(alarm(.warning, 0), at: Sample.time)
        let flush = group.flush(at: Sample.time) { _ in nil }
        _ = group.finish(flush, at: Sample.time)
        return group
    }

    @Test func nothingReminds() throws {
        var group = Self.told()
        let due = try #require(group.nextFlush)
        #expect(group.flush(at: due) { _ in nil }.isReminder)
        let answers = ["b", "a", "a"].map { group.acknowledge(incident: $0) }
        #expect(answers == [false, true, false])
        let stored = try #require(AlertGroup(group.json))
        #expect(stored == group)
        let flush = group.flush(at: due) { _ in nil }
        #expect(!flush.isReminder)
        #expect(flush.members == [])
        _ = group.finish(flush, at: due)
        #expect(group.nextFlush == nil, "there is nothing to wake for")
    }

    @Test func whatBecomesWorseIsToldAndRemindsAgain() throws {
        var group = Self.told()
        _ = group.acknowledge(incident: "a")
        _ = group.insert(Self.alarm(.critical, 200), at: Sample.time + .seconds(200))
        let due = try #require(group.nextFlush)
        let flush = group.flush(at: due) { _ in nil }
        #expect(flush.members.count == 1)
        _ = group.finish(flush, at: due)
        let next = try #require(group.nextFlush)
        #expect(group.flush(at: next) { _ in nil }.isReminder)
    }
}
