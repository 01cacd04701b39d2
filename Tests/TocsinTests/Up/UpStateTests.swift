import Basics
import CloudWatchAlarms
import Experiments
import Foundation
import JSON
import LocalHistory
import TestSupport
import Testing
import UptimeChecker

@testable import tocsin

/// The pure states of `tocsin up`: what is checked when, which rules the notifier gets, what is silenced.
struct UpStateTests {
    private static func time(_ seconds: Int) -> Timestamp {
        Timestamp(microseconds: (1_795_885_200 + Int64(seconds)) * 1_000_000)
    }

    private static func entries(_ intervals: KeyValuePairs<String, String>) throws -> [CombinedEndpoints.Entry] {
        let endpoints = intervals.map { name, interval -> JSONValue in
            [
                "name": .string(name), "url": "tcp://127.0.0.1:1", "interval": .string(interval),
                "conditions": ["[CONNECTED] == true"],
            ]
        }
        let text = JSONValue.object(["endpoints": .array(endpoints)]).serialized()
        return try CombinedEndpoints([.init(name: "f", bytes: text)], environment: [:]).entries
    }

    @Test("each endpoint is checked at its own interval, and not again while it is being checked")
    func schedule() throws {
        var schedule = CheckSchedule()
        schedule.replace(try Self.entries(["a": "10s", "b": "30s"]), at: Self.time(0))
        #expect(schedule.batches(at: Self.time(0)) == [["a", "b"]])
        #expect(schedule.next == nil)
        #expect(schedule.batches(at: Self.time(15)) == [])
        schedule.finish(["a", "b"], down: [])
        #expect(schedule.next == Self.time(10))
        #expect(schedule.batches(at: Self.time(15)) == [["a"]])
        schedule.finish(["a"], down: nil)
        // Late once, it comes at the old distances again.
        #expect(schedule.next == Self.time(20))
        #expect(schedule.batches(at: Self.time(19)) == [])
        #expect(schedule.batches(at: Self.time(30)) == [["a", "b"]])
    }

    @Test("what was down is checked apart, so that its timeout does not hold back the others")
    func slowOnes() throws {
        var schedule = CheckSchedule()
        schedule.replace(try Self.entries(["a": "10s", "b": "10s", "c": "10s"]), at: Self.time(0))
        schedule.finish(schedule.batches(at: Self.time(0)).first ?? [], down: ["b"])
        #expect(schedule.batches(at: Self.time(10)) == [["a", "c"], ["b"]])
        schedule.finish(["a", "c"], down: [])
        #expect(schedule.batches(at: Self.time(20)) == [["a", "c"]])
        schedule.finish(["b"], down: [])
        schedule.finish(["a", "c"], down: [])
        #expect(schedule.batches(at: Self.time(30)) == [["a", "b", "c"]])
    }

    @Test("an endpoint that is edited or new is checked at once, the others when they were due")
    func editedEndpoints() throws {
        var schedule = CheckSchedule()
        schedule.replace(try Self.entries(["a": "10s", "b": "30s"]), at: Self.time(0))
        schedule.finish(schedule.batches(at: Self.time(0)).first ?? [], down: [])
        schedule.replace(try Self.entries(["a": "10s", "b": "20s", "c": "60s"]), at: Self.time(5))
        #expect(schedule.batches(at: Self.time(5)) == [["b", "c"]])
        schedule.replace([], at: Self.time(6))
        schedule.finish(["b", "c"], down: ["b"])
        #expect(schedule.batches(at: Self.time(60)) == [])
    }

