import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing

@testable import Experiments

@Suite(.timeLimit(.minutes(2))) struct TargetLockTests {
    private let clock = TestClock()

    private func locks(_ store: StateStore, _ run: String) -> TargetLocks {
        TargetLocks(store, run: run, time: TimeSource(now: { clock.now }, sleep: { _ in }, random: { 0 }))
    }

    private func far(_ store: StateStore) -> StateStore {
        // The clock of the test is far from that of the servers.
        StateStore(
            read: { key, _ in try await store.document(key, until: farFuture) },
            readAll: { _ in try await store.documents(until: farFuture) },
            write: { text, key, condition, _, _ in
                try await store.write(text, to: key, if: condition, until: farFuture)
            }, remove: { key, condition, _ in try await store.remove(key, if: condition, until: farFuture) })
    }

    private func targets(_ ids: String...) -> [NativeActivity.Target] { ids.map { Machines.target($0) } }

    @Test("two runs cannot have the same target; all or none are locked", arguments: LedgerStore.available)
    func allOrNone(kind: LedgerStore) async throws {
        try await kind.run { store in
            let (a, b) = (locks(far(store), "run-a"), locks(far(store), "run-b"))
            try await a.acquire(targets("i-2"))
            await #expect {
                try await b.acquire(targets("i-3", "i-1", "i-2"))
            } throws: { error in
                (error as? ExperimentError)?.code == .refused
                    && "\(error)".hasPrefix("ec2:instance i-2 in eu-central-1 is being hit by the run run-a until ")
            }
            // What it got before it failed it gave back.
            try await a.acquire(targets("i-1", "i-3"))
            await a.release()
            try await b.acquire(targets("i-1", "i-2", "i-3"))
        }
    }

    @Test("a run keeps its locks by renewing them, and is told when one is lost")
    func renewal() async throws {
        let store = StateStore.memory()
        let (a, b) = (locks(store, "run-a"), locks(store, "run-b"))
        try await a.acquire(targets("i-1"))
        clock.advance(.seconds(200))
        #expect(try await a.renew() == nil)
        clock.advance(.seconds(299))
        await #expect(throws: ExperimentError.self) { try await b.acquire(targets("i-1")) }
        clock.advance(.seconds(1))
        try await b.acquire(targets("i-1"))
        let reason = try await a.renew()
        #expect(reason?.kind == .lost)
        #expect(reason?.message.contains("run-b") == true)
        await a.release()
        #expect(try await b.renew() == nil)
    }

    @Test("activities of one run may hit the same target, also at once, and another process of the run has its locks")
    func sameRun() async throws {
        let store = StateStore.memory()
        let a = locks(store, "run-a")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await a.acquire(targets("i-1", "i-2")) } }
            try await group.waitForAll()
        }
        #expect(try await a.renew() == nil)
        let later = locks(store, "run-a")
        try await later.acquire(targets("i-1"))
        #expect(try await later.renew() == nil)
    }

    @Test(
        "of many runs that want overlapping targets at once, those that got theirs share none",
        arguments: LedgerStore.available)
    func race(kind: LedgerStore) async throws {
        try await kind.run { store in
            let store = far(store)
            let winners = try await withThrowingTaskGroup(of: [String]?.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        let wanted = ["i-\(number % 3)", "i-\((number + 1) % 3)"]
                        do { try await locks(store, "run-\(number)").acquire(wanted.map { Machines.target($0) }) } catch
                        {
                            guard (error as? ExperimentError)?.code == .refused else { throw error }
                            return nil
                        }
                        return wanted
                    }
                }
                return try await group.reduce(into: []) { if let wanted = $1 { $0.append(wanted) } }
            }
            #expect(winners.count <= 1)
        }
    }

    /// Not a test: a process that wants two targets, says so in a file when it has them, and is killed.
    @Test(.enabled(if: TestChild("lockAndDie") != nil)) func lockAndDie() async throws {
        let child = try #require(TestChild("lockAndDie"))
        let time = TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 })
        let locks = TargetLocks(.folder("\(child.folder)/locks"), run: "run-\(getpid())", time: time)
        do { try await locks.acquire(targets("i-1", "i-2")) } catch is ExperimentError { return }
        try Data().write(to: URL(fileURLWithPath: "\(child.folder)/won-\(getpid())"))
        kill(getpid(), SIGKILL)
    }

    @Test("of several processes one gets its targets, and keeps them for a while when it is killed")
    func processes() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = folder.appending(path: "locks")
            try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
            try TestChild.runAtOnce(4, "TargetLockTests/lockAndDie", folder)
            let won = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("won-") }
            try #require(won.count == 1)
            let now = Locked(Timestamp.now())
            let time = TimeSource(now: { now.withLock { $0 } }, sleep: { _ in }, random: { 0 })
            let ours = TargetLocks(.folder(store.path), run: "ours", time: time)
            await #expect {
                try await ours.acquire(targets("i-2"))
            } throws: { "\($0)".contains("is being hit by the run run-\(won[0].dropFirst(4))") }
            now.withLock { $0 += .seconds(300) }
            try await ours.acquire(targets("i-1", "i-2"))
        }
    }

    @Test func longNamesHaveKeysThatFit() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let id = String(repeating: "ü/", count: 400)
            let a = locks(.folder(folder.path), "run-a")
            try await a.acquire(targets(id, id + "x"))
            await #expect(throws: ExperimentError.self) {
                try await locks(.folder(folder.path), "run-b").acquire(targets(id))
            }
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct OverlapTests {
    private let clock = TestClock()

    private func slot(_ store: StateStore, _ run: String, _ policy: OverlapPolicy) -> ExperimentSlot {
        ExperimentSlot(store, experiment: "checkout.yml", run: run, policy: policy, time: clock.source)
    }

    @Test("runs of one experiment overlap only where the policy allows it")
    func policies() async throws {
        let store = StateStore.memory()
        let first = slot(store, "run-a", .forbid)
        #expect(try await first.acquire() == .granted)
        await #expect {
            _ = try await slot(store, "run-b", .forbid).acquire()
        } throws: { "\($0)".contains("\"checkout.yml\" is still running as run-a") }
        let waiting = slot(store, "run-c", .wait)
        #expect(try await waiting.acquire() == .wait(run: "run-a"))
        #expect(try await slot(store, "run-d", .allow).acquire() == .granted)
        await first.release()
        #expect(try await waiting.acquire() == .granted)
    }

    @Test func aRunThatIsGoneDoesNotBlockForEver() async throws {
        let store = StateStore.memory()
        let gone = slot(store, "run-a", .forbid)
        _ = try await gone.acquire()
        clock.advance(.seconds(200))
        #expect(try await gone.renew() == nil)
        clock.advance(.seconds(300))
        #expect(try await slot(store, "run-b", .forbid).acquire() == .granted)
        #expect(try await gone.renew()?.kind == .lost)
    }
}
