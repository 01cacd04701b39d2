import Basics
import DurableExecution
import JSON

/// Runs an experiment from its first check to its journal.
///
/// It asks a ``DurableScope`` for each activity and each pause, so that another process can go on. Everything else that
/// it does follows from their results.
struct ExperimentRunner: Sendable {
    private let context: RunContext
    private let environment: RunEnvironment

    /// A run of an experiment.
    ///
    /// - Parameters:
    ///   - substitution: the resolved configuration and secrets.
    ///   - events: takes what happens.
    init(
        _ experiment: Experiment, options: RunOptions, substitution: Substitution, providers: Providers,
        controls: Controls = Controls(), interruption: Interruption = Interruption(), environment: RunEnvironment,
        gates: RunGates = RunGates(), events: @escaping RunEventSink = { _ in }
    ) {
        var (experiment, providers) = (experiment, providers)
        providers.isStrict = options.isStrict
        if let title = experiment.document["title"] {
            experiment.document["title"] = substitution.apply(to: title)
        }
        self.environment = environment
        context = RunContext(
            experiment: experiment, options: options, substitution: substitution, providers: providers,
            controls: controls, interruption: interruption, gates: gates, time: environment.time, events: events)
    }

    /// Runs it.
    ///
    /// - Returns: the journal, whatever has happened.
    /// - Throws: `DurableError`, an error that suspends a durable run, and `CancellationError`.
    func run(on scope: DurableScope) async throws -> Journal {
        var journal = Journal(
            experiment: context.experiment.document, dry: context.options.dry, environment: environment)
        let begin = try await scope.step("start") { [time = context.time] in .integer(time.now().microseconds) }
        journal.start = Timestamp(microseconds: begin.intValue ?? 0)
        context.gates.control?.began(at: journal.start)
        context.tell(.started(title: journal.title), scope)
        do {
            try await applyControls(.experiment, .before, nil, scope)
            try await watched(&journal, scope)
        } catch let error as ExperimentError where error.code == .interrupted {
            journal.status = .interrupted
        }
        noteInterruption(&journal, scope)
        if shouldRollBack(journal, scope) { try await rollBack(&journal, scope) }
        let end = try await scope.step("end") { [time = context.time] in .integer(time.now().microseconds) }
        journal.end = Timestamp(microseconds: end.intValue ?? 0)
        if journal.status == nil { journal.status = .completed }
        journal.additions = try await applyControls(.experiment, .after, .object(journal.json), scope)
        context.tell(.finished(journal: journal.json), scope)
        return journal
    }

    /// Runs hypothesis and method while the control is asked.
    private func watched(_ journal: inout Journal, _ scope: DurableScope) async throws {
        let control = context.gates.control
        // A recovery has no control, and takes the branch that the run has recorded.
        guard control != nil || context.gates.isRecovery && scope.isNext(Self.watchBranch) else {
            return try await runUntilRollbacks(&journal, scope)
        }
        let end = DurableSignal()
        let context = context
        journal = try await scope.concurrently { branches in
            branches.start(Self.watchBranch) { scope in
                if let control { try await context.watch(control, until: end, on: scope) }
                return .null
            }
            defer { end.raise() }
            var journal = journal
            do {
                try await runUntilRollbacks(&journal, scope)
            } catch let error as ExperimentError where error.code == .interrupted {
                journal.status = .interrupted
            }
            return journal
        }
    }

    private static let watchBranch = "watch"

    private func runUntilRollbacks(_ journal: inout Journal, _ scope: DurableScope) async throws {
        let strategy = context.options.hypothesis
        var hypothesis: HypothesisRunner?
        if strategy != .skip, let declared = context.experiment.hypothesis, !declared.probes.isEmpty {
            hypothesis = HypothesisRunner(context: context, hypothesis: declared)
        } else {
            context.tell(
                .message(
                    .info,
                    strategy == .skip
                        ? "Skipping Steady-State Hypothesis as requested"
                        : "No steady state hypothesis defined. That's ok, just exploring."),
                scope)
        }
        if let hypothesis, strategy.checksBefore {
            guard try await check(hypothesis, .before, &journal, scope) else { return }
        }
        let methodEnded = try await playMethod(&journal, hypothesis, scope)
        guard methodEnded else { return }
        // A control after the method may demand the end.
        try await context.checkInterruption(scope)
        guard let hypothesis, strategy.checksAfter else { return }
        if try await check(hypothesis, .after, &journal, scope) { try await context.checkInterruption(scope) }
    }

