import Basics
import DurableExecution
import Foundation
import JSON
import TestSupport
import Testing

@Suite("a run recorded in a file")
struct FileTests {
    let clock = TestClock()

    @Sendable private static func body(_ scope: DurableScope) async throws -> JSONValue {
        let one = try await scope.step("one") { ["text": "line\nbreak, \u{1F600} and \"quotes\""] }
        try await scope.wait("pause", for: .seconds(60))
        let two = try await scope.child("part") { part in
            try await part.step("two", retry: StepRetry(attempts: 3)) { 2.5 }
        }
        let three = try await scope.waitForCondition("three", every: .seconds(5), from: 0) { state in
            state == 2 ? .holds("three") : .again(.integer((state.intValue ?? 0) + 1))
        }
        return [one, two, three]
    }

    @Test("a file that ends anywhere is gone on with, and gives the same result")
    func torn() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let whole = folder.appending(path: "whole").path
            let outcome = try await DurableRun.file(whole).execute(time: clock.source, Self.body)
            let bytes = try Data(contentsOf: URL(filePath: whole))
            #expect(bytes.count > 500)
            for length in 0...bytes.count {
                let path = folder.appending(path: "cut").path
                try bytes.prefix(length).write(to: URL(filePath: path))
                #expect(try await DurableRun.file(path).execute(time: clock.source, Self.body) == outcome)
                let again = try String(contentsOfFile: path, encoding: .utf8)
                #expect(again.split(separator: "\n").allSatisfy { (try? JSONValue(parsing: String($0))) != nil })
            }
        }
    }

    @Test("a damaged line in the middle is an error that names it; the file stays as it is")
    func damaged() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "run").path
            _ = try await DurableRun.file(path).execute(time: clock.source, Self.body)
            var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
            lines[2].removeLast()
            let text = lines.joined(separator: "\n") + "\n"
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            let error = await #expect(throws: DurableError.self) {
                try await DurableRun.file(path).execute(time: clock.source, Self.body)
            }
            #expect(error?.message.contains("line 3 is damaged") == true)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
    }

    @Test(
        "a file of something else is not touched",
        arguments: ["title: my experiment\n", "{\"durable\":2}\n", "no line"])
    func foreign(_ text: String) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "experiment.yml").path
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            let error = await #expect(throws: DurableError.self) {
                try await DurableRun.file(path).execute(time: clock.source, Self.body)
            }
            #expect(error?.message.contains("no record of a durable run") == true)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
    }

    @Test("a run has one owner at a time")
    func owners() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "run").path
            let outcome = try await DurableRun.file(path).execute(time: clock.source) { scope in
                let error = await #expect(throws: DurableError.self) {
                    try await DurableRun.file(path).execute(time: clock.source) { _ in 2 }
                }
                #expect(error?.code == .inUse)
                #expect(error?.message.contains("another process executes this run") == true)
                return 1
            }
            #expect(outcome == .completed(1))
            #expect(try await DurableRun.file(path).execute(time: clock.source) { _ in 2 } == .completed(1))
        }
    }

    @Test("a run that has ended is free, also while a child that is being started has a copy of its file's descriptor")
    func copiedDescriptor() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "run").resolvingSymlinksInPath().path
            let copies = Locked<[Int32]>([])
            defer { for copy in copies.withLock(\.self) { close(copy) } }
            _ = try await DurableRun.file(path).execute(time: clock.source) { scope in
                try await scope.step("copy") {
                    let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
                    let own = descriptors.filter {
                        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
                    }
                    copies.withLock { $0 = own.compactMap { Int32($0) }.map { dup($0) } }
                    return true
                }
            }
            #expect(copies.withLock { $0.count } == 1)
            #expect(try await DurableRun.file(path).execute(time: clock.source) { _ in false } == .completed(true))
        }
    }

    @Test("a long poll's file is made small again, and its count goes on")
    func compaction() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "run").path
            let checks = 3_000
            @Sendable func poll(_ scope: DurableScope, last: Int64) async throws -> JSONValue {
                _ = try await scope.step("before") { 1 }
                return try await scope.waitForCondition("poll", every: .seconds(1), from: 0) { state in
                    guard state != .integer(last) else { throw Boom() }
                    return state == .integer(Int64(checks))
                        ? .holds(state) : .again(.integer((state.intValue ?? 0) + 1))
                }
            }
            let file = DurableRun.file(path)
            await #expect(throws: Boom.self) {
                try await file.execute(time: clock.source) { try await poll($0, last: 2_500) }
            }
            let size = try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
            #expect(try await file.execute(time: clock.source) { try await poll($0, last: -1) } == .completed(3_000))
            let compacted = try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
            #expect(compacted < size / 3)
            #expect(clock.sleeps.count == checks)
        }
    }

    @Test("callbacks are completed by another process, at any time", arguments: [0, 1, 2, 3])
    func callbacks(_ kind: Int) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "run").path
            let callbacks = DurableCallbacks.file(path)
            @Sendable func body(_ scope: DurableScope, waits: Bool) async throws -> JSONValue {
                let approval = try await scope.callback("approval", timeout: .seconds(100))
                let id = approval.id
                _ = try await scope.step("ask") { .string(id) }
                guard waits else { throw Boom() }
                do { return try await approval.result() } catch let error as DurableFailure {
                    return .string("\(error)")
                } catch let error as DurableError where error.code == .timedOut { return "too late" }
            }
            let run = DurableRun.file(path)
            await #expect(throws: Boom.self) {
                try await run.execute(time: clock.source) { try await body($0, waits: false) }
            }
            switch kind {
            case 0: try await callbacks.succeed("1", with: ["by": "anna"])
            case 1: try await callbacks.fail("1", DurableFailure(type: "Denied", message: "not today"))
            case 2: try await callbacks.succeed("7")
            default:
                clock.advance(.seconds(200))
                // Too late when nobody was there to see it; but it is the result that counts.
                try await callbacks.succeed("1", with: "late")
            }
            let expected: [JSONValue] = [["by": "anna"], "Denied: not today", "too late", "late"]
            for _ in 0..<2 {
                let outcome = try await run.execute(time: clock.source) { try await body($0, waits: true) }
                #expect(outcome == .completed(expected[kind]))
            }
        }
    }
}
