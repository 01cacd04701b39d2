import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport
import Testing
import Transport

@testable import Experiments

/// Runs that one process begins and another goes on with, on a clock that steps: what limits a run must limit it in
/// every process.
@Suite(.timeLimit(.minutes(2))) struct ResumedRunTests {
    private let place: RunPlace

    init() throws { place = try RunPlace() }

    private func document(_ more: JSONObject = [:]) -> JSONObject {
        var document: JSONObject = [
            "title": "A run of hours", "description": "d",
            "method": [
                RunPlace.act("first", pauses: ["after": 1_000]), RunPlace.act("second"),
            ],
            "rollbacks": [RunPlace.act("back")],
        ]
        for (key, value) in more { document[key] = value }
        return document
    }

    private static let watched: JSONObject = [
        "extensions": Samples.stopCondition(["type": "python", "module": "test", "func": "watch"])
    ]

    @Test("a stop condition that holds only in a later process ends the run there")
    func stopCondition() async throws {
        let document = document(Self.watched)
        #expect(try await place.execute(document, for: .seconds(100)).isSuspended)
        place.watched.withLock { $0 = 1 }
        let journal = try await place.execute(document).journal
        #expect(journal["status"] == "interrupted")
        #expect(journal["interruption"]?["kind"] == "stop-condition")
        #expect(place.played == ["first", "back"])
        #expect(place.now < place.start + .seconds(200))
    }

    @Test("looks that fail in a row are counted across processes")
    func failedLooks() async throws {
        let document = document(Self.watched)
        place.watched.withLock { $0 = 0 }
        #expect(try await place.execute(document, for: .seconds(5)).isSuspended)
        place.watched.withLock { $0 = nil }
        // Each process has the time of one look.
        #expect(try await place.execute(document, for: .seconds(12)).isSuspended)
        #expect(try await place.execute(document, for: .seconds(12)).isSuspended)
        let journal = try await place.execute(document, for: .seconds(12)).journal
        #expect(journal["status"] == "interrupted")
        #expect("\(journal["interruption"] ?? .null)".contains("3 times in a row"))
        #expect(place.played == ["first", "back"])
    }

    @Test("the guard's longest time counts from the beginning of the run")
    func maximumDuration() async throws {
        var document = document()
        document["method"] = [RunPlace.act("slow", seconds: 1_200, pauses: ["after": 1_000]), RunPlace.act("second")]
        let rules = "activities: {allow: [\"*\"]}\nmaximum-duration: 30m"
        #expect(try await place.execute(document, for: .seconds(1_500), guard: rules).isSuspended)
        let journal = try await place.execute(document, guard: rules).journal
        #expect(journal["interruption"]?["kind"] == "deadline")
        #expect(place.played == ["slow", "back"])
        #expect(place.now < place.start + .seconds(1_900))
    }

    @Test("a target that another run has left broken meanwhile is not hit")
    func brokenTargets() async throws {
        var document = document()
        document["method"] = [RunPlace.stop("m1", pauses: ["after": 1_000]), RunPlace.stop("m2")]
        #expect(try await place.execute(document, for: .seconds(100)).isSuspended)
        let other = try #require(
            try await place.ledger("other").open(
                RunRecord(run: "other", title: "t", source: "s", started: place.now)))
        try await other.recordIntent(
            LedgerIntent(
                activity: "method.0", name: "n", module: "test", function: "stop", arguments: [:],
                subjects: [.init(Machines.target("m2"), before: "up")]))
        let journal = try await place.execute(document).journal
        #expect(journal["status"] == "aborted")
        #expect(place.played == ["stop m1", "back"])
    }

    @Test("a run that goes on keeps its locks, and gives them back at its end")
    func locks() async throws {
        var document = document()
        document["method"] = [RunPlace.stop("m1", pauses: ["after": 5_000]), RunPlace.act("second")]
        #expect(try await place.execute(document, for: .seconds(100)).isSuspended)
        let target = Machines.target("m1")
        let isRefused = Locked(false)
        place.onAct.withLock {
            $0 = { [place] name in
                guard name == "second" else { return }
                do { try await place.locks("other").acquire([target]) } catch let error as ExperimentError {
                    isRefused.withLock { $0 = error.message.contains("is being hit by the run r") }
                }
            }
        }
        let journal = try await place.execute(document).journal
        #expect(journal["status"] == "completed")
        #expect(isRefused.withLock { $0 })
        try await place.locks("other").acquire([target])
    }

    @Test("a run that goes on and has lost a lock to another run ends")
    func lostLock() async throws {
        var document = document()
        document["method"] = [RunPlace.stop("m1", pauses: ["after": 5_000]), RunPlace.act("second")]
        #expect(try await place.execute(document, for: .seconds(100)).isSuspended)
        // Nobody goes on for so long that the lock has ended.
        try await place.sleep(.seconds(90_000))
        try await place.locks("other").acquire([Machines.target("m1")])
        let journal = try await place.execute(document).journal
        #expect(journal["interruption"]?["kind"] == "lost")
        #expect(place.played == ["stop m1", "back"])
    }

    @Test("the ledger tells a run that was permitted from one that still waits for its permission")
    func permission() async throws {
        let document = document(Self.watched)
        let whileAsked = Locked<[Bool]>([])
        place.onAct.withLock {
            $0 = { [place] name in
                let runs = try await place.ledger("us").runs().runs
                whileAsked.withLock { $0 += runs.map(\.record.awaitsPermission) }
            }
        }
        _ = try await place.execute(document, for: .seconds(5))
        // The probe that permits the start, and the first activity.
        #expect(whileAsked.withLock { $0 } == [true, false])
    }
}

