import AWS
import Basics
import ChaosActivities
import DurableExecution
import Experiments
import JSON
import LocalCloud
import Transport

/// The chaos experiment that `tocsin up` runs while checks, metrics and chat show what it does.
struct UpExperiment: Sendable {
    private let experiment: Experiment
    private let options: RunOptions
    private let source: String
    private let loop: EventLoop
    private let ended = Locked(Outcome.interrupted)

    /// What became of it.
    enum Outcome {
        /// It completed, and the system did not deviate.
        case passed
        /// Why it did not pass, for people.
        case failed(String)
        /// The session ended before it did.
        case interrupted
    }

    /// What became of it, once the session has ended.
    var outcome: Outcome { ended.withLock { $0 } }

    /// How long the checks run before the experiment begins, so that they show a healthy system first.
    private static let lead = Duration.seconds(5)

    /// Reads and validates an experiment.
    /// - Throws: the usage error with everything that is wrong with it.
    init(_ source: String, environment: [String: String]) async throws {
        let loop = try EventLoop.onOwnThread()
        (self.source, self.loop) = (source, loop)
        // The value comes with the example site.
        let session = ChaosSession(
            loop: loop, environment: environment.merging(["SITE": "http://127.0.0.1"]) { $1 }, verifiesTLS: true)
        do {
            var options = RunOptions()
            experiment = try await withTaskExecutorPreference(loop) {
                let experiment = try await session.load(source)
                let findings = session.findings(in: experiment, isStrict: false)
                guard findings.isValid else { throw ExperimentError(.invalid, findings.text(source)) }
                return experiment
            }
            try options.takeStrategies(of: experiment)
            self.options = options
        } catch let error as ExperimentError {
            throw usageError("The experiment \(source) cannot be run:\n\(error.message)")
        }
    }

    /// Runs it once, and tells what happens; its rollbacks are played, too, when the session ends before it does.
    /// - Parameter variables: the local AWS and `SITE`.
    func run(_ variables: [String: String], note: @escaping @Sendable (String) -> Void) async throws {
        try await Task.sleep(for: Self.lead)
        let interruption = Interruption()
        let running = Task { [loop] in
            try await withTaskExecutorPreference(loop) { try await execute(variables, interruption, note) }
        }
        try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            interruption.raise(Interruption.Reason(.interrupt, "the session ends"))
        }
    }

    private func execute(
        _ variables: [String: String], _ interruption: Interruption, _ note: @escaping @Sendable (String) -> Void
    ) async throws {
        let session = ChaosSession(loop: loop, environment: variables, verifiesTLS: true)
        let time = TimeSource.live(loop)
        let providers = Providers(
            loop: loop, http: session.http, registry: ChaosActivities.registry,
            aws: { [loop] in try AWSConfiguration(environment: variables, loop: loop) }, environment: variables,
            time: time, seed: UInt64.random(in: 0...UInt64.max))
        let events: RunEventSink = { event in
            for (level, text) in event.messages where level != .debug { note("experiment: \(text)") }
        }
        let scope = DurableScope(inMemory: time)
        do {
            let substitution = try await VariableResolution(environment: variables).values(
                for: experiment, providers, on: scope, events: events)
            let plan = ExperimentExecution.Plan(
                run: ChaosState.newRun(at: .now()), experiment: experiment, source: source, options: options,
                substitution: substitution)
            // The local AWS ends with the session: there is nothing that a ledger could put back later.
            let execution = ExperimentExecution(
                plan, providers: providers, environment: session.place, ledger: nil)
            let result = try await execution.run(on: scope, interruption: interruption, events: events)
            let outcome = Self.outcome(of: result, wasInterrupted: interruption.reason?.kind == .interrupt)
            ended.withLock { $0 = outcome }
        } catch let error as ExperimentError {
            note("experiment: \(error.message)")
            ended.withLock { $0 = .failed("The experiment did not run: \(error.message)") }
        }
    }

    private static func outcome(of result: ExperimentExecution.Result, wasInterrupted: Bool) -> Outcome {
        // Chaos Toolkit calls it completed when the hypothesis did not hold at the start and nothing was tried.
        if result.journal["steady_states"]?["before"]?["steady_state_met"] == false {
            return .failed("The experiment did not begin: its hypothesis did not hold.")
        }
        if result.isSuccess { return .passed }
        if wasInterrupted { return .interrupted }
        let status = result.journal["status"]?.stringValue ?? "unknown"
        let deviation = result.journal["deviated"] == true ? ", and the system deviated" : ""
        return .failed("The experiment ended with status \(status)\(deviation).")
    }
}
