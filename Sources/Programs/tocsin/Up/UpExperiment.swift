import AWS
import Basics
import ChaosActivities
import DurableExecution
import Experiments
import JSON
import LocalCloud
import Transport

/// A chaos experiment that `tocsin up` runs while checks, metrics and chat show what it does.
struct UpExperiment: Sendable {
    private let experiment: Experiment
    private let options: RunOptions
    private let source: String
    private let loop: EventLoop

    /// Reads and validates an experiment.
    /// - Parameter bytes: the content of the file `source` where it has been read; nil to fetch it.
    /// - Throws: `ExperimentError` with everything that is wrong with it.
    init(
        _ source: String, bytes: [UInt8]? = nil, environment: [String: String], loop: EventLoop
    ) async throws {
        (self.source, self.loop) = (source, loop)
        // The value comes with the example site.
        let session = ChaosSession(
            loop: loop, environment: ["SITE": "http://127.0.0.1"].merging(environment) { $1 }, verifiesTLS: true)
        var options = RunOptions()
        experiment = try await withTaskExecutorPreference(loop) {
            let document =
                if let bytes {
                    try SourceDocument(
                        parsing: bytes, format: SourceDocument.format(ofFile: source) ?? .any, name: source)
                } else {
                    try await session.document(source)
                }
            let experiment = try Experiment(document, registry: session.registry)
            let findings = session.findings(in: experiment, isStrict: false)
            guard findings.isValid else { throw ExperimentError(.invalid, findings.text(source)) }
            return experiment
        }
        try options.takeStrategies(of: experiment)
        self.options = options
    }

    /// Its title.
    var title: String { experiment.document["title"]?.stringValue ?? source }

    /// What it would do, as `tocsin chaos plan` prints it.
    /// - Parameters:
    ///   - variables: the local AWS and `SITE`.
    ///   - seed: decides what random choices take.
    func plan(_ variables: [String: String], seed: UInt64) async throws -> ExperimentPlan {
        var session = ChaosSession(loop: loop, environment: variables, verifiesTLS: true)
        session.seed = seed
        return try await withTaskExecutorPreference(loop) { [session] in try await session.plan(of: experiment) }
    }

    /// Runs it once; its rollbacks are played, too, when it is interrupted or the task is cancelled.
    /// - Parameters:
    ///   - variables: the local AWS and `SITE`.
    ///   - seed: decides what random choices take, as in the plan.
    ///   - events: called with what happens.
    func run(
        _ variables: [String: String], seed: UInt64, interruption: Interruption, events: @escaping RunEventSink
    ) async throws -> Outcome {
        // Not a child: a cancellation would end the rollbacks, too.
        let running = Task { [loop] in
            try await withTaskExecutorPreference(loop) { try await execute(variables, seed, interruption, events) }
        }
        return try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            interruption.raise(Interruption.Reason(.interrupt, "the session ends"))
        }
    }

    private func execute(
        _ variables: [String: String], _ seed: UInt64, _ interruption: Interruption, _ events: @escaping RunEventSink
    ) async throws -> Outcome {
        let session = ChaosSession(loop: loop, environment: variables, verifiesTLS: true)
        let time = TimeSource.live(loop)
        let providers = Providers(
            loop: loop, http: session.http, registry: ChaosActivities.registry,
            aws: { [loop] in try AWSConfiguration(environment: variables, loop: loop) }, environment: variables,
            time: time, seed: seed)
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
            return Outcome(
                journal: result.journal, isSuccess: result.isSuccess, rollbacks: result.rollbacks,
                wasInterrupted: interruption.reason?.kind == .interrupt)
        } catch let error as ExperimentError {
            events(.message(.error, error.message))
            return Outcome(.failed, "The experiment did not run: \(error.message)")
        }
    }
}
