import AlarmEvaluation
import Basics
import CloudWatchAlarms
import Experiments
import Foundation
import JSON
import LocalHistory
import Notifier
import ServiceHistory
import StateStore
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
        #expect(schedule.next(at: Self.time(0)) == nil)
        #expect(schedule.batches(at: Self.time(15)) == [])
        schedule.finish(["a", "b"], down: [])
        #expect(schedule.next(at: Self.time(10)) == Self.time(10))
        #expect(schedule.batches(at: Self.time(15)) == [["a"]])
        schedule.finish(["a"], down: nil)
        // Late once, it comes at the old distances again.
        #expect(schedule.next(at: Self.time(15)) == Self.time(20))
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

    @Test("suites, which take longer, are run apart from endpoints and from one another")
    func suites() throws {
        let step = #"[{"name": "x", "url": "http://x", "conditions": ["[STATUS] == 200"]}]"#
        let text =
            #"{"suites": [{"name": "b", "interval": "10s", "timeout": "2m", "endpoints": \#(step)}, "#
            + #"{"name": "d", "interval": "10s", "endpoints": \#(step)}]}"#
        let suites = try CombinedEndpoints([.init(name: "f", bytes: Array(text.utf8))], environment: [:]).entries
        #expect(suites.map(\.timeout) == [.seconds(120), .seconds(300)])
        var schedule = CheckSchedule()
        schedule.replace(try Self.entries(["a": "10s", "c": "10s"]) + suites, at: Self.time(0))
        #expect(schedule.batches(at: Self.time(0)) == [["a", "c"], ["b"], ["d"]])
        #expect(schedule.batches(of: schedule.names) == [["a", "c"], ["b"], ["d"]])
    }

    @Test("an external endpoint is looked at for its heartbeat alone, and only a missing one tells something")
    func external() throws {
        let text = """
            {"external-endpoints": [{"name": "a", "token": "t", "heartbeat": {"interval": "12s"}},
            {"name": "b", "token": "t", "heartbeat": {"interval": "1h"}}, {"name": "c", "token": "t"}]}
            """
        let external = try CombinedEndpoints([.init(name: "f", bytes: Array(text.utf8))], environment: [:]).entries
        var schedule = CheckSchedule()
        schedule.replace(try Self.entries(["w": "60s"]) + external, at: Self.time(0))
        #expect(schedule.names == ["a", "b", "w"])
        #expect(schedule.batches(at: Self.time(0)) == [["a", "b", "w"]])
        schedule.finish(["a", "b", "w"], down: [])
        #expect(schedule.batches(at: Self.time(6)) == [["a"]])
        #expect(schedule.batches(at: Self.time(10)) == [["b"]])
        #expect(schedule.told(["a", "b", "w"], causes: ["b"]) == ["b", "w"])
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

    @Test("what is due further ahead than its interval, as after the clock was set back, is due now")
    func clockSetBack() throws {
        var schedule = CheckSchedule()
        schedule.replace(try Self.entries(["a": "10s"]), at: Self.time(0))
        schedule.finish(schedule.batches(at: Self.time(0)).first ?? [], down: [])
        // Due at 10: as far ahead as can be.
        #expect(schedule.batches(at: Self.time(0)) == [])
        #expect(schedule.next(at: Self.time(-1)) == Self.time(-1))
        #expect(schedule.batches(at: Self.time(-1)) == [["a"]])
        schedule.finish(["a"], down: [])
        #expect(schedule.next(at: Self.time(-1)) == Self.time(9))
    }

    @Test("an invocation has 100 endpoints at the most, whose causes the answer has all")
    func batchSizes() {
        for (count, sizes) in [(0, []), (1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])] {
            let names = (0..<count).map { "n\($0)" }
            let batches = CheckSchedule().batches(of: names)
            #expect(batches.map(\.count) == sizes)
            #expect(Array(batches.joined()) == names)
        }
    }

    @Test(
        "an endpoint is said to be up only when it was counted as up",
        arguments: [
            (#"{"checked": 1, "up": 1, "down": 0}"#, "shop/web is up.", "1 endpoint checked, 0 of them down."),
            (
                #"{"checked": 1, "down": 1, "endpointsDown": [{"group": "shop", "name": "web", "errors": ["refused"]}]}"#,
                "shop/web is down: refused", "1 endpoint checked, 1 of them down."
            ),
            (
                #"{"checked": 1, "timedOut": 1, "endpointsDown": [{"group": "shop", "name": "web", "outcome": "late"}]}"#,
                "shop/web is down: late", "1 endpoint checked, 1 of them down."
            ),
            (
                #"{"checked": 1, "up": 0, "down": 0, "inMaintenance": 1, "endpointsDown": []}"#,
                "shop/web is not up, in a maintenance window of its file.",
                "1 endpoint checked, 0 of them down, and 1 not up in a maintenance window."
            ), (#"{"checked": 0, "skipped": 1}"#, "shop/web was not checked.", "0 endpoints checked, 0 of them down."),
        ])
    func answers(json: String, ofOne: String, ofAll: String) throws {
        let answer = CheckAnswer(try JSONValue(parsing: Array(json.utf8)))
        #expect(answer.text(of: "shop/web") == ofOne)
        #expect(answer.text == ofAll)
    }

    @Test("answers of several invocations add up, also when the causes of some are cut")
    func sums() throws {
        let one = try JSONValue(parsing: Array(#"{"checked": 3, "up": 1, "down": 1, "timedOut": 1}"#.utf8))
        var sum = CheckAnswer(one)
        sum.add(CheckAnswer(one))
        #expect(sum.text == "6 endpoints checked, 4 of them down.")
    }

    @Test("planned work goes to the history while it lasts, and ends with its window or its service")
    func openMaintenance() {
        let (web, api) = (ServiceKey(.check, name: "web"), ServiceKey(.check, name: "api"))
        var open = OpenMaintenance()
        func take(_ services: Set<ServiceKey>, at time: Int) -> [String] {
            open.take(services, at: Self.time(time)).map { service, range in
                let seconds = [range.lowerBound, range.upperBound].map { ($0 - Self.time(0)).components.seconds }
                return "\(service.name) \(seconds[0])-\(seconds[1])"
            }.sorted()
        }
        #expect(take([web], at: 0) == [])
        #expect(take([web], at: 0) == [])
        #expect(take([web], at: 9) == [])
        #expect(take([web], at: 10) == ["web 0-10"])
        #expect(take([web, api], at: 19) == [])
        #expect(open.start(of: api) == Self.time(19))
        // The window of one ends, the other lasts.
        #expect(take([api], at: 23) == ["web 0-23"])
        #expect(open.start(of: web) == nil)
        #expect(take([], at: 25) == ["api 19-25"])
        #expect(take([], at: 60) == [])
    }

    @Test("a result says how a service is for three intervals and a test, and not when it is of the future")
    func validity() {
        let service = { (interval: Int, timeout: Duration?) in
            UpService(
                name: "n", key: ServiceKey(.test, name: "n"), target: nil, objective: nil,
                interval: .seconds(interval), timeout: timeout)
        }
        #expect(service(60, .seconds(10)).validity(longest: 500) == .seconds(190))
        #expect(service(60, nil).validity(longest: 0) == .seconds(180))
        #expect(service(60, nil).validity(longest: 40) == .seconds(260))
        #expect(service(9, nil).validity(longest: 1) == .seconds(30))
        #expect(service(2, nil).validity(longest: .infinity) == .seconds(6 + 2 * 86_400))
        let one = service(60, nil)
        for (age, isCurrent) in [(-61, false), (-60, true), (0, true), (29, true), (30, false)] {
            #expect(one.isCurrent(Self.time(0), at: Self.time(age), .seconds(30)) == isCurrent, "\(age)")
        }
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

    @Test("silences of the console are kept in the notifier's state, and ended by name")
    func silences() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let clock = TestClock(Self.time(90))
            let first = Silences(folder: folder.path, time: clock.source)
            let name = "cpu \"1\""
            let told = try await first.set(name, for: .seconds(120), at: clock.now)
            #expect(told == "\(name) sends no messages for 2 m.")
            _ = try await first.set("disk", for: .seconds(60), at: clock.now)
            #expect(try await first.set("disk", for: .zero, at: clock.now) == "disk sends messages again.")
            // Another session, and `tocsin silence`, see the same.
            let second = Silences(folder: folder.path, time: clock.source)
            await second.read()
            #expect(second.end(of: name, at: clock.now) == Self.time(210))
            #expect(second.end(of: name, at: Self.time(210)) == nil)
            #expect(second.end(of: "disk", at: clock.now) == nil)
            #expect(second.end(of: "cpu", at: clock.now) == nil)
        }
    }

    @Test("a silence of many is shown at its alarms, and not ended with one of them")
    func wideSilence() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let clock = TestClock(Self.time(90))
            let store = SilenceStore(.folder(folder.path), time: clock.source)
            for (id, matchers) in [("wide", ["alarm=~cpu.*"]), ("narrow", ["alarm=cpu-1", "region=eu-west-1"])] {
                try await store.add(
                    Silence(
                        id: id, matchers: matchers.map { try Matcher($0) }, author: "ada", reason: "",
                        start: clock.now, end: Self.time(200)))
            }
            let silences = Silences(folder: folder.path, time: clock.source)
            await silences.read()
            #expect(silences.end(of: "cpu-1", at: clock.now) == Self.time(200))
            #expect(silences.end(of: "disk", at: clock.now) == nil)
            #expect(
                try await silences.set("cpu-1", for: .zero, at: clock.now)
                    == "cpu-1 is still silenced with others; to end that: tocsin silence end wide")
        }
    }

    @Test("silences that cannot be read are told once, and none is shown")
    func unreadableSilences() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let notes = Locked<[String]>([])
            let clock = TestClock(Self.time(90))
            let silences = Silences(folder: folder.path, time: clock.source) { note in
                notes.withLock { $0.append(note) }
            }
            _ = try await silences.set("cpu", for: .seconds(60), at: clock.now)
            try "{".write(
                to: folder.appending(path: "quiet%2Fsilences.json"), atomically: true, encoding: .utf8)
            await silences.read()
            await silences.read()
            #expect(silences.end(of: "cpu", at: clock.now) == nil)
            #expect(notes.withLock { $0.count } == 1)
            #expect(notes.withLock { $0.first }?.hasPrefix("silences cannot be read, so nothing is silenced: ") == true)
            await #expect(throws: QuietError.self) { try await silences.set("cpu", for: .seconds(60), at: clock.now) }
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