/// What must be asked for wherever it stands in an experiment.
@Suite(.timeLimit(.minutes(2))) struct ActionPlaceTests {
    private let place: RunPlace

    init() throws { place = try RunPlace() }

    private let approval = "activities: {allow: [\"*\"], approval: [test.act]}"

    private func document(_ more: JSONObject) -> JSONObject {
        var document: JSONObject = [
            "title": "t", "description": "d", "method": [RunPlace.look], "rollbacks": [RunPlace.act("back")],
        ]
        for (key, value) in more { document[key] = value }
        return document
    }

    private func probe(_ more: JSONObject = [:]) -> JSONValue {
        var probe: JSONObject = [
            "type": "probe", "name": "act", "tolerance": 0,
            "provider": ["type": "python", "module": "test", "func": "act", "arguments": ["name": "act"]],
        ]
        for (key, value) in more { probe[key] = value }
        return .object(probe)
    }

    @Test("an action in the hypothesis waits for approval, one in the rollbacks does not")
    func approvals() async throws {
        let document = document(["steady-state-hypothesis": ["title": "h", "probes": [probe()]]])
        let journal = try await place.execute(document, guard: approval).journal
        #expect(journal["interruption"]?["kind"] == "refused")
        #expect("\(journal["interruption"] ?? .null)".contains("nobody has approved"))
        #expect(place.played == ["back"])
    }

    @Test("approvals that cannot be read end the run with its rollbacks, when it lasts", arguments: [2, 3])
    func unreadableApprovals(failures: Int) async throws {
        place.failingApprovals.withLock { $0 = failures }
        let document = document(["method": [RunPlace.act("first")]])
        let journal = try await place.execute(document, guard: approval).journal
        #expect(journal["interruption"]?["kind"] == (failures == 3 ? "stop-condition" : "refused"))
        #expect(place.played == ["back"])
    }

    @Test("an action as a stop condition or as a tolerance is refused, and not done")
    func onlyProbes() async throws {
        await #expect {
            _ = try await place.execute(
                document(["extensions": Samples.stopCondition(probe()["provider"] ?? .null)]))
        } throws: { "\($0)".contains("is the action test.act, and only a probe may stand here") }
        #expect(place.played == [])
        let tolerated: JSONValue = [
            "type": "probe", "name": "look", "provider": ["type": "python", "module": "test", "func": "watch"],
            "tolerance": ["type": "probe", "name": "t", "provider": probe()["provider"] ?? .null],
        ]
        let other = try RunPlace()
        let journal = try await other.execute(
            document(["steady-state-hypothesis": ["title": "h", "probes": [tolerated]]])
        ).journal
        #expect(journal["status"] == "aborted")
        #expect(other.played == ["back"])
    }

    @Test("an action as a value of the configuration is refused, and not done")
    func configuration() async throws {
        let document = document([
            "configuration": ["v": ["type": "probe", "name": "v", "provider": probe()["provider"] ?? .null]]
        ])
        let resolution = VariableResolution(environment: [:])
        await #expect {
            _ = try await resolution.values(
                for: Experiment(reading: document), place.providers, on: DurableScope(inMemory: place.time)
            ) { _ in }
        } throws: { "\($0)".contains("only a probe may stand here") }
        #expect(place.played == [])
    }

    @Test("an action in the hypothesis may leave changes, and is done at most once")
    func hypothesis() {
        let stop = Activity(declaration: RunPlace.stop("m1", type: "probe").objectValue ?? [:])
        let experiment = Samples.experiment(hypothesis: [stop], method: [])
        #expect(experiment.mayLeaveChanges(in: place.registry))
        #expect(place.registry.isAction(stop))
        let look = Activity(declaration: RunPlace.look.objectValue ?? [:])
        #expect(!Samples.experiment(hypothesis: [look]).mayLeaveChanges(in: place.registry))
        #expect(!place.registry.isAction(look))
    }
}

