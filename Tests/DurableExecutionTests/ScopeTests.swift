import Basics
import DurableExecution
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@Suite("a durable scope")
struct ScopeTests {
    let clock = TestClock()

    @Test("what was recorded is not done again, in any place", arguments: [Place.memory, .file])
    func replay(_ place: Place) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let effects = Effects()
            @Sendable func body(_ scope: DurableScope, fails: Bool) async throws -> JSONValue {
                let one = try await scope.step("one") {
                    effects.add("one")
                    return 1
                }
                let two = try await scope.child("part") { part in
                    try await part.wait("pause", for: .seconds(3_600))
                    return try await part.step("two") {
                        effects.add("two")
                        return ["x": 2]
                    }
                }
                return try await scope.step("three") {
                    if fails { throw Boom() }
                    effects.add("three")
                    return [one, two]
                }
            }
            await #expect(throws: Boom.self) {
                try await place.open(folder).execute(time: clock.source) { try await body($0, fails: true) }
            }
            for _ in 0..<2 {
                let outcome = try await place.open(folder).execute(time: clock.source) {
                    try await body($0, fails: false)
                }
                #expect(outcome == .completed([1, ["x": 2]]))
            }
            #expect(effects.all == ["one", "two", "three"])
            #expect(clock.sleeps == [.seconds(3_600)])
        }
    }

    @Test("the code is told whether the next operation is recorded")
    func replaying() async throws {
        let run = DurableRun.memory
        await #expect(throws: Boom.self) {
            try await run.execute(time: clock.source) { scope in
                #expect(!scope.isReplaying)
                _ = try await scope.step("one") { 1 }
                throw Boom()
            }
        }
        _ = try await run.execute(time: clock.source) { scope in
            #expect(scope.isReplaying)
            #expect(scope.isNext("one"))
            #expect(!scope.isNext("two"))
            _ = try await scope.step("one") { 2 }
            #expect(!scope.isReplaying)
            return nil
        }
    }

    typealias Operation = @Sendable (DurableScope) async throws -> Void

    static let operations: [(String, Operation)] = [
        ("the step \"a\"", { _ = try await $0.step("a") { 1 } }),
        ("the step \"b\"", { _ = try await $0.step("b") { 1 } }),
        ("the wait \"a\"", { try await $0.wait("a", for: .seconds(1)) }),
        ("the child \"a\"", { _ = try await $0.child("a") { _ in 1 } }),
        ("the callback \"a\"", { _ = try await $0.callback("a") }),
        (
            "the step (WaitForCondition) \"a\"",
            { _ = try await $0.waitForCondition("a", every: .seconds(1)) { _ in .holds(1) } }
        ),
    ]

    @Test("another operation than the recorded one is an error that names both", arguments: [Place.memory, .file])
    func mismatch(_ place: Place) async throws {
        for (index, (recorded, first)) in Self.operations.enumerated() {
            for (number, (asked, second)) in Self.operations.enumerated() where number != index {
                try await Workspace.withTemporaryFolder { folder in
                    let place = place.name == "memory" ? Place.memory : place
                    _ = try? await place.open(folder).execute(time: clock.source) { scope in
                        _ = try await scope.step("first") { 0 }
                        try await first(scope)
                        throw Boom()
                    }
                    let error = await #expect(throws: DurableError.self) {
                        try await place.open(folder).execute(time: clock.source) { scope in
                            _ = try await scope.step("first") { 0 }
                            try await second(scope)
                            return nil
                        }
                    }
                    #expect(error?.code == .mismatch)
                    let message = error?.message ?? ""
                    #expect(message.contains("position 2 "))
                    #expect(message.contains("is recorded as \(recorded)"))
                    #expect(message.contains("asks for \(asked):"))
                }
            }
        }
    }

    @Test("an operation inside of a step, or beside one of the same scope, is an error that names both")
    func nested() async throws {
        let effects = Effects()
        _ = try await DurableRun.memory.execute(time: clock.source) { scope in
            _ = try await scope.step("outer") {
                do { try await scope.wait("inner", for: .seconds(1)) } catch let error as DurableError {
                    effects.add(error.message)
                }
                return nil
            }
            // The scope is free again, also behind an error.
            _ = try await scope.child("part") { part in try await part.step("step") { 1 } }
            return nil
        }
        #expect(effects.all.count == 1)
        #expect(
            effects.all.first?.hasPrefix(
                "the wait \"inner\" (position 2) is asked for while the step \"outer\" (position 1) of the same scope")
                == true)
    }

    @Test("a step that may run at most once, and in which a process ended, does not run again")
    func interrupted() async throws {
        let run = DurableRun.memory
        _ = try? await run.execute(time: clock.source) { scope in
            try await scope.step("scale", .atMostOnce) { throw Boom() }
        }
        let effects = Effects()
        let error = await #expect(throws: DurableError.self) {
            try await run.execute(time: clock.source) { scope in
                try await scope.step("scale", .atMostOnce) {
                    effects.add("scaled")
                    return nil
                }
            }
        }
        #expect(error?.code == .interrupted)
        #expect(error?.message.contains("\"scale\" (position 1)") == true)
        #expect(effects.all.isEmpty)
    }

    @Test("an error is remembered only when the code says so", arguments: [true, false])
    func failures(isRemembered: Bool) async throws {
        let run = DurableRun.memory
        let effects = Effects()
        for _ in 0..<2 {
            _ = try? await run.execute(time: clock.source) { scope in
                do {
                    return try await scope.step("probe", failure: isRemembered ? .remembered : .forgotten) {
                        effects.add("tried")
                        throw Boom()
                    }
                } catch {
                    effects.add("\(error)")
                    throw error
                }
            }
        }
        #expect(
            effects.all
                == (isRemembered
                    ? ["tried", "Boom: it went wrong", "Boom: it went wrong"]
                    : ["tried", "it went wrong", "tried", "it went wrong"]))
    }

    @Test("retries wait longer each time, and go on where they were", arguments: [Place.memory, .file])
    func retries(_ place: Place) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let effects = Effects()
            let retry = StepRetry(attempts: 5, first: .seconds(2), factor: 3, longest: .seconds(10))
            @Sendable func body(_ scope: DurableScope, endsIn last: Int = .max) async throws -> JSONValue {
                try await scope.step("call", .atMostOnce, retry: retry, failure: .remembered) {
                    effects.add("call")
                    if effects.all.count == last { withUnsafeCurrentTask { $0?.cancel() } }
                    throw Boom()
                }
            }
            // The process ends in the second wait.
            let first = Task {
                try await place.open(folder).execute(time: clock.source) { try await body($0, endsIn: 2) }
            }
            await #expect(throws: CancellationError.self) { try await first.value }
            let error = await #expect(throws: DurableFailure.self) {
                try await place.open(folder).execute(time: clock.source) { try await body($0) }
            }
            #expect(error?.type == "Boom")
            #expect(effects.all.count == 5)
            #expect(clock.sleeps == [2, 6, 10, 10].map { .seconds($0) })
        }
    }
}
