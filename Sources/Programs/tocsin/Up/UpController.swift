import Basics
import Console
import JSON
import LocalCloud
import UptimeChecker

/// What the console's buttons do in a session of `tocsin up`.
final class UpController: ConsoleActions {
    private struct Live {
        var system = UpSystem()
        var stack: LocalStack?
        var checker: LocalFunction?
    }

    private let recorder: UpRecorder
    private let checks: CheckRunner
    private let experiments: UpExperiments
    private let live = Locked(Live())

    init(recorder: UpRecorder, checks: CheckRunner, experiments: UpExperiments) {
        (self.recorder, self.checks, self.experiments) = (recorder, checks, experiments)
    }

    /// Another version of the folder is in force.
    func take(_ system: UpSystem) { live.withLock { $0.system = system } }

    /// The local AWS answers.
    func take(_ stack: LocalStack) { live.withLock { $0.stack = stack } }

    /// `uptime-checker` can be invoked; nil when it no longer can.
    func take(checker: LocalFunction?) { live.withLock { $0.checker = checker } }

    func check(service: String?) async throws -> String {
        let live = live.withLock { $0 }
        let entries = live.system.checks?.entries ?? []
        if let service, !entries.contains(where: { $0.displayName == service }) {
            let test = live.system.tests.first { test in
                service == test.service || service.hasSuffix("/\(test.service)")
            }
            throw ConsoleError(
                .notPossible,
                test.map { "\($0.service) is a test, which runs by itself every \(Duration.seconds($0.delay).text)." }
                    ?? "No endpoint is named \(service).")
        }
        if let service, entries.contains(where: { $0.displayName == service && $0.isExternal }) {
            throw ConsoleError(
                .notPossible, "The results of \(service) are pushed; a heartbeat that is missing is found by itself.")
        }
        guard entries.contains(where: { !$0.isExternal }) else {
            throw ConsoleError(.notPossible, "There is nothing to check.")
        }
        guard let checker = live.checker else { throw ConsoleError.notReady("uptime-checker") }
        let answer = try await checks.checkNow(service.map { [$0] } ?? [], checker)
        return service.map(answer.text(of:)) ?? answer.text
    }

    /// Hands the request of somebody who pushes a result to the checker.
    /// - Returns: its answer; nil while it cannot be invoked.
    func push(_ event: [UInt8]) async throws -> JSONValue? {
        guard let checker = live.withLock({ $0.checker }) else { return nil }
        let result = try await checker.invoke(event)
        if let error = result.error { throw error }
        return try JSONValue(parsing: result.payload)
    }

    func plan(experiment id: String) async throws -> ConsolePlan { try await experiments.plan(try file(id)) }

    func run(experiment id: String, plan digest: String) async throws -> String {
        try await experiments.start(try file(id), plan: digest)
    }

    func stopExperiment() async throws -> String { try await experiments.stop() }

    private func file(_ id: String) throws -> UpSystem.ExperimentFile {
        guard let file = live.withLock({ $0.system.experiments.first { $0.id == id } }) else {
            throw ConsoleError(.notPossible, "No experiment is named \(id).")
        }
        return file
    }

    func sendTestEvent() async throws -> String {
        guard let stack = live.withLock({ $0.stack }) else { throw ConsoleError.notReady("The local AWS") }
        try await stack.publishAlarm(
            subject: "Test of Tocsin",
            message: "This is a test from the console at \(Timestamp.now().iso8601). Nothing is wrong.")
        return "Sent to the topic of alarms; the message appears when the notifier has delivered it."
    }

    func silence(alarm: String, for duration: Duration) async throws -> String {
        guard recorder.hasAlarm(alarm) else { throw ConsoleError(.notPossible, "No alarm is named \(alarm).") }
        do { return try await recorder.silences.set(alarm, for: duration, at: .now()) } catch {
            throw ConsoleError(.notPossible, "The silence of \(alarm) is as it was: \(error)")
        }
    }
}

extension ConsoleError {
    /// A part of the system is not there yet.
    static func notReady(_ part: String) -> ConsoleError {
        ConsoleError(.notPossible, "\(part) is still starting; try again.")
    }
}
