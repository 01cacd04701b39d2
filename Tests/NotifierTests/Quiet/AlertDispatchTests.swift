import Basics
import Configuration
import Foundation
import FunctionRuntime
import JSON
import StateStore
import TestSupport
import Testing

@testable import Notifier

/// Silenced, muted and grouped alarms through the whole notifier, also when state or queue fail.
@Suite(.timeLimit(.minutes(2))) struct AlertDispatchTests {
    private static let eu = ["region": "eu"]

    private func run(
        _ rules: String = "", chat: ChatServer? = nil, clock: TestClock = TestClock(.now()),
        brokenQueue: @escaping @Sendable () -> Bool = { false },
        _ body: (QuietSimulation, URL) async throws -> Void
    ) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let state = folder.appending(path: "state")
            try await body(
                QuietSimulation(
                    QuietSimulation.rules(rules), folder: state, chat: chat, clock: clock, brokenQueue: brokenQueue),
                state)
        }
    }

    private func fire(_ simulation: QuietSimulation, _ names: String...) async throws -> String {
        try await simulation.handle(
            QuietSimulation.event(
                names.map { QuietSimulation.alert($0, Self.eu, startedAt: simulation.clock.now) }))
    }

    private func resolve(
        _ simulation: QuietSimulation, _ name: String, startedAt start: Timestamp
    ) async throws -> String {
        try await simulation.handle(
            QuietSimulation.event(
                [QuietSimulation.alert(name, Self.eu, startedAt: start, endedAt: simulation.clock.now)]))
    }

    private func silence(
        _ simulation: QuietSimulation, _ matcher: String = "alarm=A", for length: Duration = .seconds(3_600)
    ) async throws {
        try await simulation.silences.add(
            Silence(
                id: "s1", matchers: [Matcher(matcher)], author: "ada", reason: "new disks",
                start: simulation.clock.now, end: simulation.clock.now + length))
        simulation.clock.advance(QuietState.maximumAge)
    }

    // MARK: Silences

    @Test("what is silenced is not sent; log and answer say by whom")
    func silenced() async throws {
        try await run { simulation, _ in
            try await silence(simulation)
            let answer = try await fire(simulation, "A", "B")
            #expect(
                answer == #"{"records":1,"notifications":2,"sent":1,"duplicates":0,"dropped":0,"failed":0,"muted":1,"#
                    + #""mutedBy":["silence s1"]}"#)
            #expect(simulation.messages(naming: ["A", "B"]) == ["B firing"])
            let lines = simulation.log.metadata(of: "notification muted")
            #expect(lines.count == 1)
            #expect(lines.first?.contains("silenced by ada until ") == true, "\(lines)")
            #expect(lines.first?.contains("new disks (silence s1)") == true, "\(lines)")
        }
    }

    @Test("an alarm that still fires when its silence ends is sent then, within a second")
    func lasting() async throws {
        try await run { simulation, _ in
            try await silence(simulation, for: .seconds(1_200))
            let end = simulation.clock.now + .seconds(1_190)
            _ = try await fire(simulation, "A")
            try await simulation.run(untilMessages: 1)
            #expect(simulation.messages(naming: ["A"]) == ["A firing"])
            #expect(simulation.clock.now >= end)
            #expect(simulation.clock.now < end + .seconds(2))
            try await simulation.run(for: .seconds(86_400))
            #expect(simulation.chat.accepted.count == 1)
            #expect(try await simulation.store.documents(prefix: GroupID.prefix, until: .now() + .seconds(5)).isEmpty)
        }
    }

    @Test("a silence that is ended early is noticed within five minutes")
    func endedEarly() async throws {
        try await run { simulation, _ in
            try await silence(simulation, for: .seconds(86_400))
            _ = try await fire(simulation, "A")
            try await simulation.run(for: .seconds(1_000))
            _ = try await simulation.silences.end("s1")
            let end = simulation.clock.now
            try await simulation.run(untilMessages: 1)
            #expect(simulation.messages(naming: ["A"]) == ["A firing"])
            #expect(simulation.clock.now - end <= .seconds(310))
        }
    }

    @Test("what came and went while it was silenced is never sent")
    func cameAndWent() async throws {
        try await run { simulation, _ in
            try await silence(simulation)
            let start = simulation.clock.now
            _ = try await fire(simulation, "A")
            simulation.clock.advance(.seconds(60))
            _ = try await resolve(simulation, "A", startedAt: start)
            try await simulation.run(for: .seconds(7_200))
            #expect(simulation.chat.accepted.isEmpty)
        }
    }

    @Test(
        "the end of an alarm that was told is sent when the silence is over, and not before",
        arguments: [
            "", "routes: [{to: ops, group-by: tags.region, group-wait: 1s, group-interval: 60s}]",
        ])
    func endAfterSilence(rules: String) async throws {
        try await run(rules) { simulation, _ in
            let start = simulation.clock.now
            _ = try await fire(simulation, "A")
            try await simulation.run(untilMessages: 1)
            try await silence(simulation, for: .seconds(1_800))
            let end = simulation.clock.now + .seconds(1_790)
            _ = try await resolve(simulation, "A", startedAt: start)
            try await simulation.run(untilMessages: 2)
            #expect(simulation.messages(naming: ["A"]) == ["A firing", "A resolved"])
            #expect(simulation.clock.now >= end)
        }
    }

    @Test("a silence by severity finds the end of what it has silenced")
    func severity() async throws {
        try await run { simulation, _ in
            try await silence(simulation, "severity=critical")
            let start = simulation.clock.now
            _ = try await fire(simulation, "A")
            simulation.clock.advance(.seconds(60))
            let answer = try await resolve(simulation, "A", startedAt: start)
            #expect(answer.contains(#""mutedBy":["silence s1"]"#), "\(answer)")
            try await simulation.run(for: .seconds(7_200))
            #expect(simulation.chat.accepted.isEmpty)
        }
    }

    @Test("silences that cannot be read silence nothing, and the log says so")
    func unreadableSilences() async throws {
        try await run { simulation, state in
            try await silence(simulation)
            try "nonsense".write(
                to: state.appending(path: "quiet%2Fsilences.json"), atomically: true, encoding: .utf8)
            #expect(try await fire(simulation, "A").contains(#""sent":1"#))
            #expect(simulation.log.metadata(of: "silences cannot be read, nothing is silenced").count == 1)
            #expect(!simulation.log.text.contains("hook"))
        }
    }

    // MARK: Windows and inhibition

    @Test("a window of the week holds alarms back, and drops what does not last")
    func windows() async throws {
        let midnight = try #require(Timestamp(iso8601: "2026-11-29T23:30:00Z"))
        let rules = """
            routes:
              - {match: {tags: {region: eu}}, to: ops, mute: {start: "23:00", duration: 8h, every: [Sunday]}}
            """
        try await run(rules, clock: TestClock(midnight)) { simulation, _ in
            let answer = try await fire(simulation, "A")
            #expect(answer.contains(#""mutedBy":["routes[0].mute"]"#), "\(answer)")
            let event = try await simulation.handle(SampleEvents.queue(["plain text"]))
            #expect(event == #"{"batchItemFailures":[]}"#)
            #expect(simulation.chat.accepted.count == 1, "another route")
            try await simulation.run(untilMessages: 2)
            #expect(simulation.messages(naming: ["A"]).last == "A firing")
            #expect(simulation.clock.now.iso8601(fractionDigits: 0) == "2026-11-30T07:00:00Z")
        }
    }

    @Test("an alarm inhibits others until it is over, and those that last are sent then")
    func inhibition() async throws {
        let rules = """
            inhibit: [{source-matchers: alarm=A, target-matchers: "alarm=~B|C", equal: tags.region}]
            """
        try await run(rules) { simulation, _ in
            let start = simulation.clock.now
            #expect(try await fire(simulation, "A", "B").contains(#""mutedBy":["inhibit[0]"]"#))
            simulation.clock.advance(.seconds(1))
            let other = QuietSimulation.alert("C", ["region": "us"], startedAt: simulation.clock.now)
            #expect(try await simulation.handle(QuietSimulation.event([other])).contains(#""sent":1"#))
            simulation.clock.advance(.seconds(59))
            #expect(try await resolve(simulation, "A", startedAt: start).contains(#""sent":1"#))
            try await simulation.run(untilMessages: 4)
            #expect(
                simulation.messages(naming: ["A", "B", "C"]) == ["A firing", "C firing", "A resolved", "B firing"])
        }
    }

    @Test("an alarm whose end was lost inhibits for a day at most")
    func lostEnd() async throws {
        let rules = "inhibit: [{source-matchers: alarm=A, target-matchers: alarm=B}]"
        try await run(rules) { simulation, _ in
            _ = try await fire(simulation, "A")
            simulation.clock.advance(FiringAlarm.longest)
            #expect(try await fire(simulation, "B").contains(#""sent":1"#))
        }
    }

    // MARK: Groups when something fails

    private static let grouped = "routes: [{to: ops, group-by: tags.region, group-wait: 30s, group-interval: 60s}]"

    @Test("an alarm whose group cannot wake itself is sent at once, and its end as well, which comes again")
    func brokenQueue() async throws {
        let isBroken = Locked(true)
        let refuses: @Sendable () -> Bool = { isBroken.withLock { $0 } }
        try await run(Self.grouped, brokenQueue: refuses) { simulation, _ in
            let start = simulation.clock.now
            let answer = try await fire(simulation, "A")
            #expect(answer.contains(#""sent":1"#))
            simulation.clock.advance(.seconds(60))
            let error = await #expect(throws: NotifierError.self) {
                try await resolve(simulation, "A", startedAt: start)
            }
            #expect(error?.message.contains("its group could not be told that the alarm is over") == true)
            #expect(simulation.messages(naming: ["A"]) == ["A firing", "A resolved"])
            #expect(simulation.log.metadata(of: "a group cannot be written, its alarm is sent at once").count == 2)
            #expect(try await simulation.store.documents(prefix: GroupID.prefix, until: .now() + .seconds(5)).isEmpty)
            isBroken.withLock { $0 = false }
            simulation.clock.advance(.seconds(60))
            #expect(try await fire(simulation, "B").contains(#""grouped":1"#))
        }
    }

    @Test("an alarm that comes twice is in its group once, also after the group was told and forgotten")
    func duplicates() async throws {
        try await run(Self.grouped) { simulation, _ in
            let start = simulation.clock.now
            let event = QuietSimulation.event([QuietSimulation.alert("A", Self.eu, startedAt: start)])
            #expect(try await simulation.handle(event).contains(#""grouped":1"#))
            #expect(try await simulation.handle(event).contains(#""duplicates":1"#))
            try await simulation.run(untilMessages: 1)
            _ = try await resolve(simulation, "A", startedAt: start)
            try await simulation.run(untilMessages: 2)
            #expect(try await simulation.handle(event).contains(#""duplicates":1"#))
            try await simulation.run(for: .seconds(86_400))
            #expect(simulation.messages(naming: ["A"]) == ["A firing", "A resolved"])
        }
    }

    @Test("a wake-up that comes twice, late or for another time sends nothing more")
    func strayWakes() async throws {
        try await run(Self.grouped) { simulation, _ in
            _ = try await fire(simulation, "A")
            let due = try #require(simulation.waiting.first)
            let key = try #require(
                try await simulation.store.documents(prefix: GroupID.prefix, until: .now() + .seconds(5)).keys.first)
            let wake = Wake.group(key, at: due).json.description
            let early = try await simulation.handle(["Records": [SampleEvents.queueRecord(id: "early", wake)]])
            #expect(early == #"{"batchItemFailures":[]}"#)
            #expect(simulation.waiting.count == 2, "on its way to its time it is sent again")
            try await simulation.run(untilMessages: 1)
            for number in 0..<3 {
                _ = try await simulation.handle(["Records": [SampleEvents.queueRecord(id: "again-\(number)", wake)]])
            }
            try await simulation.run(for: .seconds(3_600))
            #expect(simulation.chat.accepted.count == 1)
        }
    }

    @Test("a message that a chat refuses is tried again with its group, and only that")
    func refusedMessage() async throws {
        let isDown = Locked(true)
        let chat = try ChatServer { _, _ in isDown.withLock { $0 } ? .declines("no_text") : .accepts }
        try await run(Self.grouped, chat: chat) { simulation, _ in
            _ = try await fire(simulation, "A")
            let answer = try await simulation.wake()
            #expect(answer == #"{"batchItemFailures":[{"itemIdentifier":"wake-1"}]}"#)
            isDown.withLock { $0 = false }
            try await simulation.run(untilMessages: 1)
            try await simulation.run(for: .seconds(3_600))
            #expect(simulation.messages(naming: ["A"]) == ["A firing"])
        }
    }

    @Test("groups whose wake-ups were lost go on when all of them are woken")
    func allGroups() async throws {
        try await run(Self.grouped) { simulation, _ in
            _ = try await fire(simulation, "A")
            simulation.loseWakes()
            simulation.clock.advance(.seconds(3_600))
            _ = try await simulation.handle(Wake.allGroups.json)
            #expect(simulation.messages(naming: ["A"]) == ["A firing"])
        }
    }

    @Test("the next alarm of a group whose wake-up was lost wakes it")
    func lostWake() async throws {
        try await run(Self.grouped) { simulation, _ in
            _ = try await fire(simulation, "A")
            simulation.loseWakes()
            simulation.clock.advance(.seconds(3_600))
            _ = try await fire(simulation, "B")
            #expect(simulation.messages(naming: ["A", "B"]) == ["A firing, B firing"])
        }
    }

    @Test("without a state groups have no effect, and the log says so")
    func withoutState() async throws {
        let chat = try ChatServer()
        defer { chat.stop() }
        let log = LogLines()
        let clock = TestClock(.now())
        let environment = Environment([
            "NOTIFY_CONFIG_TEXT": QuietSimulation.rules(
                Self.grouped + "\ninhibit: [{source-matchers: alarm=A, "
                    + "target-matchers: alarm=B}]")(chat)
        ])
        let notifier = try await Notifier(
            Notifier.Configuration(environment: environment), environment: environment, http: Network.http.get(),
            time: clock.source, executor: Network.loop.get(), aws: noAWS)
        let context = InvocationContext.test(clock, log: log)
        let event = QuietSimulation.event([QuietSimulation.alert("A", Self.eu, startedAt: clock.now)])
        let answer = try await InvocationContext.$current.withValue(context) {
            try await notifier.handle(event.serialized(), context).text
        }
        #expect(answer.contains(#""sent":1"#))
        #expect(log.text.contains("groups have no effect: set NOTIFY_STATE and NOTIFY_WAKE_QUEUE"))
        #expect(log.text.contains("inhibit has no effect: set NOTIFY_STATE"))
    }
}
