import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing

@testable import Experiments

/// Runs that a SIGKILL ends: the test's own program, started again as another process.
@Suite(.timeLimit(.minutes(2))) struct KilledProcessTests {
    private static let time = TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 })

    private static func ledger(_ folder: String) -> Ledger {
        Ledger(store: .folder("\(folder)/ledger"), time: time, timeout: .seconds(3_600))
    }

    private static func withFolder(_ test: (URL) async throws -> Void) async throws {
        try await Workspace.withTemporaryFolder { folder in
            try FileManager.default.createDirectory(
                at: folder.appending(path: "ledger"), withIntermediateDirectories: true)
            try await test(folder)
        }
    }

    /// Not a test: the process that is killed at its n-th write or change.
    @Test(.enabled(if: TestChild("wholeRun") != nil)) func wholeRun() async throws {
        let child = try #require(TestChild("wholeRun"))
        let (place, folder) = (child.place, child.folder)
        let count = Locked(0)
        let dieInTime: @Sendable () throws -> Void = {
            if count.next() == place { kill(getpid(), SIGKILL) }
        }
        var machines = try Machines(folder, "i-1", "i-2", "i-3")
        machines.onChange = { _ in try dieInTime() }
        let ledger = Ledger(
            store: StateStore.folder("\(folder)/ledger").watched(dieInTime), time: Self.time,
            timeout: .seconds(3_600))
        let record = RunRecord(run: "r1", title: "t", source: "a.json", started: .now())
        let run = try #require(try await ledger.open(record))
        try await machines.runStop(["i-1", "i-2"], as: "m1", in: run)
        try await machines.runStop(["i-3"], as: "m2", in: run)
        try await machines.restorer(Self.time).settle(run, restores: true)
        #expect(try await run.close())
    }

    @Test("a process that is killed between any two writes loses no intent, and recovery need not wait for its lease")
    func killedAnywhere() async throws {
        var kills = 0
        for place in stride(from: 1, to: 1_000, by: 2) {
            var wasKilled = false
            try await Self.withFolder { folder in
                let machines = try Machines(folder.path, "i-1", "i-2", "i-3")
                let result = try TestChild.run("KilledProcessTests/wholeRun", folder, place: place)
                wasKilled = result.status == 128 + SIGKILL
                #expect(wasKilled || result.status == 0, "\(result.output)\(result.errors)")
                let ledger = Self.ledger(folder.path)
                let report = try await Recovery(ledger, machines.restorer(Self.time)).run()
                #expect(report.isClean, "place \(place): \(report.lines)")
                #expect(!report.runs.contains { $0.state == .running }, "place \(place)")
                #expect(Set(machines.all.values) == ["up"], "place \(place)")
                #expect(try await ledger.runs().runs.isEmpty, "place \(place)")
            }
            guard wasKilled else { break }
            kills += 1
        }
        #expect(kills > 10)
    }

    /// Not a test: a process that tries to recover the run of its parent.
    @Test(.enabled(if: TestChild("recoverOther") != nil)) func recoverOther() async throws {
        let folder = try #require(TestChild("recoverOther")).folder
        let machines = try Machines(folder)
        let report = try await Recovery(Self.ledger(folder), machines.restorer(Self.time)).run()
        #expect(report.runs.map(\.state) == [.running])
    }

    @Test("another process leaves a run alone whose process lives")
    func livingOwner() async throws {
        try await Self.withFolder { folder in
            let machines = try Machines(folder.path, "i-1")
            let record = RunRecord(run: "r1", title: "t", source: "a.json", started: .now())
            let run = try #require(try await Self.ledger(folder.path).open(record))
            try await machines.runStop(["i-1"], as: "m1", in: run)
            #expect(try TestChild.run("KilledProcessTests/recoverOther", folder).status == 0)
            #expect(machines.state("i-1") == "down")
            try await run.heartbeat()
            // Nor does a recovery in this very process take it.
            let report = try await Recovery(Self.ledger(folder.path), machines.restorer(Self.time)).run()
            #expect(report.runs.map(\.state) == [.running])
        }
    }

    @Test("whether a process lives is told by its number, its start and its machine")
    func liveness() throws {
        let name = RunOwner.process().name
        #expect(RunOwner.liveness(of: name) == .alive)
        let parts = name.split(separator: " ").map(String.init)
        func owner(_ index: Int, _ text: String) -> String {
            var parts = parts
            parts[index] = text
            return parts.joined(separator: " ")
        }
        #expect(RunOwner.liveness(of: owner(4, "1")) == .gone, "a later process has the same number")
        #expect(RunOwner.liveness(of: owner(3, "4194303")) == .gone, "no process has this number")
        #expect(RunOwner.liveness(of: owner(1, "0-0-0")) == .unknown, "another boot or machine")
        #expect(RunOwner.liveness(of: owner(2, "pid:[1]")) == .unknown, "another container")
        #expect(RunOwner.liveness(of: "arn:aws:lambda:x") == .unknown)
        #expect(RunOwner.liveness(of: "process") == .unknown)
        #expect(RunOwner.process() != RunOwner.process())
    }
}