/// A ledger, a clock that steps, and activities that do nothing but say that they were called.
private struct RunPlace: Sendable {
    let start = Timestamp(secondsSinceEpoch: 1_800_000_000)
    /// What the probe `watch` returns; nil when it fails.
    let watched = Locked<Int64?>(0)
    /// Called by `act` and `watch`.
    let onAct = Locked<(@Sendable (String) async throws -> Void)?>(nil)
    /// How many of the next looks at approvals fail.
    let failingApprovals = Locked(0)
    private let log = Locked<[String]>([])
    private let loop: EventLoop
    private let clock: SteppingClock
    private let store: StateStore

    init() throws {
        loop = try EventLoop.onOwnThread()
        clock = SteppingClock(start, executor: loop)
        let (memory, failing) = (StateStore.memory(), failingApprovals)
        store = StateStore(
            read: { try await memory.document($0, until: $1) }, readAll: { try await memory.documents(until: $0) },
            write: { text, key, condition, expires, deadline in
                if key.hasPrefix("approval/"), failing.withLock({ $0 > 0 }) {
                    failing.withLock { $0 -= 1 }
                    throw ExperimentError(.notReadable, "no route")
                }
                return try await memory.write(text, to: key, if: condition, expires: expires, until: deadline)
            }, remove: { try await memory.remove($0, if: $1, until: $2) })
    }

    var now: Timestamp { clock.now }
    var time: TimeSource { clock.source }
    /// What was done, in order.
    var played: [String] { log.withLock { $0 } }

    func sleep(_ duration: Duration) async throws {
        try await withTaskExecutorPreference(loop) { try await clock.source.sleep(duration) }
    }

    func ledger(_ owner: String) -> Ledger {
        Ledger(store: store, time: clock.source, owner: RunOwner(name: owner))
    }

    func locks(_ run: String) -> TargetLocks { TargetLocks(store, run: run, time: clock.source) }

    // MARK: Activities

    private static func python(_ type: String, _ name: String, _ function: String, _ arguments: JSONObject)
        -> JSONObject
    {
        [
            "type": .string(type), "name": .string(name),
            "provider": [
                "type": "python", "module": "test", "func": .string(function), "arguments": .object(arguments),
            ],
        ]
    }

    static func act(_ name: String, seconds: Int64 = 0, pauses: JSONValue = [:]) -> JSONValue {
        var activity = python("action", name, "act", ["name": .string(name), "seconds": .integer(seconds)])
        activity["pauses"] = pauses
        return .object(activity)
    }

