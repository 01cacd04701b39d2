import Basics
import Foundation
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import SLARunner

/// The variables that must be set, and a name for each test's service.
func variables(_ more: [String: String] = [:]) -> [String: String] {
    [
        "SLARUNNER_COMMAND": "echo hello", "SLARUNNER_DELAY": "60", "SLARUNNER_SERVICE": "shop",
        "SLARUNNER_SNSTOPICNAME": "results",
    ].merging(more) { $1 }
}

func configuration(_ more: [String: String] = [:]) throws -> RunnerConfiguration {
    try RunnerConfiguration(environment: Environment(variables(more)), hasShell: true)
}

/// A clock that asks the runner to stop at a number of sleeps.
struct StoppingClock: Sendable {
    let stop = StopSignal()
    private let clock = TestClock(Timestamp(secondsSinceEpoch: 1_574_778_556.9))
    private let sleepsBeforeStop: Int

    init(sleepsBeforeStop: Int = 1) { self.sleepsBeforeStop = sleepsBeforeStop }

    var sleeps: [Duration] { clock.sleeps }

    var source: TimeSource {
        clock.source(onSleep: { [stop, sleepsBeforeStop] count in
            if count == sleepsBeforeStop { stop.request(.terminate) }
        })
    }
}

/// The system's clock, for real commands.
let systemTime = TimeSource(now: { .now() }, sleep: { try await Task.sleep(for: $0) }, random: { 0.5 })

/// Collects what the runner prints.
final class Printed: Sendable {
    private let bytes = Mutex((output: [UInt8](), errors: [UInt8]()))

    var streams: StandardStreams {
        StandardStreams(
            output: { piece in self.bytes.withLock { $0.output += piece } },
            errors: { piece in self.bytes.withLock { $0.errors += piece } })
    }
    var output: [UInt8] { bytes.withLock { $0.output } }
    var lines: [String] { String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init) }
    var errors: String { String(decoding: bytes.withLock { $0.errors }, as: UTF8.self) }
}

/// A command that gives prepared outcomes, the last of them again and again.
final class ScriptedCommand: CommandExecuting {
    private let runs: Mutex<[(output: String, outcome: CommandOutcome)]>
    private let count = Mutex(0)
    private let during: @Sendable () -> Void

    init(_ runs: [(output: String, outcome: CommandOutcome)], during: @escaping @Sendable () -> Void = {}) {
        self.runs = Mutex(runs)
        self.during = during
    }

    var runCount: Int { count.withLock { $0 } }

    func run(output: (UnsafeRawBufferPointer) -> Void) async -> CommandOutcome {
        count.withLock { $0 += 1 }
        during()
        let run = runs.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        Array(run.output.utf8).withUnsafeBytes(output)
        return run.outcome
    }
}

/// A topic that refuses with prepared errors first.
final class ScriptedTopic: ResultPublishing {
    private let state: Mutex<(errors: [any Error], envelopes: [String])>
    private let checkError: (any Error)?
    private let accepted: Int

    /// - Parameter accepted: how many messages it takes before the errors.
    init(errors: [any Error] = [], after accepted: Int = 0, checkError: (any Error)? = nil) {
        state = Mutex((errors, []))
        self.checkError = checkError
        self.accepted = accepted
    }

    /// The messages that arrived, in order.
    var messages: [JSONValue] {
        get throws {
            try state.withLock { $0.envelopes }.map { envelope in
                let text = try #require(try JSONValue(parsing: envelope)["default"]?.stringValue)
                return try JSONValue(parsing: text)
            }
        }
    }

    func topicARN() async throws -> String { "arn:aws:sns:eu-central-1:123456789012:results" }

    func checkTopic() async throws {
        if let checkError { throw checkError }
    }

    func publish(_ envelope: String) async throws {
        try state.withLock { state in
            if !state.errors.isEmpty, state.envelopes.count >= accepted { throw state.errors.removeFirst() }
            state.envelopes.append(envelope)
        }
    }
}

/// A store that keeps logs in memory, or always fails.
final class ScriptedLogs: LogStoring {
    private let contents = Mutex<[String: [UInt8]]>([:])
    private let error: (any Error)?

    init(error: (any Error)? = nil) { self.error = error }

    var logs: [String: String] { contents.withLock { $0.mapValues { String(decoding: $0, as: UTF8.self) } } }

    func store(_ log: OutputLog, key: String) async throws {
        if let error { throw error }
        let bytes = (0..<log.pieceCount).flatMap { log.piece($0) }
        contents.withLock { $0[key] = bytes }
    }
}

/// Any failure of AWS that may pass.
struct Outage: Error {}

/// Does what blocks on a thread of its own: the pool has only as many threads as the machine has cores.
func offPool<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}
