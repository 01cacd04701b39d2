import Basics
import JSON
import Testing

@testable import Notifier

/// The state machine of a group by itself: when it is looked at, what it says, and what is left.
@Suite struct AlertGroupTests {
    private static let times = GroupTimes(wait: .seconds(30), interval: .seconds(60), repeats: .seconds(150))

    private static func time(_ seconds: Int) -> Timestamp { Sample.time + .seconds(seconds) }

    private static func group(_ times: GroupTimes = times) -> AlertGroup {
        AlertGroup(GroupID(output: "a", labels: [], isHold: times.isHold), times, at: time(0))
    }

    private static func alarm(
        _ name: String, _ seconds: Int, _ severity: Severity = .critical, isEvent: Bool = false
    ) -> Notification {
        Notification(
            title: name, severity: severity, state: StateChange(to: severity == .ok ? "OK" : "ALARM"),
            time: time(seconds), source: .text, dedupeKey: "\(name) \(seconds) \(severity)",
            incidentKey: isEvent ? nil : name)
    }

    /// Flushes at the time that the group names.
    /// - Returns: the seconds, and what was told.
    private func next(
        _ group: inout AlertGroup, muted: [String] = [], failed: Set<String> = []
    ) throws -> Look {
        let now = try #require(group.nextFlush)
        let end = Self.time(10_000)
        let flush = group.flush(at: now) { muted.contains($0.notification.title) ? .window("w", until: end) : nil }
        let isNoted = group.finish(flush, failed: failed, at: now)
        #expect(isNoted)
        let told = flush.members.map { "\($0.notification.title) \($0.notification.severity)" }
        return Look(Int((now - Sample.time) / .seconds(1)), told)
    }

    /// A flush: when it was, and what it told.
    private struct Look: Equatable {
        let seconds: Int
        let told: [String]

        init(_ seconds: Int, _ told: [String]) { (self.seconds, self.told) = (seconds, told) }
    }

    @Test("wait, interval and repeat count from the first alarm, the first flush and the last message")
    func schedule() throws {
        var group = Self.group()
        _ = group.insert(Self.alarm("a", 0), at: Self.time(0))
        _ = group.insert(Self.alarm("b", 10), at: Self.time(10))
        #expect(try next(&group) == Look(30, ["a critical", "b critical"]))
        // Nothing is new: the next look is at the reminder, which comes at an interval.
        #expect(group.nextFlush == Self.time(210))
        _ = group.insert(Self.alarm("c", 100), at: Self.time(100))
        #expect(try next(&group) == Look(150, ["a critical", "b critical", "c critical"]))
        #expect(try next(&group) == Look(330, ["a critical", "b critical", "c critical"]))
        #expect(try next(&group).seconds == 510)
    }

    @Test("a look at exactly an interval's end takes what comes then; a moment later waits for the next one")
    func boundaries() {
        for (arrival, due) in [(89, 90), (90, 90), (91, 150), (150, 150), (3_000, 3_030), (3_030, 3_030)] {
            var group = Self.group(GroupTimes(wait: .seconds(30), interval: .seconds(60)))
            _ = group.insert(Self.alarm("a", 0), at: Self.time(0))
            let flush = group.flush(at: Self.time(30)) { _ in nil }
            _ = group.finish(flush, at: Self.time(31))
            #expect(group.nextFlush == nil, "without reminders nothing is due")
            _ = group.insert(Self.alarm("b", arrival), at: Self.time(arrival))
            #expect(group.nextFlush == Self.time(due), "\(arrival)")
        }
    }

    @Test("an alarm that was long on its way waits no more")
    func old() {
        for (age, due) in [(29, 30), (30, 30), (31, 0)] {
            var group = Self.group()
            _ = group.insert(Self.alarm("a", -age), at: Self.time(0))
            #expect(group.nextFlush == Self.time(due), "\(age)")
        }
    }

