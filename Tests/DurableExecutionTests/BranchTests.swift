import Basics
import DurableExecution
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@Suite("branches that run at the same time")
struct BranchTests {
    /// Runs a body on a loop whose clock moves on when everybody sleeps.
    private func onLoop<R: Sendable>(_ body: @escaping @Sendable (SteppingClock) async throws -> R) async throws -> R {
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        return try await loop.hop {
            try await body(SteppingClock(Timestamp(secondsSinceEpoch: 1_800_000_000), executor: loop))
        }
    }

    @Test("their waits run at the same time, and the body goes on with its own operations")
    func concurrent() async throws {
        try await onLoop { clock in
            let start = clock.now
            let effects = Effects()
            let outcome = try await DurableRun.memory.execute(time: clock.source) { scope in
                try await scope.concurrently { branches in
                    let slow = branches.start("slow") { scope in
                        try await scope.wait("wait", for: .seconds(100))
                        effects.add("slow at \((clock.now - start).text)")
                        return "slow"
                    }
                    let quick = branches.start("quick") { scope in
                        try await scope.wait("wait", for: .seconds(10))
                        effects.add("quick at \((clock.now - start).text)")
                        return "quick"
                    }
                    try await scope.wait("wait", for: .seconds(50))
                    effects.add("body at \((clock.now - start).text)")
                    #expect(quick.isFinished)
                    #expect(!slow.isFinished)
                    return [try await slow.value(), try await quick.value()]
                }
            }
            #expect(outcome == .completed(["slow", "quick"]))
            #expect(effects.all == ["quick at 10 s", "body at 50 s", "slow at 1 m 40 s"])
        }
    }

    @Test("positions are taken when branches are started, so that a replay in another order gets the same results")
    func positions() async throws {
        try await onLoop { clock in
            let run = DurableRun.memory
            for first in ["a", "b", "c"] {
                let outcome = try? await run.execute(time: clock.source) { scope in
                    let all = try await scope.concurrently { branches in
                        let all = ["a", "b", "c"].map { name in
                            branches.start(name) { scope in
                                // Each execution lets another branch be the first to record something.
                                if name != first { for _ in 0..<20 { await Task.yield() } }
                                return try await scope.step("step") { .string("\(name) by \(first)") }
                            }
                        }
                        var results: [JSONValue] = []
                        for branch in all { results.append(try await branch.value()) }
                        return results
                    }
                    guard first == "c" else { throw Boom() }
                    return .array(all)
                }
                if first == "c" { #expect(outcome == .completed(["a by a", "b by a", "c by a"])) }
            }
        }
    }

    @Test("the run is suspended only when every branch waits, and until the earliest of the waits")
    func suspension() async throws {
        try await onLoop { clock in
            let start = clock.now
            let effects = Effects()
            let run = DurableRun.memory
            @Sendable func body(_ scope: DurableScope) async throws -> JSONValue {
                try await scope.concurrently { branches in
                    branches.start("long") { scope in
                        try await scope.wait("wait", for: .seconds(7_200))
                        effects.add("long")
                        return nil
                    }
                    branches.start("busy") { scope in
                        for number in 1...3 {
                            _ = try await scope.step("work \(number)") {
                                // A step that takes its time, while the others wait for hours.
                                try await clock.source.sleep(.seconds(20))
                                effects.add("work \(number)")
                                return nil
                            }
                        }
                        try await scope.wait("wait", for: .seconds(3_600))
                        effects.add("busy")
                        return nil
                    }
                }
                return "done"
            }
            let first = try await run.execute(
                time: clock.source, suspendBefore: start + .seconds(900), body)
            #expect(first == .suspended(until: start + .seconds(3_660)))
            #expect(effects.all == ["work 1", "work 2", "work 3"])
            #expect(clock.now == start + .seconds(60))
            let second = try await run.execute(time: clock.source, body)
            #expect(second == .completed("done"))
            #expect(effects.all.suffix(2) == ["busy", "long"])
        }
    }

    @Test("no operation begins after the time; one that runs is finished and remembered")
    func deadline() async throws {
        try await onLoop { clock in
            let effects = Effects()
            let run = DurableRun.memory
            @Sendable func body(_ scope: DurableScope) async throws -> JSONValue {
                for number in 1...4 {
                    _ = try await scope.step("\(number)") {
                        try await clock.source.sleep(.seconds(60))
                        effects.add("\(number)")
                        return nil
                    }
                }
                return "done"
            }
            let end = clock.now + .seconds(100)
            let outcome = try await run.execute(time: clock.source, suspendBefore: end, body)
            #expect(outcome == .suspended(until: end + .seconds(20)))
            #expect(effects.all == ["1", "2"])
            #expect(try await run.execute(time: clock.source, body) == .completed("done"))
            #expect(effects.all == ["1", "2", "3", "4"])
        }
    }

    @Test("a signal ends waits early, in all branches, and the answers are remembered")
    func signal() async throws {
        try await onLoop { clock in
            let start = clock.now
            let run = DurableRun.memory
            @Sendable func body(_ scope: DurableScope, _ signal: DurableSignal, ends: Bool) async throws -> JSONValue {
                let answers = try await scope.concurrently { branches in
                    let poll = branches.start("poll") { scope in
                        var count: Int64 = 0
                        while try await scope.wait("\(count)", for: .seconds(60), unless: signal) { count += 1 }
                        return .integer(count)
                    }
                    let short = try await scope.wait("short", for: .seconds(150), unless: signal)
                    signal.raise()
                    let long = try await scope.wait("long", for: .seconds(9_000), unless: signal)
                    return [.bool(short), .bool(long), try await poll.value()] as [JSONValue]
                }
                guard ends else { throw Boom() }
                return .array(answers)
            }
            await #expect(throws: Boom.self) {
                try await run.execute(time: clock.source) { try await body($0, DurableSignal(), ends: false) }
            }
            #expect(clock.now == start + .seconds(150))
            let outcome = try await run.execute(time: clock.source) {
                try await body($0, DurableSignal(), ends: true)
            }
            #expect(outcome == .completed([true, false, 2]))
            #expect(clock.now == start + .seconds(150))
        }
    }

