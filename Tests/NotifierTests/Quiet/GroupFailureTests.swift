import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing

@testable import Notifier

/// What groups do when store, queue or chat fail, are slow, or hold more than they can.
@Suite(.timeLimit(.minutes(2))) struct GroupFailureTests {
    private static let eu = ["region": "eu"]
    private static let grouped = "routes: [{to: ops, group-by: tags.region, group-wait: 30s, group-interval: 60s}]"

    private func run(
        _ rules: String = grouped, chat: ChatServer? = nil, clock: TestClock = TestClock(.now()),
        brokenQueue: @escaping @Sendable () -> Bool = { false }, _ body: (QuietSimulation) async throws -> Void
    ) async throws {
        try await Workspace.withTemporaryFolder { folder in
            try await body(
                QuietSimulation(
                    QuietSimulation.rules(rules), folder: folder.appending(path: "state"), chat: chat, clock: clock,
                    brokenQueue: brokenQueue))
        }
    }

    private func fire(_ simulation: QuietSimulation, _ names: [String], _ labels: [String: String] = eu) async throws
        -> String
    {
        let start = simulation.clock.now
        return try await simulation.handle(
            QuietSimulation.event(names.map { QuietSimulation.alert($0, labels, startedAt: start) }))
    }

    private func resolve(_ simulation: QuietSimulation, _ name: String, startedAt start: Timestamp) async throws
        -> String
    {
        let alert = QuietSimulation.alert(name, Self.eu, startedAt: start, endedAt: simulation.clock.now)
        return try await simulation.handle(QuietSimulation.event([alert]))
    }

    private func silence(
        _ simulation: QuietSimulation, _ matcher: String = "alarm=A", for length: Duration = .seconds(1_800)
    ) async throws {
        try await simulation.silences.add(
            Silence(
                id: "s1", matchers: [Matcher(matcher)], author: "ada", reason: "", start: simulation.clock.now,
                end: simulation.clock.now + length))
        simulation.clock.advance(QuietState.maximumAge)
    }

    /// The only group's file.
    private func groupFile(_ simulation: QuietSimulation) throws -> URL {
        let files = try FileManager.default.contentsOfDirectory(at: simulation.folder, includingPropertiesForKeys: nil)
        return try #require(files.first { $0.lastPathComponent.hasPrefix("quiet%2Fgroup%2F") })
    }

    // MARK: Writing

    /// Groups over a store whose writes do what a test says.
    private func groups(
        _ clock: TestClock, _ wakes: Locked<[Timestamp]>,
        beforeWrite: @escaping @Sendable (Int) throws -> Void
    ) -> AlertGroups {
        let memory = StateStore.memory()
        let count = Locked(0)
        let store = StateStore(
            read: { try await memory.document($0, until: $1) },
            readPrefix: { try await memory.documents(prefix: $0, until: $1) },
            write: { text, key, condition, expires, deadline in
                try beforeWrite(
                    count.withLock {
                        $0 += 1
                        return $0
                    })
                return try await memory.write(text, to: key, if: condition, expires: expires, until: deadline)
            }, remove: { try await memory.remove($0, if: $1, until: $2) })
        let queue = WakeQueue(time: clock.source) { _, delay, _ in wakes.withLock { $0.append(clock.now + delay) } }
        return AlertGroups(store: { store }, wakes: queue, time: clock.source)
    }

    @Test("a flush that cannot be written wakes once more and does not fail, so that wake-ups do not multiply")
    func flushNotWritten() async throws {
        let clock = TestClock(Sample.time)
        let wakes = Locked<[Timestamp]>([])
        let groups = groups(clock, wakes) { number in
            if number > 1 { throw StateStoreError(.denied, "no") }
        }
        let id = GroupID(output: "o", labels: [])
        let times = GroupTimes(wait: .seconds(30), interval: .seconds(60), repeats: .seconds(600))
        let arrival = AlertGroup.Arrival(notification: Sample.lasting("a", at: clock.now))
        let end = clock.now + .seconds(900)
        #expect(
            try await groups.insert(arrival, into: id, times, until: end) == .waits(until: clock.now + .seconds(30)))
        for number in 1...3 {
            clock.advance(.seconds(60))
            let outcome = try await groups.flush(
                id.key, wake: nil, until: end, prepare: { _ in }, muted: { _, _ in nil }, deliver: { _, _ in [] })
            #expect(outcome?.flush.members.count == 1)
            #expect(wakes.withLock { $0.count } == 1 + number, "one for the alarm, one for each flush")
        }
    }

    @Test("when a write takes longer than the wait, who has written it flushes")
    func slowWrite() async throws {
        let clock = TestClock(Sample.time)
        let wakes = Locked<[Timestamp]>([])
        let start = clock.now
        let slow = groups(clock, wakes) { _ in clock.advance(.seconds(2)) }
        let arrival = AlertGroup.Arrival(notification: Sample.lasting("a", at: start))
        let insertion = try await slow.insert(
            arrival, into: GroupID(output: "o", labels: []), GroupTimes(wait: .seconds(1), interval: .seconds(60)),
            until: start + .seconds(60))
        #expect(insertion == .isDue)
        #expect(wakes.withLock { $0 } == [start + .seconds(5)], "no sooner than a write can take")
    }

    @Test("a group takes alarms up to 250 KB, each of them with 16 KB at most, and every end")
    func full() async throws {
        let clock = TestClock(Sample.time)
        let wakes = Locked<[Timestamp]>([])
        let groups = groups(clock, wakes) { _ in }
        let id = GroupID(output: "o", labels: [])
        let times = GroupTimes(wait: .seconds(30), interval: .seconds(60))
        let end = clock.now + .seconds(60)
        var taken = 0
        let error = await #expect(throws: QuietError.self) {
            for number in 0..<200 {
                var alarm = Sample.lasting("a\(number)", at: clock.now, text: String(repeating: "x", count: 20_000))
                alarm.message = ["text": .string(String(repeating: "y", count: 7_000))]
                alarm.slackPayload = ["text": .string(String(repeating: "z", count: 20_000))]
                _ = try await groups.insert(.init(notification: alarm), into: id, times, until: end)
                taken += 1
            }
        }
        #expect(error?.code == .full)
        #expect(taken >= 15, "\(taken)")
        var over = Sample.lasting("a0", at: clock.now)
        (over.severity, over.dedupeKey) = (.ok, "over")
        let insertion = try await groups.insert(.init(notification: over), into: id, times, until: end)
        #expect(insertion == .waits(until: clock.now + .seconds(30)))
    }

    @Test("an alarm that does not fit is sent at once, and other groups go on")
    func fullGroup() async throws {
        try await run { simulation in
            let names = (0..<30).map { "A\($0)" }
            let long = String(repeating: "x", count: 7_000)
            let start = simulation.clock.now
            let alerts = names.map { QuietSimulation.alert($0, ["region": "eu", "long": long], startedAt: start) }
            let answer = try await simulation.handle(QuietSimulation.event(alerts))
            #expect(!answer.contains(#""sent":0"#), "\(answer)")
            #expect(try await fire(simulation, ["B"], ["region": "us"]).contains(#""grouped":1"#))
        }
    }

    // MARK: Mutes

    @Test("a silenced alarm is not sent because its group cannot be written; it comes again")
    func silencedWithoutQueue() async throws {
        try await run(brokenQueue: { true }) { simulation in
            try await silence(simulation)
            let error = await #expect(throws: NotifierError.self) { try await fire(simulation, ["A"]) }
            #expect(error?.message.contains("silenced by ada") == true, "\(error as Any)")
            #expect(simulation.chat.accepted.isEmpty)
        }
    }

    @Test("the end of an alarm that a silence keeps comes again while that cannot be read")
    func heldAlarmIsOver() async throws {
        try await run("default: ops") { simulation in
            try await silence(simulation)
            let start = simulation.clock.now
            _ = try await fire(simulation, ["A"])
            let file = try groupFile(simulation)
            try FileManager.default.moveItem(at: file, to: simulation.folder.appending(path: "away"))
            try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
            simulation.clock.advance(.seconds(1_800))
            let alert = QuietSimulation.alert("A", Self.eu, startedAt: start, endedAt: simulation.clock.now)
            let error = await #expect(throws: NotifierError.self) {
                try await simulation.handle(QuietSimulation.event([alert]))
            }
            #expect(error?.message.contains("what a silence keeps of its alarm could not be ended") == true)
            try FileManager.default.removeItem(at: file)
            try FileManager.default.moveItem(at: simulation.folder.appending(path: "away"), to: file)
            simulation.clock.advance(.seconds(10))
            _ = try await simulation.handle(QuietSimulation.event([alert]))
            try await simulation.run(for: .seconds(7_200))
            #expect(simulation.messages(naming: ["A"]) == ["A resolved"])
        }
    }

    @Test(
        "the windows of a route hold for what it changes itself, with a group and without",
        arguments: ["", ", group-by: tags.region, group-wait: 1s, group-interval: 60s"])
    func windowOfAChangingRoute(group: String) async throws {
        let evening = try #require(Timestamp(iso8601: "2026-11-29T23:30:00Z"))
        let rules = """
            routes:
              - {match: {severity: critical}, set: {severity: warning}, to: ops, mute: {start: "23:00", duration: 1h}\(group)}
            """
        try await run(rules, clock: TestClock(evening)) { simulation in
            _ = try await fire(simulation, ["A"])
            try await simulation.run(untilMessages: 1)
            #expect(simulation.messages(naming: ["A"]) == ["A firing"])
            #expect(simulation.clock.now >= evening + .seconds(1_800))
        }
    }

    @Test("a silence by a member of a message too large to be stored holds until it ends")
    func silenceOfALargeMessage() async throws {
        try await run("default: ops") { simulation in
            try await silence(simulation, "fields.labels.team=shop")
            let end = simulation.clock.now + .seconds(1_790)
            _ = try await fire(simulation, ["A"], ["team": "shop", "long": String(repeating: "x", count: 9_000)])
            try await simulation.run(untilMessages: 1)
            #expect(simulation.messages(naming: ["A"]) == ["A firing"])
            #expect(simulation.clock.now >= end)
        }
    }

    // MARK: Rules, chats and wake-ups

    @Test("an end that waits in a group of other rules is told")
    func otherRules() async throws {
        try await run { simulation in
            let start = simulation.clock.now
            _ = try await fire(simulation, ["A", "B"])
            try await simulation.run(untilMessages: 1)
            _ = try await resolve(simulation, "A", startedAt: start)
            let rules = "routes: [{to: ops, group-by: alarm, group-wait: 30s, group-interval: 60s}]"
            let next = try await QuietSimulation(
                QuietSimulation.rules(rules), folder: simulation.folder, clock: simulation.clock)
            simulation.clock.advance(.seconds(60))
            _ = try await next.handle(Wake.allGroups.json)
            #expect(next.messages(naming: ["A", "B"]) == ["A resolved"])
            #expect(next.log.text.contains("nothing reminds of its alarms"))
            _ = try await resolve(next, "B", startedAt: start)
            try await next.run(for: .seconds(600))
            #expect(next.messages(naming: ["A", "B"]) == ["A resolved", "B resolved"])
        }
    }

    @Test("what a chat refuses three times is given up, and the group goes on")
    func refused() async throws {
        let chat = try ChatServer { request, _ in request.text.contains("A") ? .declines("no_text") : .accepts }
        try await run(Self.grouped, chat: chat) { simulation in
            _ = try await fire(simulation, ["A1"])
            try await simulation.run(for: .seconds(3_600))
            let refused = chat.requests.count
            #expect(refused == AlertGroup.maximumRefusals)
            #expect(simulation.log.metadata(of: "an alarm of a group is given up, its chat refuses it").count == 1)
        }
    }

    @Test("a chat that is down is asked less and less often, up to the interval")
    func backOff() throws {
        var group = AlertGroup(
            GroupID(output: "o", labels: []), GroupTimes(wait: .zero, interval: .seconds(300)), at: Sample.time)
        _ = group.insert(Sample.lasting("a", at: Sample.time), at: Sample.time)
        let pauses = try (0..<5).map { _ in
            let now = try #require(group.nextFlush)
            let flush = group.flush(at: now) { _ in nil }
            let isNoted = group.finish(flush, failed: ["alarm|a"], at: now)
            #expect(isNoted)
            return try #require(group.nextFlush) - now
        }
        #expect(pauses == [60, 120, 240, 300, 300].map { .seconds($0) })
        #expect(AlertGroup(group.json) == group)
    }

    @Test("a group that cannot be woken does not keep the others from it")
    func allGroups() async throws {
        let refusals = Locked(0)
        let refuses: @Sendable () -> Bool = {
            refusals.withLock { left in
                defer { left = max(left - 1, 0) }
                return left > 0
            }
        }
        try await run(brokenQueue: refuses) { simulation in
            _ = try await fire(simulation, ["A"], ["region": "eu"])
            _ = try await fire(simulation, ["B"], ["region": "us"])
            simulation.loseWakes()
            simulation.clock.advance(.seconds(3_600))
            refusals.withLock { $0 = 1 }
            await #expect(throws: NotifierError.self) { try await simulation.handle(Wake.allGroups.json) }
            #expect(simulation.chat.accepted.count == 1, "the second one")
        }
    }

    @Test("an end that was sent because its group could not be written is not told again by it")
    func sentAtOnce() async throws {
        let isBroken = Locked(false)
        try await run(brokenQueue: { isBroken.withLock { $0 } }) { simulation in
            let start = simulation.clock.now
            _ = try await fire(simulation, ["A"])
            try await simulation.run(untilMessages: 1)
            isBroken.withLock { $0 = true }
            let alert = QuietSimulation.alert("A", Self.eu, startedAt: start, endedAt: simulation.clock.now)
            await #expect(throws: NotifierError.self) { try await simulation.handle(QuietSimulation.event([alert])) }
            isBroken.withLock { $0 = false }
            simulation.clock.advance(.seconds(20))
            _ = try await simulation.handle(QuietSimulation.event([alert]))
            try await simulation.run(for: .seconds(3_600))
            #expect(simulation.messages(naming: ["A"]) == ["A firing", "A resolved"])
            #expect(try await simulation.store.documents(prefix: GroupID.prefix, until: .now() + .seconds(5)).isEmpty)
        }
    }

    @Test("of two groups of the same alarms the flush of the earlier one marks nothing in the later one")
    func laterGroup() {
        let (id, times) = (GroupID(output: "o", labels: []), GroupTimes(wait: .zero, interval: .seconds(60)))
        var earlier = AlertGroup(id, times, at: Sample.time)
        _ = earlier.insert(Sample.lasting("a", at: Sample.time), at: Sample.time)
        let flush = earlier.flush(at: Sample.time) { _ in nil }
        var later = AlertGroup(id, times, at: Sample.time + .seconds(1))
        _ = later.insert(Sample.lasting("a", at: Sample.time), at: Sample.time + .seconds(1))
        let isNoted = later.finish(flush, at: Sample.time + .seconds(2))
        #expect(!isNoted)
    }

    // MARK: What is told and kept

    @Test("a message calls people once, for what is new, and tells the others by their titles")
    func mentions() async throws {
        let rules =
            "routes: [{to: ops, group-by: tags.region, group-wait: 30s, group-interval: 60s, mention: \"@channel\"}]"
        try await run(rules) { simulation in
            let start = simulation.clock.now
            func calls() -> [Int] {
                simulation.chat.accepted.map { $0.text.components(separatedBy: "<!channel>").count - 1 }
            }
            let labels = ["region": "eu", "disk": "sda1"]
            _ = try await fire(simulation, ["A"], labels)
            try await simulation.run(untilMessages: 1)
            _ = try await fire(simulation, ["B"], labels)
            try await simulation.run(untilMessages: 2)
            _ = try await resolve(simulation, "A", startedAt: start)
            try await simulation.run(untilMessages: 3)
            #expect(
                simulation.messages(naming: ["A", "B"]) == ["A firing", "A firing, B firing", "A resolved, B firing"])
            #expect(calls().map { min($0, 1) } == [1, 1, 0])
            let disks = simulation.chat.accepted.map { $0.text.components(separatedBy: "sda1").count > 1 }
            #expect(disks == [true, true, false], "the end of A has no disk, and B is not new")
        }
    }

    @Test("forty alarms of CloudWatch are a few messages, and people are called once")
    func many() async throws {
        let rules =
            "routes: [{to: ops, group-by: [], group-wait: 30s, group-interval: 60s, mention: \"@channel\"}]"
        let time = try #require(Timestamp(iso8601: "2026-11-20T10:00:10Z"))
        try await run(rules, clock: TestClock(time)) { simulation in
            let sample = String(decoding: Samples.named("alarm-sns-metric").event, as: UTF8.self)
            for number in 0..<40 {
                let event = sample.replacingOccurrences(of: "cpu-high", with: "cpu-high-\(number)")
                _ = try await simulation.handle(JSONValue(parsing: event))
            }
            try await simulation.run(for: .seconds(300))
            #expect(simulation.chat.accepted.count <= 5, "\(simulation.chat.accepted.count)")
            #expect(simulation.chat.accepted.count { $0.text.contains("<!channel>") } == 1)
        }
    }

    @Test("an output that takes one alarm at a time gets all of each, however many there are")
    func oneAtATime() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let rules: (ChatServer) -> String = {
                "outputs: {ops: {kind: webhook, url: \"\($0.url)/hook\"}}\n\(Self.grouped)\n"
            }
            let simulation = try await QuietSimulation(rules, folder: folder.appending(path: "state"))
            _ = try await fire(simulation, (0..<12).map { "A\($0)" }, ["region": "eu", "disk": "sda1"])
            try await simulation.run(untilMessages: 12)
            #expect(simulation.chat.accepted.count == 12)
            #expect(simulation.chat.accepted.allSatisfy { $0.text.contains("sda1") })
        }
    }

    @Test("what was on its way through a topic is still known when it has waited")
    func via() throws {
        var notification = Sample.alarm
        notification.via = ["arn:aws:sns:eu-central-1:111122223333:alarms"]
        #expect(Notification(stored: notification.stored)?.via == notification.via)
    }

    @Test("a secret is neither in a group's name nor in what is stored")
    func secrets() throws {
        let name = try NotificationValue("fields.password")
        let times = GroupTimes(wait: .zero, interval: .seconds(60))
        let grouping = Grouping(by: .values([name]), times: times)
        var alarm = Sample.lasting("a", at: Sample.time)
        alarm.message = ["password": "hunter2hunter2"]
        let id = grouping.group(of: alarm, to: "o")
        #expect(id.text.hasPrefix("fields.password=***-"), "\(id.text)")
        var group = AlertGroup(id, times, at: Sample.time)
        _ = group.insert(alarm, at: Sample.time)
        #expect(!group.json.description.contains("hunter2"))
        alarm.message = ["password": "another-secret"]
        #expect(grouping.group(of: alarm, to: "o") != id, "what differs still differs")
    }
}
