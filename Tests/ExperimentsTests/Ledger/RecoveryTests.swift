import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing

@testable import Experiments

@Suite(.timeLimit(.minutes(2))) struct RecoveryTests {
    private let clock = TestClock()

    private func ledger(_ store: StateStore, _ owner: String) -> Ledger {
        Ledger(store: store, time: clock.source, owner: RunOwner(name: owner), timeout: .seconds(100_000_000))
    }

    private func open(_ store: StateStore, _ restore: RestorePolicy = .interrupted) async throws -> LedgerRun {
        let record = RunRecord(run: "r1", title: "A test", source: "a.json", started: clock.now, restore: restore)
        return try #require(try await ledger(store, "runner").open(record))
    }

    private func recover(_ store: StateStore, _ machines: Machines) async throws -> RecoveryReport {
        try await Recovery(ledger(store, "recovery"), machines.restorer(clock.source)).run()
    }

    /// A run with two activities whose process then dies.
    private func brokenRun(
        _ store: StateStore, _ folder: URL, _ restore: RestorePolicy = .interrupted
    ) async throws -> Machines {
        let machines = try Machines(folder.path, "i-1", "i-2", "i-3")
        let run = try await open(store, restore)
        try await machines.runStop(["i-1", "i-2"], as: "m1", in: run)
        try await machines.runStop(["i-3"], as: "m2", in: run)
        clock.advance(.seconds(121))
        return machines
    }

    @Test(
        "what a dead run changed is put back, the last change first, and the run leaves the ledger",
        arguments: LedgerStore.available)
    func putsBack(kind: LedgerStore) async throws {
        try await kind.run { store in
            try await Workspace.withTemporaryFolder { folder in
                var machines = try await brokenRun(store, folder)
                #expect(Set(machines.all.values) == ["down"])
                let order = Locked<[String]>([])
                machines.onChange = { change in order.withLock { $0.append(change) } }
                let report = try await recover(store, machines)
                #expect(Set(machines.all.values) == ["up"])
                #expect(order.withLock { $0.first } == "start i-3")
                #expect(report.runs.map(\.state) == [.restored])
                #expect(report.count(.restored) == 3)
                #expect(report.isClean)
                #expect(try await ledger(store, "us").runs().runs.isEmpty)
            }
        }
    }

    @Test("a run whose owner may still act is left alone")
    func runningRun() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            let machines = try Machines(folder.path, "i-1")
            let run = try await open(store)
            try await machines.runStop(["i-1"], as: "m1", in: run)
            clock.advance(.seconds(119))
            let report = try await recover(store, machines)
            #expect(report.runs.map(\.state) == [.running])
            #expect(machines.state("i-1") == "down")
            try await run.heartbeat()
        }
    }

    @Test("a target that is gone has nothing left to put back")
    func nothingLeft() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            let machines = try await brokenRun(store, folder)
            try machines.remove("i-2")
            let report = try await recover(store, machines)
            #expect(report.count(.nothingLeft) == 1)
            #expect(report.count(.restored) == 2)
            #expect(report.isClean)
            #expect(report.lines.contains { $0.hasSuffix("i-2 in eu-central-1: nothing-left, it is terminated") })
        }
    }

    @Test(
        "what cannot be put back stays in the ledger, is counted, and the next recovery tries again",
        arguments: LedgerStore.available)
    func stillBroken(kind: LedgerStore) async throws {
        try await kind.run { store in
            try await Workspace.withTemporaryFolder { folder in
                var machines = try await brokenRun(store, folder)
                machines.onChange = { if $0 == "start i-1" { throw ExperimentError(.activityFailed, "no capacity") } }
                let report = try await recover(store, machines)
                #expect(!report.isClean)
                #expect(report.count(.stillBroken) == 1)
                #expect(report.json["still-broken"] == 1)
                #expect(report.json["restored"] == 2)
                let left = try #require(try await ledger(store, "us").runs().runs.first)
                let entry = try #require(left.entries.first { $0.state == .stillBroken })
                #expect(entry.reason == "it is down; the last attempt failed: no capacity")
                #expect(entry.attempts == 7, "one of them after the rollbacks")
                machines.onChange = { _ in }
                #expect(try await recover(store, machines).isClean)
                #expect(Set(machines.all.values) == ["up"])
                #expect(try await ledger(store, "us").runs().runs.isEmpty)
            }
        }
    }

    /// The pauses: 2, 4, 8, 16, 30 seconds between six attempts.
    @Test func attemptsAreBoundedAndFurtherAndFurtherApart() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            var machines = try Machines(folder.path, "i-1")
            let run = try await open(store)
            try await machines.runStop(["i-1"], as: "m1", in: run)
            machines.onChange = { _ in throw ExperimentError(.activityFailed, "no") }
            _ = try await machines.restorer(clock.source).settle(run, restores: true)
            #expect(clock.sleeps == [2, 4, 8, 16, 30].map { .seconds($0) })
            let before = clock.sleeps.count
            _ = try await machines.restorer(clock.source).settle(run, restores: true, until: clock.now)
            #expect(clock.sleeps.count == before, "no attempt begins after the end")
            #expect(run.entries[0].state == .stillBroken)
        }
    }

    /// The answer of the change was never seen, and the service shows the old state for a while.
    @Test("a target that looks untouched after a crash is read again before it is believed")
    func lateChange() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            let machines = try Machines(folder.path, "i-1")
            let run = try await open(store)
            try await run.recordIntent(
                LedgerIntent(
                    activity: "m1", name: "n", module: "test.machines", function: "stop", arguments: [:],
                    subjects: [.init(Machines.target("i-1"), before: "up")]))
            // The change shows while the restorer waits.
            let time = clock.source { count in if count == 1 { try machines.set("i-1", "down") } }
            let entries = try await Restorer(machines.registry, time: time) { _, _ in try Machines.invocation() }
                .settle(run, restores: true)
            #expect(entries.map(\.state) == [.restored])
            #expect(entries[0].attempts == 1)
            #expect(machines.state("i-1") == "up")
            #expect(clock.sleeps.first == .seconds(10))
        }
    }

    /// Services answer a change before their reads show it.
    @Test("a target is not believed to be untouched right after its change", arguments: [(4, true), (5, false)])
    func staleRead(seconds: Int, isReadAgain: Bool) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let machines = try Machines(folder.path, "i-1")
            let run = try await open(.memory())
            try await machines.runStop(["i-1"], as: "m1", in: run)
            clock.advance(.seconds(seconds))
            try machines.set("i-1", "up")
            let time = clock.source { count in if count == 1 { try machines.set("i-1", "down") } }
            let entries = try await Restorer(machines.registry, time: time) { _, _ in try Machines.invocation() }
                .settle(run, restores: true)
            #expect(entries.map(\.attempts) == [isReadAgain ? 1 : 0])
            #expect(clock.sleeps == (isReadAgain ? [.seconds(1)] : []))
        }
    }

    @Test(
        "the policy decides whether changes are undone; what stays is told",
        arguments: [
            (RestorePolicy.interrupted, true, LedgerEntry.State.restored), (.interrupted, false, .left),
            (.always, true, .restored), (.always, false, .restored), (.never, true, .left), (.never, false, .left),
        ])
    func policies(policy: RestorePolicy, wasInterrupted: Bool, state: LedgerEntry.State) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            let machines = try Machines(folder.path, "i-1")
            let run = try await open(store, policy)
            try await machines.runStop(["i-1"], as: "m1", in: run)
            let restores = policy.restores(afterInterruption: wasInterrupted)
            try await machines.restorer(clock.source).settle(run, restores: restores)
            #expect(run.entries.map(\.state) == [state])
            #expect(run.entries[0].reason == (state == .left ? "it is down" : nil))
            #expect(try await run.close())
        }
    }

    @Test("what nobody could read is never taken for left or restored", arguments: [true, false])
    func unreadable(restores: Bool) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            let machines = try Machines(folder.path, "i-1")
            let run = try await open(store)
            try await machines.runStop(["i-1"], as: "m1", in: run)
            let restorer = Restorer(machines.registry, time: clock.source) { _, _ in
                throw ExperimentError(.configuration, "no credentials")
            }
            try await restorer.settle(run, restores: restores)
            #expect(run.entries.map(\.state) == [.stillBroken])
            #expect(run.entries[0].reason?.contains("no credentials") == true)
            let unknown = Restorer(ActivityRegistry(), time: clock.source) { _, _ in try Machines.invocation() }
            try await unknown.settle(run, restores: restores)
            #expect(run.entries[0].reason == "this program knows no undo of test.machines.stop")
            #expect(try await run.close() == false)
        }
    }

    @Test("rollbacks are played once after the undos, and targets that they put back are proven by reading")
    func rollbacks() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            var machines = try await brokenRun(store, folder)
            machines.onChange = { _ in throw ExperimentError(.activityFailed, "no") }
            let played = Locked(0)
            let (world, failing) = (machines, Locked(true))
            let play: Recovery.PlayRollbacks = { run in
                #expect(run.record.title == "A test")
                played.withLock { $0 += 1 }
                if failing.withLock({ $0 }) { throw ExperimentError(.notReadable, "no document") }
                for id in ["i-1", "i-2"] { try world.set(id, "up") }
                return [PlayedRollback(name: "back", failure: nil)]
            }
            let recovery = Recovery(ledger(store, "recovery"), machines.restorer(clock.source), playRollbacks: play)
            let first = try await recovery.run()
            #expect(first.runs.map(\.failure) == ["the rollbacks could not be played: no document"])
            #expect(!first.isClean)
            failing.withLock { $0 = false }
            let second = try await recovery.run()
            #expect(second.count(.restored) == 2)
            #expect(second.count(.stillBroken) == 1)
            #expect(played.withLock { $0 } == 2)
            try machines.set("i-3", "up")
            #expect(try await recovery.run().isClean)
            #expect(played.withLock { $0 } == 2)
        }
    }

    @Test(
        "a run whose rollbacks cannot be played or fail stays; only those that failed are played again"
    )
    func failedRollbacks() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            _ = try await open(store)
            clock.advance(.seconds(121))
            let machines = try Machines(folder.path)
            let outcome = Locked<[PlayedRollback]?>(nil)
            let known = Locked<[[String]?]>([])
            let play: Recovery.PlayRollbacks = { run in
                known.withLock { $0.append(run.record.openRollbacks) }
                guard let outcome = outcome.withLock({ $0 }) else { throw ExperimentError(.notReadable, "no folder") }
                return outcome
            }
            let recovery = Recovery(ledger(store, "recovery"), machines.restorer(clock.source), playRollbacks: play)
            for _ in 1...5 {
                let report = try await recovery.run()
                #expect(report.runs.map(\.state) == [.stillBroken])
                #expect(!report.isClean)
                #expect(report.stillBroken == 1)
            }
            outcome.withLock { outcome in
                outcome = [PlayedRollback(name: "a", failure: nil), PlayedRollback(name: "b", failure: "failed: no")]
            }
            let failed = try await recovery.run()
            #expect(failed.lines == ["r1 (A test): rollback a: played", "r1 (A test): rollback b: failed: no"])
            #expect(failed.runs.map(\.state) == [.stillBroken])
            #expect(failed.json["still-broken"] == 1)
            outcome.withLock { $0 = [PlayedRollback(name: "b", failure: nil)] }
            #expect(try await recovery.run().isClean)
            #expect(known.withLock { $0 } == Array(repeating: nil, count: 6) + [["b"]])
            #expect(try await ledger(store, "us").runs().runs.isEmpty)
        }
    }

    @Test("without time for the rollbacks the run stays, and says so")
    func noTimeForRollbacks() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            _ = try await open(store)
            clock.advance(.seconds(121))
            let report = try await Recovery(
                ledger(store, "recovery"), try Machines(folder.path).restorer(clock.source)
            ).run(until: clock.now)
            #expect(report.lines == ["r1 (A test): no time was left for the rollbacks: the next recovery plays them"])
            #expect(!report.isClean)
        }
    }

    @Test("a run that must not be recovered here stays as it is, with the reason")
    func refusedPlace() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            let machines = try await brokenRun(store, folder)
            let recovery = Recovery(
                ledger(store, "recovery"), machines.restorer(clock.source),
                prepare: { _ in throw ExperimentError(.refused, "another account") })
            let report = try await recovery.run()
            #expect(Set(machines.all.values) == ["down"])
            #expect(report.runs.map(\.failure) == ["another account"])
            #expect(report.runs.map(\.state) == [.stillBroken])
            #expect(report.stillBroken == 3)
            #expect(try await recover(store, machines).isClean)
        }
    }

    @Test("a damaged or missing experiment is told, and is not taken for an empty one", arguments: [nil, "{\"title\""])
    func damagedExperiment(text: String?) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            let machines = try await brokenRun(store, folder)
            let key = LedgerKeys(run: "r1").piece(1)
            if let text {
                _ = try await store.write(text, to: key, until: farFuture)
            } else {
                _ = try await store.remove(key, until: farFuture)
            }
            let report = try await recover(store, machines)
            #expect(report.runs.map(\.failure) == ["the ledger's document \(key) is damaged or missing"])
            #expect(report.runs.map(\.state) == [.stillBroken])
        }
    }

    /// As the versions before wrote it.
    @Test("a run of the ledger of an earlier version is read")
    func earlierVersion() throws {
        let text = """
            {"run": "r1", "title": "t", "source": "a.json", "started": "2026-11-28T03:42:00Z", "restore": "interrupted",
            "configuration": {"vault_token": "x"}, "details": {}, "pieces": 1, "rollbacksPlayed": false,
            "recoveries": 2}
            """
        let record = try #require(RunRecord(JSONValue(parsing: text)))
        #expect(record.openRollbacks == nil)
        #expect(record.account == nil)
        #expect(record.folder == nil)
        #expect(record.configuration["vault_token"] == "x")
    }

    @Test("a run that had changed nothing leaves the ledger, after its rollbacks")
    func nothingChanged() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            _ = try await open(store)
            clock.advance(.seconds(121))
            let report = try await recover(store, try Machines(folder.path))
            #expect(report.runs.map(\.state) == [.restored])
            #expect(report.lines == ["r1 (A test): has nothing to put back"])
        }
    }

    @Test("the rollbacks of a run that was never permitted are not played", arguments: [true, false])
    func neverPermitted(awaits: Bool) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            let run = try await open(store)
            try await run.update { $0.awaitsPermission = awaits }
            clock.advance(.seconds(121))
            let played = Locked(0)
            let restorer = try Machines(folder.path).restorer(clock.source)
            let report = try await Recovery(ledger(store, "recovery"), restorer) { _ in
                played.withLock { $0 += 1 }
                return []
            }.run()
            #expect(played.withLock { $0 } == (awaits ? 0 : 1))
            #expect(report.runs.map(\.state) == [.restored])
            #expect(try await ledger(store, "us").runs().runs.isEmpty)
        }
    }

    @Test("a person can discharge a run; the ledger tells who and why")
    func discharge() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.memory()
            let machines = try await brokenRun(store, folder)
            let recovery = Recovery(ledger(store, "recovery"), machines.restorer(clock.source))
            let left = try await recovery.discharge("r1", by: "ann", reason: "rebuilt by hand")
            #expect(left?.map(\.reason) == Array(repeating: "left by ann: rebuilt by hand", count: 3))
            #expect(try await ledger(store, "us").runs().runs.isEmpty)
            #expect(try await recovery.run(only: ["r1"]).faults.count == 1)
        }
    }

    @Test(
        "two recoveries at once put back everything, once each target was read as changed",
        arguments: LedgerStore.available)
    func twoRecoveries(kind: LedgerStore) async throws {
        try await kind.run { store in
            try await Workspace.withTemporaryFolder { folder in
                let machines = try await brokenRun(store, folder)
                let reports = try await withThrowingTaskGroup(of: RecoveryReport.self) { group in
                    for name in ["a", "b"] {
                        group.addTask {
                            try await Recovery(ledger(store, name), machines.restorer(clock.source)).run()
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(Set(machines.all.values) == ["up"])
                #expect(reports.flatMap(\.runs).contains { $0.state == .restored })
                #expect(try await ledger(store, "us").runs().runs.isEmpty)
            }
        }
    }

    /// The store fails at each of its calls in turn, before and after it took effect, and the process is gone.
    @Test("a process that ends before or after any write leaves nothing broken", arguments: LedgerStore.available)
    func everyCrash(kind: LedgerStore) async throws {
        struct Crash: Error {}
        var crashes = 0
        // Moto takes its time: every fifth place there.
        for place in stride(from: 1, to: 1_000, by: kind == .memory || kind == .folder ? 1 : 5) {
            let hasCrashed = Locked(false)
            try await kind.run { store in
                try await Workspace.withTemporaryFolder { folder in
                    let machines = try Machines(folder.path, "i-1", "i-2", "i-3")
                    let count = Locked(0)
                    // A dead process does nothing more, so every later call fails, too.
                    let crash: @Sendable () throws -> Void = {
                        guard count.next() >= place else { return }
                        hasCrashed.withLock { $0 = true }
                        throw Crash()
                    }
                    var dying = machines
                    dying.onChange = { _ in try crash() }
                    do { try await wholeRun(store.watched(crash), dying) } catch is Crash {}
                    clock.advance(.seconds(121))
                    let report = try await recover(store, machines)
                    #expect(report.isClean, "crash \(place): \(report.lines)")
                    #expect(Set(machines.all.values) == ["up"], "crash \(place)")
                    #expect(try await ledger(store, "us").runs().runs.isEmpty, "crash \(place)")
                }
            }
            guard hasCrashed.withLock({ $0 }) else { break }
            crashes += 1
        }
        #expect(crashes >= 6)
    }

    private func wholeRun(_ store: StateStore, _ machines: Machines) async throws {
        let run = try await open(store)
        try await machines.runStop(["i-1", "i-2"], as: "m1", in: run)
        try await machines.runStop(["i-3"], as: "m2", in: run)
        try await machines.restorer(clock.source).settle(run, restores: true)
        #expect(try await run.close())
    }
}
