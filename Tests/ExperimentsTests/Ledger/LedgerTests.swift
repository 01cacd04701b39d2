import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing

@testable import Experiments

@Suite(.timeLimit(.minutes(2))) struct LedgerTests {
    private let clock = TestClock()

    private func ledger(_ store: StateStore, _ owner: String = "us") -> Ledger {
        Ledger(store: store, time: clock.source, owner: RunOwner(name: owner), timeout: .seconds(100_000_000))
    }

    private func record(_ run: String = "r1", _ document: JSONObject = ["title": "t"]) -> RunRecord {
        RunRecord(run: run, title: "A test", source: "a.json", started: clock.now, document: document)
    }

    private func intent(_ activity: String, _ ids: String..., before: JSONValue = "up") -> LedgerIntent {
        LedgerIntent(
            activity: activity, name: "stop", module: "test.machines", function: "stop", arguments: ["a": 1],
            seed: .max, subjects: ids.map { .init(Machines.target($0), before: before) })
    }

    @Test("what was before stays in the ledger when it may hold secrets", arguments: [true, false])
    func masked(isSecret: Bool) {
        let undo = NativeActivity.Undo(
            "", calls: [], isBeforeSecret: isSecret, capture: { _, _ in .null }, check: { _, _, _ in .restored },
            restore: { _, _, _ in })
        let stop = NativeActivity("test.machines", "stop", .action, "", undo: undo) { _, _ in .null }
        let intent = intent("m1", "i-1")
        let entry = intent.entry(intent.subjects[0], id: "1.1", at: clock.now)
        #expect(entry.masked(by: ActivityRegistry([stop])).before == (isSecret ? JSONValue.null : "up"))
        #expect(entry.masked(by: ActivityRegistry()).before == .null)
    }

    @Test("what was recorded is read by the next process of the same owner", arguments: LedgerStore.available)
    func goesOn(kind: LedgerStore) async throws {
        try await kind.run { store in
            let document: JSONObject = ["title": .string(String(repeating: "ü\u{1F600}", count: 90_000))]
            let first = try #require(try await ledger(store).open(record("r1", document)))
            try await first.recordIntent(intent("m1", "i-1", "i-2", before: ["state": "running", "n": [1, 2.5]]))
            try await first.recordChange(of: "m1")
            try await first.recordIntent(intent("m2", "i-3"))
            let next = try #require(try await ledger(store).open(record("r1", [:])))
            #expect(next.record.document == document)
            #expect(next.entries == first.entries)
            #expect(next.entries.map(\.id) == ["1.1", "1.2", "2.1"])
            #expect(next.entries.map(\.state) == [.changed, .changed, .intended])
            #expect(next.entries[0].before == ["state": "running", "n": [1, 2.5]])
            #expect(next.entries[0].seed == .max)
            #expect(next.token > first.token)
        }
    }

    @Test("a run that another process executes is refused, and told by its id", arguments: LedgerStore.available)
    func heldByOther(kind: LedgerStore) async throws {
        try await kind.run { store in
            _ = try await ledger(store).open(record())
            await #expect {
                _ = try await ledger(store, "them").open(record())
            } throws: { error in
                let error = error as? ExperimentError
                return error?.code == .refused && error?.message.contains("r1") == true
            }
        }
    }

    @Test(
        "a run leaves the ledger only when nothing is open, and cannot be begun again",
        arguments: LedgerStore.available)
    func closes(kind: LedgerStore) async throws {
        try await kind.run { store in
            let run = try #require(try await ledger(store).open(record()))
            try await run.recordIntent(intent("m1", "i-1"))
            #expect(try await run.close() == false)
            #expect(try await ledger(store).runs().runs.map(\.record.run) == ["r1"])
            var entry = run.entries[0]
            entry.state = .restored
            try await run.settle([entry])
            #expect(try await run.close())
            #expect(try await ledger(store).runs().runs.isEmpty)
            #expect(try await ledger(store).open(record()) == nil)
            let rest = try await store.documents(until: farFuture)
            #expect(rest.keys.sorted() == ["run/r1/owner"])
            #expect(try await ledger(store).removeRemains(rest) == 0)
            clock.advance(.seconds(86_401))
            #expect(try await ledger(store).removeRemains(rest) == 1)
            #expect(try await store.documents(until: farFuture).isEmpty)
        }
    }

    /// The process was asleep for long, and another one has recovered its run.
    @Test("a process that has lost its run can record nothing any more", arguments: LedgerStore.available)
    func fenced(kind: LedgerStore) async throws {
        try await kind.run { store in
            let slow = try #require(try await ledger(store).open(record()))
            try await slow.recordIntent(intent("m1", "i-1"))
            clock.advance(.seconds(121))
            let recovery = try #require(try await ledger(store, "recovery").takeOver("r1"))
            try await recovery.seal()
            func expectLost(_ body: () async throws -> Void) async {
                await #expect {
                    try await body()
                } throws: { ($0 as? ExperimentError)?.code == .interrupted }
            }
            await expectLost { try await slow.recordIntent(intent("m2", "i-2")) }
            await expectLost { try await slow.heartbeat() }
            var entry = recovery.entries[0]
            entry.state = .restored
            try await recovery.settle([entry])
            await expectLost { try await slow.recordChange(of: "m1") }
            #expect(try await recovery.close())
            await expectLost { try await slow.recordIntent(intent("m3", "i-3")) }
            #expect(try await ledger(store).runs().runs.isEmpty)
            #expect(try await ledger(store).runs().faults.isEmpty)
        }
    }

    /// Between the check of the lease and the write the process sleeps: only the seal keeps it out.
    @Test func anIntentThatComesAfterTheSealIsRefused() async throws {
        let store = StateStore.memory()
        let slow = try #require(try await ledger(store).open(record()))
        let recovery = try #require(try await ledger(store, "us").takeOver("r1"))
        try await recovery.seal()
        // The lease of `slow` has not ended by its own clock, so it does not ask the store.
        await #expect(throws: ExperimentError.self) { try await slow.recordIntent(intent("m1", "i-1")) }
        #expect(try await recovery.close())
        await #expect(throws: ExperimentError.self) { try await slow.recordIntent(intent("m1", "i-1")) }
    }

    /// An earlier process of the same durable execution recorded an intent after the next one had begun.
    @Test func anIntentOfTheProcessBeforeIsAdopted() async throws {
        let store = StateStore.memory()
        let earlier = try #require(try await ledger(store).open(record()))
        let later = try #require(try await ledger(store).open(record()))
        try await earlier.recordIntent(intent("m1", "i-1"))
        try await later.recordIntent(intent("m2", "i-2"))
        #expect(later.entries.map(\.activity) == ["m1", "m2"])
        #expect(later.entries.map(\.id) == ["1.1", "2.1"])
    }

    @Test("a repeated intent keeps the state that was captured first")
    func repeatedIntent() async throws {
        let run = try #require(try await ledger(.memory()).open(record()))
        try await run.recordIntent(intent("m1", "i-1"))
        try await run.recordIntent(intent("m1", "i-1", "i-2", before: "down"))
        #expect(run.entries.map(\.target.id) == ["i-1", "i-2"])
        #expect(run.entries.map(\.before) == ["up", "down"])
        // What was put back and is changed once more is recorded once more.
        var entry = run.entries[0]
        entry.state = .restored
        try await run.settle([entry])
        try await run.recordIntent(intent("m1", "i-1"))
        #expect(run.entries.map(\.target.id) == ["i-1", "i-2", "i-1"])
    }

    @Test("targets that are too many for one document go into several, and one that is too large is refused")
    func sizes() async throws {
        let store = StateStore.memory()
        let run = try #require(try await ledger(store).open(record()))
        let text = JSONValue.string(String(repeating: "x", count: 60_000))
        let subjects = (0..<10).map { LedgerIntent.Subject(Machines.target("i-\($0)"), before: text) }
        var many = intent("m1")
        many.subjects = subjects
        try await run.recordIntent(many)
        #expect(run.entries.count == 10)
        let sizes = try await store.documents(until: farFuture).values.map(\.text.utf8.count)
        #expect(sizes.allSatisfy { $0 < 260_000 })
        #expect(sizes.count { $0 > 60_000 } == 3)
        #expect(try await ledger(store).runs().runs[0].entries == run.entries)
        let large = JSONValue.string(String(repeating: "x", count: 250_000))
        await #expect {
            try await run.recordIntent(intent("m2", "i-99", before: large))
        } throws: { "\($0)".hasPrefix("nothing was changed: the state of ec2:instance i-99 has 250 KB") }
    }

    @Test("intents of activities that run at the same time all arrive, without a gap", arguments: LedgerStore.available)
    func concurrentIntents(kind: LedgerStore) async throws {
        try await kind.run { store in
            let run = try #require(try await ledger(store).open(record()))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await run.recordIntent(intent("m\(number)", "i-\(number)"))
                        try await run.recordChange(of: "m\(number)")
                    }
                }
                try await group.waitForAll()
            }
            let next = try #require(try await ledger(store).open(record()))
            #expect(Set(next.entries.map(\.activity)).count == 8)
            #expect(next.entries.allSatisfy { $0.state == .changed })
        }
    }

    @Test("a heartbeat keeps the run; without one others may take it", arguments: [(119, true), (120, false)])
    func leases(seconds: Int, isHeld: Bool) async throws {
        let store = StateStore.memory()
        let run = try #require(try await ledger(store).open(record()))
        clock.advance(.seconds(100))
        try await run.heartbeat()
        clock.advance(.seconds(seconds))
        let taken = try await ledger(store, "them").takeOver("r1")
        #expect((taken == nil) == isHeld)
        try await LedgerStore.memory.run { store in
            let waiting = try #require(try await ledger(store).open(record()))
            try await waiting.heartbeat(until: clock.now + .seconds(7_200))
            clock.advance(.seconds(7_199))
            #expect(try await ledger(store, "them").takeOver("r1") == nil)
        }
    }

    @Test("a document that is damaged is told, and not taken for one without changes")
    func damaged() async throws {
        let store = StateStore.memory()
        let run = try #require(try await ledger(store).open(record()))
        try await run.recordIntent(intent("m1", "i-1"))
        _ = try await store.write(#"{"token":1,"entries":[{"id":"1.1"}]}"#, to: "run/r1/1", until: farFuture)
        _ = try await store.write("{", to: "run/r2", until: farFuture)
        await #expect(throws: ExperimentError.self) { _ = try await ledger(store).open(record()) }
        let faults = try await ledger(store).runs().faults
        #expect(faults.count == 2)
        #expect(faults.contains { $0.contains("run/r1/1") })
        #expect(faults.contains { $0.contains("run/r2") })
    }

    @Test(arguments: [("r", true), ("a-B_9.x", true), ("", false), ("a/b", false), ("ü", false), ("..", false)])
    func runIDs(id: String, isValid: Bool) async throws {
        #expect(RunRecord.isRunID(id) == isValid)
        #expect(RunRecord.isRunID(String(repeating: "r", count: id.isEmpty ? 65 : 64)) == !id.isEmpty)
    }

    @Test("no value of a secret gets into the ledger; where it is kept does")
    func secrets() {
        let document: JSONObject = [
            "title": "t",
            "secrets": [
                "a": [
                    "inline": "S3CRET", "variable": ["type": "env", "key": "TOKEN", "default": "S3CRET"],
                    "vault": ["type": "vault", "path": "p"], "parameter": ["type": "ssm", "name": "/p"],
                    "nested": ["deep": ["x": "S3CRET"]],
                ],
                "b": "S3CRET",
            ],
        ]
        let kept = Experiment(document: document).withoutSecretValues
        #expect(!"\(kept)".contains("S3CRET"))
        #expect(kept["secrets"]?["a"]?["variable"] == ["type": "env", "key": "TOKEN"])
        #expect(kept["secrets"]?["a"]?["vault"] == ["type": "vault", "path": "p"])
        #expect(kept["secrets"]?["a"]?["parameter"] == ["type": "ssm", "name": "/p"])
        #expect(kept["title"] == "t")
    }
}