    @Test("what comes twice or was overtaken is no news")
    func order() {
        var group = Self.group()
        _ = group.insert(Self.alarm("a", 0), at: Self.time(1))
        #expect(
            !{
                var copy = group; return copy.insert(Self.alarm("a", 0), at: Self.time(2))
            }())
        _ = group.insert(Self.alarm("a", 10, .ok), at: Self.time(11))
        #expect(
            !{
                var copy = group; return copy.insert(Self.alarm("a", 5), at: Self.time(12))
            }())
        #expect(group.members.map(\.isResolved) == [true])
    }

    @Test("another severity or state is news, another reason is not")
    func changes() throws {
        var group = Self.group()
        _ = group.insert(Self.alarm("a", 0, .warning), at: Self.time(0))
        _ = try next(&group)
        _ = group.insert(Self.alarm("a", 40, .warning), at: Self.time(40))
        #expect(try next(&group).told == [])
        _ = group.insert(Self.alarm("a", 100), at: Self.time(100))
        #expect(try next(&group) == Look(150, ["a critical"]))
    }

    @Test("events are told once and forgotten, muted ones as well")
    func events() throws {
        var group = Self.group()
        _ = group.insert(Self.alarm("deployed", 0, .info, isEvent: true), at: Self.time(0))
        _ = group.insert(Self.alarm("muted", 0, .info, isEvent: true), at: Self.time(0))
        #expect(try next(&group, muted: ["muted"]) == Look(30, ["deployed info"]))
        #expect(group.isOver)
    }

    @Test("the end of what was told is kept while it is muted, of what was not it is forgotten")
    func mutedEnds() throws {
        var group = Self.group()
        _ = group.insert(Self.alarm("a", 0), at: Self.time(0))
        _ = try next(&group)
        _ = group.insert(Self.alarm("a", 40, .ok), at: Self.time(40))
        _ = group.insert(Self.alarm("b", 40), at: Self.time(40))
        _ = group.insert(Self.alarm("b", 50, .ok), at: Self.time(50))
        #expect(try next(&group, muted: ["a", "b"]) == Look(90, []))
        #expect(group.members.map(\.key) == ["alarm|a"])
        #expect(try next(&group, muted: ["a"]) == Look(150, []))
        #expect(try next(&group) == Look(210, ["a ok"]))
        #expect(group.isOver)
    }

    @Test("what failed is tried again after a minute at the latest, and what arrived counts as told")
    func failures() throws {
        var group = Self.group(GroupTimes(wait: .zero, interval: .seconds(600)))
        _ = group.insert(Self.alarm("a", 0), at: Self.time(0))
        _ = group.insert(Self.alarm("b", 0), at: Self.time(0))
        #expect(try next(&group, failed: ["alarm|b"]) == Look(0, ["a critical", "b critical"]))
        #expect(group.members.map(\.wasTold) == [true, false])
        #expect(group.sequence == 0, "the ledger knows by it what has arrived")
        #expect(try next(&group) == Look(60, ["a critical", "b critical"]))
        #expect(group.sequence == 1)
        #expect(group.nextFlush == nil)
    }

    @Test("of two who flush at the same time the second notes nothing, and what came meanwhile stays")
    func race() throws {
        var group = Self.group()
        _ = group.insert(Self.alarm("a", 0), at: Self.time(0))
        let flush = group.flush(at: Self.time(30)) { _ in nil }
        _ = group.insert(Self.alarm("a", 31, .ok), at: Self.time(31))
        let first = group.finish(flush, at: Self.time(32))
        let second = group.finish(flush, at: Self.time(33))
        #expect(first)
        #expect(!second)
        #expect(try next(&group) == Look(90, ["a ok"]))
    }

    @Test("what is only held is sent as soon as it may be, and forgotten")
    func hold() throws {
        var group = Self.group(.hold)
        _ = group.insert(Self.alarm("a", 0), at: Self.time(0))
        let flush = group.flush(at: Self.time(0)) { _ in .window("w", until: Self.time(100)) }
        _ = group.finish(flush, at: Self.time(0))
        #expect(group.nextFlush == Self.time(100), "the end of the mute, when it is sooner than five minutes")
        #expect(try next(&group, muted: ["a"]).seconds == 100)
        #expect(group.nextFlush == Self.time(400))
        #expect(try next(&group) == Look(400, ["a critical"]))
        #expect(group.isOver)
    }
}