    @Test("what goes to an output goes to the inbox, too, with the output's name; what is dropped does not")
    func inbox() throws {
        var rules = NotificationRules()
        let file: JSONObject = [
            "outputs": [
                "ops": ["kind": "slack", "url": "env:HOOK"],
                "dev": ["kind": "slack", "url": "https://example.org/dev"],
            ],
            "routes": [
                ["match": ["severity": "info"], "drop": true], ["match": ["at-least": "warning"], "to": "ops"],
                ["set": ["severity": "info"]], ["to": ["ops", "dev"], "continue": true],
            ],
            "default": "drop",
        ]
        #expect(rules.add(file, environment: ["HOOK": "https://example.org/ops"]) == [])
        let document = rules.document(inboxURL: "http://127.0.0.1:1/messages")
        #expect(document["outputs"]?["ops"]?["url"] == "https://example.org/ops")
        #expect(document["outputs"]?["console: ops"]?["url"] == "http://127.0.0.1:1/messages/ops")
        #expect(document["outputs"]?["console: ops, dev"]?["url"] == "http://127.0.0.1:1/messages/ops%2C%20dev")
        #expect(document["routes"]?[0] == ["match": ["severity": "info"], "drop": true])
        #expect(document["routes"]?[1]?["to"] == ["ops", "console: ops"])
        #expect(document["routes"]?[2] == ["set": ["severity": "info"]])
        #expect(document["routes"]?[3]?["to"] == ["ops", "dev", "console: ops, dev"])
        #expect(document["default"] == "drop")
        let faults = rules.add(["outputs": ["ops": [:]]], environment: [:])
        #expect(faults == ["outputs.ops is in another file, too: rename one"])
    }

    @Test("without outputs all goes to the inbox, and without a default to all outputs")
    func defaults() {
        let none = NotificationRules().document(inboxURL: "http://h")
        #expect(none["default"] == ["inbox"])
        #expect(none["outputs"]?["inbox"]?["url"] == "http://h/inbox")
        var rules = NotificationRules()
        _ = rules.add(["outputs": ["a": ["kind": "slack"], "b": ["kind": "slack"]]], environment: [:])
        #expect(rules.document(inboxURL: "http://h")["default"] == ["a", "b", "console: a, b"])
    }

    @Test("silences are kept in a file until they end, and hold messages back from a full minute on")
    func silences() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "silences.json").path
            let now = Self.time(90)
            let first = Silences(path: path, at: now)
            try first.set("cpu \"1\"", for: .seconds(120), at: now)
            try first.set("disk", for: .seconds(60), at: now)
            try first.set("gone", for: .seconds(60), at: now)
            try first.set("gone", for: .zero, at: now)
            let second = Silences(path: path, at: Self.time(160))
            #expect(second.end(of: "cpu \"1\"", at: Self.time(160)) == Self.time(210))
            #expect(second.end(of: "cpu \"1\"", at: Self.time(210)) == nil)
            #expect(second.end(of: "disk", at: Self.time(160)) == nil)
            let rules = second.muteRules(at: Self.time(160))
            #expect(rules.map(\.alarms) == [["cpu \"1\""]])
            #expect(rules.first?.schedule == "at(2026-11-28T17:01)")
            #expect(rules.first?.duration == .seconds(150))
        }
    }

    @Test("a run's activities have their times, and what failed is marked")
    func timeline() {
        let action = Activity(declaration: ["type": "action", "name": "break", "provider": [:]])
        let probe = Activity(declaration: ["type": "probe", "name": "page", "provider": [:]])
        var timeline = RunTimeline(ExperimentRun(experiment: "e", title: "t", start: Self.time(0), state: "running"))
        #expect(timeline.take(.started(title: "t"), at: Self.time(0)) == nil)
        _ = timeline.take(.hypothesisStarted(.before, frequency: nil), at: Self.time(1))
        #expect(timeline.take(.activityStarted(probe, .hypothesis), at: Self.time(1)) == nil)
        _ = timeline.take(
            .hypothesisCompleted(.before, iteration: nil, state: ["steady_state_met": true]), at: Self.time(2))
        _ = timeline.take(.activityStarted(action, .method), at: Self.time(3))
        _ = timeline.take(.activityCompleted(action, .method, record: ["status": "failed"]), at: Self.time(4))
        _ = timeline.take(.activityStarted(action, .rollbacks), at: Self.time(5))
        let run = timeline.end(.init(.deviated, "It deviated."), at: Self.time(6))
        #expect(run.activities.map(\.kind) == ["hypothesis", "action", "rollback"])
        #expect(run.activities.map(\.start) == [Self.time(1), Self.time(3), Self.time(5)])
        #expect(run.activities.map(\.end) == [Self.time(2), Self.time(4), Self.time(6)])
        #expect(run.activities.map(\.isGood) == [true, false, true])
        #expect(run.state == "deviated")
        #expect(run.outcome == "It deviated.")
    }
}