    static func stop(_ id: String, type: String = "action", pauses: JSONValue = [:]) -> JSONValue {
        var activity = python(type, "stop \(id)", "stop", ["id": .string(id)])
        activity["pauses"] = pauses
        return .object(activity)
    }

    static let look = JSONValue.object(python("probe", "look", "watch", [:]))

    var registry: ActivityRegistry {
        let (watched, onAct, log) = (watched, onAct, log)
        let act = NativeActivity(
            "test", "act", .action, "Acts.",
            arguments: [.init("name", .text), .init("seconds", .integer, 0), .init("value", .any, .null)]
        ) { invocation, _ in
            let name = invocation.arguments["name"]?.stringValue ?? ""
            log.withLock { $0.append(name) }
            if let seconds = invocation.arguments["seconds"]?.intValue, seconds > 0 {
                try await invocation.time.sleep(.seconds(seconds))
            }
            try await onAct.withLock({ $0 })?(name)
            return 0
        }
        let watch = NativeActivity("test", "watch", .probe, "Looks.") { _, _ in
            guard let value = watched.withLock({ $0 }) else { throw ExperimentError(.activityFailed, "no route") }
            try await onAct.withLock({ $0 })?("watch")
            return .integer(value)
        }
        let stop = NativeActivity(
            "test", "stop", .action, "Stops.", arguments: [.init("id", .text)],
            targets: { [Machines.target($0.arguments["id"]?.stringValue ?? "")] },
            undo: NativeActivity.Undo(
                "starts", calls: [], capture: { _, _ in "up" }, check: { _, _, _ in .restored },
                restore: { _, _, _ in })
        ) { invocation, _ in
            log.withLock { $0.append("stop \(invocation.arguments["id"]?.stringValue ?? "")") }
            return 0
        }
        return ActivityRegistry([act, watch, stop])
    }

    var providers: Providers {
        Providers(
            loop: loop, http: HTTPClient(loop: loop), registry: registry, aws: offlineAWS, environment: [:],
            time: clock.source, seed: 1)
    }

    // MARK: Processes

    /// What became of one process's part of a run.
    struct Part {
        let outcome: DurableRun.Outcome
        var isSuspended: Bool { if case .suspended = outcome { true } else { false } }
        var journal: JSONObject { if case .completed(let value) = outcome { value.objectValue ?? [:] } else { [:] } }
    }

    /// A process that begins the run or goes on with it.
    /// - Parameter duration: the time that the process has; nil for as much as it needs.
    func execute(_ document: JSONObject, for duration: Duration? = nil, guard rules: String? = nil) async throws -> Part
    {
        let experiment = Experiment(reading: document)
        var sources = RunSafety.Sources(conditions: try StopConditions(experiment: experiment))
        sources.guarding = try rules.map { try Guard(parsing: Array($0.utf8), source: "guard.yaml") }
        sources.state = store
        sources.interval = .seconds(60)
        let substitution = Substitution(configuration: experiment.configuration, secrets: [:])
        let providers = providers
        let safety = RunSafety.from(
            sources, run: "r", registry: registry, aws: offlineAWS, time: clock.source
        ) { try await substitution.ask($0, providers) }
        let execution = ExperimentExecution(
            ExperimentExecution.Plan(
                run: "r", experiment: experiment, source: "t", options: RunOptions(), substitution: substitution),
            providers: providers, environment: RunEnvironment(node: "n", platform: "p", time: clock.source),
            ledger: ledger("the run r"), safety: safety)
        let end = duration.map { clock.now + $0 }
        return try await withTaskExecutorPreference(loop) {
            Part(
                outcome: try await DurableRun.store(store, key: "durable/r").execute(
                    time: clock.source, suspendBefore: end
                ) { scope in
                    .object(try await execution.run(on: scope, interruption: Interruption()) { _ in }.journal)
                })
        }
    }
}