    /// Checks the hypothesis before or after the method.
    /// - Returns: whether it is met.
    private func check(
        _ hypothesis: HypothesisRunner, _ phase: RunEvent.Phase, _ journal: inout Journal, _ scope: DurableScope
    ) async throws -> Bool {
        context.tell(.hypothesisStarted(phase, frequency: nil), scope)
        let state = try await hypothesis.check(phase, on: scope)
        if phase == .before { journal.before = .object(state.journal) } else { journal.after = .object(state.journal) }
        context.tell(.hypothesisCompleted(phase, iteration: nil, state: .object(state.journal)), scope)
        switch state.fault {
        case .unforeseen(let message):
            journal.abort(in: .hypothesis, message)
            context.tell(.message(.critical, message), scope)
            return false
        case .interrupted, .stopped:
            journal.status = .interrupted
            return false
        case nil: break
        }
        guard !state.isMet else { return true }
        if phase == .after { journal.hasDeviated = true }
        journal.status = state.allSucceeded ? .completed : .failed
        if phase == .before && context.options.isStrict { journal.status = .failed }
        context.tell(
            .message(
                .critical,
                "Steady state probe '\(state.unmetProbe ?? "")' is not in the given tolerance so failing this "
                    + "experiment"),
            scope)
        return false
    }

    /// Plays the method, and checks the hypothesis meanwhile when the strategy says so.
    /// - Returns: whether the method came to its end.
    private func playMethod(
        _ journal: inout Journal, _ hypothesis: HypothesisRunner?, _ scope: DurableScope
    ) async throws -> Bool {
        let methodEnd = DurableSignal()
        let checks = context.options.hypothesis.checksDuring ? hypothesis : nil
        var checking: DurableBranch?
        let outcome = try await scope.concurrently { branches in
            if let checks {
                context.tell(.hypothesisStarted(.during, frequency: context.options.hypothesisFrequency), scope)
                checking = branches.start("hypothesis during the method") { scope in
                    try await checks.checkContinuously(until: methodEnd, on: scope).json
                }
            }
            context.tell(.methodStarted, scope)
            try await applyControls(.method, .before, nil, scope)
            let runner = SequenceRunner(context: context, place: .method, activities: context.experiment.method)
            let outcome = try await runner.play(on: scope)
            methodEnd.raise()
            return outcome
        }
        try await applyControls(.method, .after, .array(outcome.records), scope)
        context.tell(.methodCompleted, scope)
        journal.run = outcome.records
        let during = HypothesisRunner.During(json: try await checking?.value() ?? .null)
        journal.during = during.states
        if during.hasFailed { journal.status = .failed }
        switch during.fault {
        case .unforeseen(let message):
            journal.abort(in: .hypothesis, message)
            context.tell(.message(.critical, message), scope)
        case .interrupted, .stopped, nil: break
        }
        switch outcome.end {
        case .unforeseen(let message):
            journal.abort(in: .method, message)
            context.tell(
                .message(
                    .critical, "Experiment ran into an un expected fatal error, aborting now. \(message)"), scope)
        case .interrupted: journal.status = .interrupted
        case .stopped, nil: break
        }
        return journal.status != .interrupted && journal.status != .aborted
    }

    @discardableResult
    private func applyControls(
        _ level: Controls.Level, _ moment: Controls.Moment, _ state: JSONValue?, _ scope: DurableScope
    ) async throws -> JSONObject {
        let experiment = context.experiment
        return try await context.controls.apply(
            level, moment, declared: experiment.controls, experiment.document, state: state, context, scope)
    }

    // MARK: - Rollbacks

    private func shouldRollBack(_ journal: Journal, _ scope: DurableScope) -> Bool {
        // Who has ended the run has played them.
        if context.gates.isOver, !scope.isReplaying { return false }
        let reason = context.interruption.reason
        if reason?.kind == .leaveAtOnce { return false }
        switch context.options.rollbacks {
        case .always: return true
        case .never, nil: return false
        case .deviated: return journal.hasDeviated
        case .standard:
            switch journal.status {
            case .failed: return context.options.isStrict
            case .interrupted:
                return context.options.rollsBackWhenInterrupted
                    || reason.map { !$0.isSignal && $0.kind != .control } == true
            default: return true
            }
        }
    }

    private func rollBack(_ journal: inout Journal, _ scope: DurableScope) async throws {
        context.tell(.rollbacksStarted, scope)
        var context = context
        context.interruption = environment.rollbackInterruption
        try await applyControls(.rollback, .before, nil, scope)
        let runner = SequenceRunner(context: context, place: .rollbacks, activities: context.experiment.rollbacks)
        let outcome = try await runner.play(on: scope)
        journal.rollbacks = outcome.records
        try await applyControls(.rollback, .after, .array(outcome.records), scope)
        switch outcome.end {
        case .interrupted:
            journal.status = .interrupted
            context.tell(
                .message(.warning, "The rollbacks were interrupted: those that remain are not played."), scope)
        case .unforeseen(let message):
            // Chaos Toolkit dies here, without a journal.
            journal.abort(in: .rollbacks, message)
            context.tell(.message(.critical, "A rollback failed, those that remain are not played: \(message)"), scope)
        case .stopped, nil: break
        }
        context.tell(.rollbacksCompleted, scope)
    }

    private func noteInterruption(_ journal: inout Journal, _ scope: DurableScope) {
        guard let reason = context.interruption.reason, journal.status == .interrupted else { return }
        journal.interruption = reason
        context.tell(.interrupted(reason), scope)
    }
}
