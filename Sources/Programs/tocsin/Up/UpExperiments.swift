import Basics
import Console
import Experiments
import LocalCloud
import LocalHistory
import Transport

/// The experiments of a session: one runs at a time, and only in the form whose plan was seen.
actor UpExperiments {
    /// An experiment whose plan was seen: this very one is run, whatever its file has become.
    private struct Planned {
        let experiment: UpExperiment
        /// The content of its file.
        let bytes: [UInt8]
        let digest: String
    }

    private typealias Run = (id: String, task: Task<UpExperiment.Outcome, Never>, interruption: Interruption)

    private let environment: [String: String]
    private let loop: EventLoop
    /// Called with each change of a run.
    private let onRun: @Sendable (ExperimentRun) -> Void
    private let note: @Sendable (String) -> Void

    /// The local AWS and `SITE`; nil before the local AWS answers.
    private var variables: [String: String]?
    /// By the files' names; without those whose newest plan is refused.
    private var planned: [String: Planned] = [:]
    /// Decides what random choices take: the run's are those of the plan that was seen.
    private var seeds: [String: UInt64] = [:]
    private var running: Run?
    private var isClosed = false
    /// What became of the last run of each experiment of this session.
    private(set) var outcomes: [String: UpExperiment.Outcome] = [:]

    init(
        environment: [String: String], loop: EventLoop, onRun: @escaping @Sendable (ExperimentRun) -> Void,
        note: @escaping @Sendable (String) -> Void
    ) {
        (self.environment, self.loop) = (environment, loop)
        (self.onRun, self.note) = (onRun, note)
    }

    /// The local AWS answers.
    func open(_ variables: [String: String]) { self.variables = variables }

    // MARK: Plan, then run

    /// What an experiment would do, by the present content of its file.
    func plan(_ file: UpSystem.ExperimentFile) async throws -> ConsolePlan {
        let bytes = try Self.content(of: file)
        let experiment = try await UpExperiment(file.path, bytes: bytes, environment: environment, loop: loop)
        let plan = try await show(experiment, of: file, bytes)
        planned[file.id] =
            plan.refusal == nil ? Planned(experiment: experiment, bytes: bytes, digest: plan.digest) : nil
        return plan
    }

    /// Starts an experiment whose plan was seen.
    /// - Parameter digest: the plan's.
    /// - Throws: `ConsoleError` with `planHasChanged` when its file, or what it would hit, is another one since.
    func start(_ file: UpSystem.ExperimentFile, plan digest: String) async throws -> String {
        guard let planned = planned[file.id], planned.digest == digest, try Self.content(of: file) == planned.bytes,
            try await show(planned.experiment, of: file, planned.bytes).digest == digest
        else {
            throw ConsoleError(
                .planHasChanged,
                "The file, or what it would hit, has changed since you read its plan: nothing was run. Read it again.")
        }
        try begin(planned.experiment, id: file.id)
        return "\(planned.experiment.title): running."
    }

    private func show(
        _ experiment: UpExperiment, of file: UpSystem.ExperimentFile, _ bytes: [UInt8]
    ) async throws -> ConsolePlan {
        let seed = seed(of: file.id)
        let plan = try await experiment.plan(try ready(), seed: seed)
        let text = plan.lines(width: 100, colour: false).joined(separator: "\n")
        // The text alone has no arguments, which may be secret, and not what scripts do.
        let scripts = Set(plan.steps.flatMap(\.scripts)).sorted().map { script in
            (try? Files.read(script)).map { "\(script) \(Digest.sha256Hex($0))" } ?? script
        }
        let digest = Digest.sha256Hex("\(Digest.sha256Hex(bytes)) \(scripts) \(seed) \(text)")
        return ConsolePlan(text: text, digest: digest, refusal: plan.refusalText)
    }

    private static func content(of file: UpSystem.ExperimentFile) throws -> [UInt8] {
        do { return try Files.read(file.path) } catch {
            throw ConsoleError(.notPossible, "\(file.id) cannot be read: \(error)", underlying: error)
        }
    }

    private func ready() throws(ConsoleError) -> [String: String] {
        guard let variables else { throw .notReady("The local AWS") }
        return variables
    }

    private func seed(of id: String) -> UInt64 {
        let seed = seeds[id] ?? UInt64.random(in: 0..<1_000_000_000)
        seeds[id] = seed
        return seed
    }

    // MARK: Runs

    /// Runs the experiment of the command line to its end.
    func run(_ experiment: UpExperiment, id: String) async -> UpExperiment.Outcome {
        let task: Task<UpExperiment.Outcome, Never>
        do throws(ConsoleError) { task = try begin(experiment, id: id) } catch {
            // Whoever runs another one from the page must not end the session by that.
            let outcome = UpExperiment.Outcome(.failed, "The experiment did not run: \(error.message)")
            note(outcome.text)
            outcomes[id] = outcome
            return outcome
        }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Stops the one that runs; its rollbacks are played.
    func stop() throws(ConsoleError) -> String {
        guard let running else { throw ConsoleError(.notPossible, "No experiment is running.") }
        running.interruption.raise(Interruption.Reason(.interrupt, "stopped from the console"))
        return "\(running.id) is being stopped; its rollbacks are played next, and it tells what became of them."
    }

    /// Stops the one that runs and waits for its rollbacks; none can be started any more.
    func close() async {
        isClosed = true
        guard let running else { return }
        running.interruption.raise(Interruption.Reason(.interrupt, "the session ends"))
        _ = await running.task.value
    }

    @discardableResult
    private func begin(
        _ experiment: UpExperiment, id: String
    ) throws(ConsoleError) -> Task<UpExperiment.Outcome, Never> {
        guard !isClosed else { throw ConsoleError(.notPossible, "The session is ending: nothing is started any more.") }
        let variables = try ready()
        if let running {
            throw ConsoleError(.notPossible, "\(running.id) is running; one experiment runs at a time.")
        }
        let interruption = Interruption()
        let seed = seed(of: id)
        let timeline = Locked(
            RunTimeline(ExperimentRun(experiment: id, title: experiment.title, start: .now(), state: "running")))
        onRun(timeline.withLock(\.run))
        let task = Task { [onRun, note] in
            let outcome: UpExperiment.Outcome
            do {
                outcome = try await experiment.run(variables, seed: seed, interruption: interruption) { event in
                    for (level, text) in event.messages where level != .debug { note("experiment: \(text)") }
                    if let run = timeline.withLock({ $0.take(event, at: .now()) }) { onRun(run) }
                }
            } catch {
                outcome = UpExperiment.Outcome(
                    .failed, "The experiment broke off: \(error). Its rollbacks may not have been played.")
            }
            // Whoever sees the end finds the outcome there already.
            self.ended(id, outcome)
            onRun(timeline.withLock { $0.end(outcome, at: .now()) })
            return outcome
        }
        running = (id, task, interruption)
        return task
    }

    private func ended(_ id: String, _ outcome: UpExperiment.Outcome) {
        outcomes[id] = outcome
        if outcome.verdict != .passed { note("experiment: \(outcome.text)") }
        running = nil
        // The next run is planned anew.
        (planned[id], seeds[id]) = (nil, nil)
    }
}

extension ExperimentPlan {
    /// Why it must not be run, for people; nil when it can be.
    fileprivate var refusalText: String? {
        guard isRefused else { return nil }
        guard refusals.isEmpty else { return refusals.map(\.description).joined(separator: "; ") }
        return "it takes \(cost.operations) operations, which is more than a durable run can have."
    }
}