    @Test("an error of a branch that nobody asks for is thrown at the end; one that is asked for, there")
    func errors() async throws {
        try await onLoop { clock in
            let effects = Effects()
            await #expect(throws: Boom.self) {
                try await DurableRun.memory.execute(time: clock.source) { scope in
                    try await scope.concurrently { branches in
                        branches.start("fails") { _ in throw Boom() }
                        try await scope.wait("wait", for: .seconds(5))
                        effects.add("body went on")
                    }
                    effects.add("not reached")
                    return nil
                }
            }
            let outcome = try await DurableRun.memory.execute(time: clock.source) { scope in
                try await scope.concurrently { branches in
                    let branch = branches.start("fails") { _ in throw Boom() }
                    do { return try await branch.value() } catch { return "\(error)" }
                }
            }
            #expect(outcome == .completed("it went wrong"))
            #expect(effects.all == ["body went on"])
        }
    }

    @Test("when the body throws, waiting branches are cancelled at once")
    func cancelled() async throws {
        try await onLoop { clock in
            let start = clock.now
            let effects = Effects()
            await #expect(throws: Boom.self) {
                try await DurableRun.memory.execute(time: clock.source) { scope in
                    try await scope.concurrently { branches in
                        branches.start("waits") { scope in
                            do { try await scope.wait("wait", for: .seconds(9_000)) } catch {
                                effects.add("\(error is CancellationError)")
                                throw error
                            }
                            return nil
                        }
                        try await scope.wait("moment", for: .seconds(1))
                        throw Boom()
                    }
                }
            }
            #expect(effects.all == ["true"])
            #expect(clock.now == start + .seconds(1))
        }
    }

    @Test("a callback is heard while others run, and its heartbeats keep it open")
    func callback() async throws {
        try await onLoop { clock in
            try await Workspace.withTemporaryFolder { folder in
                let path = folder.appending(path: "run").path
                let start = clock.now
                let outcome = try await DurableRun.file(path).execute(time: clock.source) { scope in
                    try await scope.concurrently { branches in
                        let approval = try await scope.callback("approval", heartbeat: .seconds(60))
                        branches.start("sender") { _ in
                            for _ in 1...3 {
                                try await clock.source.sleep(.seconds(50))
                                try await DurableCallbacks.file(path, now: { clock.now }).heartbeat(approval.id)
                            }
                            return nil
                        }
                        do { return try await approval.result() } catch let error as DurableError {
                            #expect(error.code == .timedOut)
                            return .string((clock.now - start).text)
                        }
                    }
                }
                #expect(outcome == .completed("3 m 30 s"))
            }
        }
    }
}
