import AWS
import Basics
import DurableExecution
import Foundation
import JSON
import StateStore
import TestSupport
import Testing
import Transport

enum MotoBucket {
    private static let loop = Result { try EventLoop.onOwnThread() }

    static func make(_ name: String) async throws {
        let environment = try MotoServer.shared.get().environment
        let aws = try AWSConfiguration(environment: environment, loop: try loop.get())
        _ = try await AWSClient(.s3, configuration: aws).call(
            "CreateBucket",
            ["Bucket": .string(name), "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
    }
}

/// A store in memory whose writes can be looked at, and whose answers can be lost.
private final class FaultyStore: Sendable {
    private let memory = StateStore.memory()
    private let state = Locked<(writes: [String], lost: Set<Int>)>(([], []))

    /// - Parameter lost: the numbers of writes, from 1, that are carried out and then answered with a conflict, as S3
    ///   does to a client that repeats a write whose answer it has not got.
    init(lost: Set<Int> = []) { state.withLock { $0.lost = lost } }

    var writes: [String] { state.withLock { $0.writes } }

    var store: StateStore {
        let memory = memory
        return StateStore(
            read: { try await memory.document($0, until: $1) }, readAll: { try await memory.documents(until: $0) },
            write: { text, key, condition, expires, deadline in
                let isLost = self.state.withLock { state in
                    state.writes.append(key)
                    return state.lost.contains(state.writes.count)
                }
                let outcome = try await memory.write(
                    text, to: key, if: condition, expires: expires, until: deadline)
                return isLost && outcome.isWritten ? .conflict(current: nil) : outcome
            },
            remove: { try await memory.remove($0, if: $1, until: $2) })
    }
}

@Suite("a run recorded in a store")
struct StoreTests {
    let clock = TestClock()
    /// Nobody sleeps to the end: renewals of the lease never come.
    var time: TimeSource { clock.source(realSleep: { _ in try await Task.sleep(for: .seconds(3_600)) }) }

    @Test("a write whose answer was lost is found to be there", arguments: 1...8)
    func lostAnswers(_ number: Int) async throws {
        let faulty = FaultyStore(lost: [number])
        let effects = Effects()
        let run = DurableRun.store(faulty.store, key: "run")
        let outcome = try await run.execute(time: time) { scope in
            for name in ["one", "two", "three"] {
                _ = try await scope.step(name, .atMostOnce) {
                    effects.add(name)
                    return nil
                }
            }
            return 1
        }
        #expect(outcome == .completed(1))
        #expect(effects.all == ["one", "two", "three"])
        #expect(faulty.writes.count >= 8)
        #expect(try await run.execute(time: time) { _ in 2 } == .completed(1))
    }

    @Test("while a process has the run no other gets it; a run that was given back is had at once")
    func owners() async throws {
        let run = DurableRun.store(.memory(), key: "run", lease: .seconds(60))
        let effects = Effects()
        await #expect(throws: Boom.self) {
            try await run.execute(time: time) { _ in
                do { _ = try await run.execute(time: time) { _ in 2 } } catch let error as DurableError {
                    effects.add("\(error.code)")
                }
                throw Boom()
            }
        }
        #expect(effects.all == ["inUse"])
        #expect(try await run.execute(time: time) { _ in 3 } == .completed(3))
    }

    @Test("a process that was replaced begins no step and records nothing, and what its successor wrote stays")
    func fencing() async throws {
        let run = DurableRun.store(.memory(), key: "run", lease: .seconds(60))
        let effects = Effects()
        let error = await #expect(throws: DurableError.self) {
            try await run.execute(time: time) { scope in
                _ = try await scope.step("one") { "by the first" }
                _ = try await scope.step("two") {
                    clock.advance(.seconds(61))
                    let outcome = try await run.execute(time: time) { scope in
                        let one = try await scope.step("one") { "by the second" }
                        let two = try await scope.step("two") { "by the second" }
                        return [one, two]
                    }
                    #expect(outcome == .completed(["by the first", "by the second"]))
                    return "by the first"
                }
                effects.add("not reached")
                return nil
            }
        }
        #expect(error?.code == .inUse)
        #expect(effects.all.isEmpty)
        #expect(
            try await run.execute(time: time) { _ in nil } == .completed(["by the first", "by the second"]))
    }

    @Test("a long record is in several documents, and is read whole")
    func segments() async throws {
        let faulty = FaultyStore()
        let run = DurableRun.store(faulty.store, key: "run")
        let effects = Effects()
        @Sendable func body(_ scope: DurableScope, fails: Bool) async throws -> JSONValue {
            var total: Int64 = 0
            for number in 0..<20 {
                let text = try await scope.step("\(number)") {
                    effects.add("\(number)")
                    return .string(String(repeating: "x", count: 30_000 + number))
                }
                total += Int64(text.stringValue?.utf8.count ?? 0)
            }
            if fails { throw Boom() }
            return .integer(total)
        }
        await #expect(throws: Boom.self) {
            try await run.execute(time: time) { try await body($0, fails: true) }
        }
        #expect(Set(faulty.writes).sorted() == ["run", "run.1.1", "run.1.2", "run.1.3", "run.1.4"])
        #expect(try await run.execute(time: time) { try await body($0, fails: false) } == .completed(600_190))
        #expect(effects.all.count == 20)
    }

    @Test("a function stops before its deadline and goes on when it is called again; a callback comes in between")
    func stages() async throws {
        let store = StateStore.memory()
        let run = DurableRun.store(store, key: "run")
        let start = clock.now
        @Sendable func body(_ scope: DurableScope) async throws -> JSONValue {
            try await scope.wait("long", for: .seconds(7_200))
            let approval = try await scope.callback("approval")
            return try await approval.result()
        }
        let first = try await run.execute(time: time, suspendBefore: clock.now + .seconds(600), body)
        #expect(first == .suspended(until: start + .seconds(7_200)))
        clock.advance(.seconds(7_200))
        let second = try await run.execute(time: time, suspendBefore: clock.now + .seconds(600), body)
        #expect(second == .suspended(until: nil))
        try await DurableCallbacks.store(store, key: "run", now: { clock.now }).succeed("2", with: "yes")
        try await DurableCallbacks.store(store, key: "run", now: { clock.now }).succeed("2", with: "too late")
        let third = try await run.execute(time: time, suspendBefore: clock.now + .seconds(600), body)
        #expect(third == .completed("yes"))
    }

    @Test("behind a gap nothing is recorded: the code cannot go on, nor end the run")
    func gap() async throws {
        let store = StateStore.memory()
        let isDown = Locked(false)
        let run = DurableRun.store(
            StateStore(
                read: { try await store.document($0, until: $1) }, readAll: { try await store.documents(until: $0) },
                write: { text, key, condition, expires, deadline in
                    if isDown.withLock({ $0 }) { throw StateStoreError(.unavailable, "the store is down") }
                    return try await store.write(text, to: key, if: condition, expires: expires, until: deadline)
                }, remove: { try await store.remove($0, if: $1, until: $2) }), key: "run")
        let effects = Effects()
        @Sendable func body(_ scope: DurableScope) async throws -> JSONValue {
            var results: [JSONValue] = []
            for name in ["one", "two", "three"] {
                let result = try? await scope.step(name) {
                    effects.add(name)
                    return .string(name)
                }
                results.append(result ?? "failed")
                isDown.withLock { $0 = name == "one" && effects.all.count == 1 }
            }
            return .array(results)
        }
        let error = await #expect(throws: DurableError.self) { try await run.execute(time: time, body) }
        #expect(error?.code == .unavailable)
        #expect(effects.all == ["one", "two"])
        clock.advance(.seconds(61))
        #expect(try await run.execute(time: time, body) == .completed(["one", "two", "three"]))
        #expect(effects.all == ["one", "two", "two", "three"])
    }

    @Test("a document of something else is not touched")
    func foreign() async throws {
        let store = StateStore.memory()
        _ = try await store.write("{\"mine\":1}", to: "run", until: clock.now + .seconds(1))
        let error = await #expect(throws: DurableError.self) {
            try await DurableRun.store(store, key: "run").execute(time: time) { _ in 1 }
        }
        #expect(error?.message.contains("no record of a durable run") == true)
        #expect(try await store.document("run", until: clock.now + .seconds(1))?.text == "{\"mine\":1}")
    }
}
