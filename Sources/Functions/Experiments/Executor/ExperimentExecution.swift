import AWS
import Basics
public import DurableExecution
public import JSON

/// One run of an experiment with its ledger: what it changes is written down before, put back after, and proven.
public struct ExperimentExecution: Sendable {
    /// What is run, and how.
    public struct Plan: Sendable {
        /// The run's id.
        public var run: String
        /// The experiment.
        public var experiment: Experiment
        /// Where it was read from, for people.
        public var source: String
        /// How it is run.
        public var options: RunOptions
        /// The resolved configuration and secrets.
        public var substitution: Substitution
        /// Whether changes that the rollbacks do not put back are undone.
        public var restore: RestorePolicy
        /// What recoveries want to know, such as where the durable log is.
        public var details: JSONObject
        /// Where the journal goes; nil when only the caller gets it.
        public var journal: String?
        /// The folder that it runs in, in which a recovery plays the rollbacks; nil where there is no such folder.
        public var folder: String?

        /// A plan.
        public init(
            run: String, experiment: Experiment, source: String, options: RunOptions, substitution: Substitution,
            restore: RestorePolicy = .interrupted, details: JSONObject = [:]
        ) {
            (self.run, self.experiment, self.source, self.options) = (run, experiment, source, options)
            (self.substitution, self.restore, self.details) = (substitution, restore, details)
        }
    }

    /// What became of a run.
    public struct Result: Sendable {
        /// The journal, with what was hit and restored under `tocsin`.
        public let journal: JSONObject
        /// Whether the run completed and the system did not deviate.
        public let isSuccess: Bool
        /// Everything that was changed, with what became of it.
        public let entries: [LedgerEntry]
        /// What became of the rollbacks.
        public let rollbacks: [PlayedRollback]
        /// Whether something is still broken.
        public var isBroken: Bool { entries.contains { $0.state.isOpen } }
    }

    private let plan: Plan
    private let providers: Providers
    private let controls: Controls
    private let environment: RunEnvironment
    private let ledger: Ledger?
    private let limits: Restorer.Limits
    private let safety: RunSafety
    /// What is hidden in events and in the journal.
    private let secrets: SecretValues

    /// An execution.
    /// - Parameter ledger: nil for an experiment that leaves nothing to be put back.
    public init(
        _ plan: Plan, providers: Providers, controls: Controls = Controls(), environment: RunEnvironment,
        ledger: Ledger?, safety: RunSafety = RunSafety(), limits: Restorer.Limits = Restorer.Limits()
    ) {
        self.safety = safety
        secrets = SecretValues(secrets: plan.substitution.secrets, configuration: plan.substitution.configuration)
        (self.plan, self.providers, self.controls) = (plan, providers, controls)
        (self.environment, self.ledger, self.limits) = (environment, ledger, limits)
    }

    /// Runs the experiment, or goes on with it.
    ///
    /// Whatever decides by the world outside is a step of the scope, so that a replay decides as the run did.
    /// - Parameter held: the run in the ledger when a recovery has taken it over.
    /// - Throws: `DurableError`, `DurableSuspension`, `StateStoreError`, `CancellationError`; `ExperimentError` when
    ///   the run has ended before, is executed by another process or is not permitted.
    public func run(
        on scope: DurableScope, interruption: Interruption, held: LedgerRun? = nil, events: @escaping RunEventSink
    ) async throws -> Result {
        let events: RunEventSink = { [secrets] event in events(secrets.isEmpty ? event : event.masked(by: secrets)) }
        do { return try await runUnmasked(on: scope, interruption: interruption, held: held, events: events) } catch let
            error as ExperimentError
        { throw error.masked(by: secrets) }
    }

    private func runUnmasked(
        on scope: DurableScope, interruption: Interruption, held: LedgerRun?, events: @escaping RunEventSink
    ) async throws -> Result {
        guard held == nil else { return try await run(on: scope, interruption, held, isHeld: true, events) }
        try await safety.claimSlot(on: scope, interruption)
        do {
            let result = try await run(on: scope, interruption, open(scope), isHeld: false, events)
            await safety.release()
            return result
        } catch let suspension as DurableSuspension {
            let end = resumption(suspension)
            _ = try await safety.renew(until: end)
            throw suspension
        } catch {
            // The locks stay until they end by themselves: what they protect may be broken.
            await safety.slot?.release()
            throw error
        }
    }

    private func run(
        on scope: DurableScope, _ interruption: Interruption, _ run: LedgerRun?, isHeld: Bool,
        _ events: @escaping RunEventSink
    ) async throws -> Result {
        let isOver = run == nil && !isHeld && ledger != nil
        let safety = isHeld ? try await recovering(on: scope) : try await permitted(on: scope, run)
        if !isHeld, let run { try await lockAgain(run, interruption) }
        let runner = runner(run, safety, isOver: isOver, interruption, events)
        guard let run else {
            let journal = try await runner.run(on: scope)
            let entries = ledger == nil ? [] : try await putBack(on: scope) { [] }
            return result(journal, entries)
        }
        do {
            return try await keeping(run, interruption) {
                var (place, journal): (DurableScope, Journal)
                do {
                    journal = try await runner.run(on: scope)
                    try await safety.gates(plan.run, isOver: false).handOver(environment.time, on: scope)
                    place = scope
                } catch let error as DurableError where error.code != .inUse {
                    journal = try await withoutRecord(error, run, safety, events)
                    place = DurableScope(inMemory: environment.time)
                }
                let end = journal
                let entries = try await putBack(on: place) { try await settle(run, end, events) }
                // Behind the step: who finds the run closed can read in its record what became of it.
                if !isHeld, try await !run.close() { try await run.release() }
                return result(end, entries)
            }
        } catch let suspension as DurableSuspension {
            // The run stays ours while nobody executes it.
            try await run.heartbeat(until: resumption(suspension))
            throw suspension
        }
    }

    /// Asks the guard and the lever once; a run that goes on was permitted when it began.
    /// - Returns: what limits the run, with the targets that others have left broken.
    private func permitted(on scope: DurableScope, _ run: LedgerRun?) async throws -> RunSafety {
        var safety = safety
        safety.brokenTargets = { try await brokenTargets() }
        let asked = safety
        let answer = try await scope.step(Self.permissionStep) {
            do {
                try await asked.permitStart(of: plan, providers)
                return .null
            } catch let error as ExperimentError where error.code == .refused {
                return .string(secrets.masked(error.message))
            }
        }
        if let reason = answer.stringValue {
            try await run?.close()
            throw ExperimentError(.refused, reason)
        }
        if let run, run.record.awaitsPermission { try await run.update { $0.awaitsPermission = false } }
        return safety
    }

    /// Gets the locks again on what the run has changed in another process.
    ///
    /// A target that another run has now ends this one: it must not be hit further.
    private func lockAgain(_ run: LedgerRun, _ interruption: Interruption) async throws {
        do {
            try await safety.locks?.acquire(run.entries.filter(\.state.isOpen).map(\.target))
        } catch let error as ExperimentError where error.code == .refused {
            interruption.raise(Interruption.Reason(.lost, error.message))
        }
    }

    /// Takes the permission that the run has recorded: a recovery asks nobody.
    private func recovering(on scope: DurableScope) async throws -> RunSafety {
        if scope.isNext(Self.permissionStep) { _ = try await scope.step(Self.permissionStep) { .null } }
        var safety = safety
        safety.isRecovery = true
        return safety
    }

    private static let permissionStep = "permission"

    /// Until when a suspended run stays ours.
    private func resumption(_ suspension: DurableSuspension) -> Timestamp {
        let now = environment.time.now()
        return max(suspension.until ?? now + .seconds(86_400), now) + Self.resumptionMargin
    }

    private func runner(
        _ run: LedgerRun?, _ safety: RunSafety, isOver: Bool, _ interruption: Interruption,
        _ events: @escaping RunEventSink
    ) -> ExperimentRunner {
        var providers = providers
        providers.changes = safety.observer
        providers.guarding = safety.guarding
        if let run {
            providers.changes =
                ChangeRecorder(run: run, substitution: plan.substitution, next: providers.changes).observer
        }
        return ExperimentRunner(
            plan.experiment, options: plan.options, substitution: plan.substitution, providers: providers,
            controls: controls, interruption: interruption, environment: environment,
            gates: safety.gates(plan.run, isOver: isOver), events: events)
    }

    /// Plays the rollbacks of a run whose record cannot be written any more: nothing may be left broken for that.
    private func withoutRecord(
        _ error: DurableError, _ run: LedgerRun, _ safety: RunSafety, _ events: @escaping RunEventSink
    ) async throws -> Journal {
        events(.message(.critical, "The record of the run cannot be written: \(error)"))
        let interruption = Interruption()
        interruption.raise(Interruption.Reason(.lost, "the record of the run cannot be written: \(error)"))
        return try await runner(run, safety, isOver: false, interruption, events).run(
            on: DurableScope(inMemory: environment.time))
    }

    /// What other runs have changed and nobody has put back, by the addresses of the targets.
    private func brokenTargets() async throws -> [NativeActivity.Target: RunSafety.OtherRun] {
        guard let ledger else { return [:] }
        var broken: [NativeActivity.Target: RunSafety.OtherRun] = [:]
        let now = environment.time.now()
        for summary in try await ledger.runs().runs where summary.record.run != plan.run {
            let other = RunSafety.OtherRun(run: summary.record.run, isAlive: !summary.isOrphaned(at: now))
            for entry in summary.entries where entry.state.isOpen {
                broken[RunSafety.address(of: entry.target)] = other
            }
        }
        return broken
    }

    /// How late a suspended run may go on before a recovery takes it for dead.
    private static let resumptionMargin = Duration.seconds(900)

    /// Enters the run into the ledger.
    ///
    /// - Returns: nil without a ledger, and for a run that has ended and whose answer was lost.
    private func open(_ scope: DurableScope) async throws -> LedgerRun? {
        guard let ledger else { return nil }
        var record = RunRecord(
            run: plan.run, title: plan.experiment.document["title"]?.stringValue ?? "", source: plan.source,
            started: environment.time.now(), restore: plan.restore, journal: plan.journal,
            configuration: ExperimentVariables.recordable(plan.substitution.configuration), details: plan.details,
            document: plan.experiment.withoutSecretValues)
        record.awaitsPermission = true
        record.folder = plan.folder
        if !scope.isReplaying, plan.experiment.usesAWS(providers.registry) {
            record.region = ["AWS_REGION", "AWS_DEFAULT_REGION"].lazy.compactMap { providers.environment[$0] }
                .first { !$0.isEmpty }
            record.account = try? await providers.account()
        }
        if let run = try await ledger.open(record) { return run }
        if scope.isReplaying { return nil }
        throw ExperimentError(.refused, "the run \(plan.run) has ended: begin a new one")
    }

    /// Renews the lease as long as the body runs.
    ///
    /// A lease that was lost ends the run: another process puts things back.
    private func keeping<R: Sendable>(
        _ run: LedgerRun, _ interruption: Interruption, _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask { try await body() }
            group.addTask { [time = environment.time] in
                while (try? await time.sleep(.seconds(30))) != nil {
                    do {
                        try await run.heartbeat()
                        if let reason = try await safety.renew() {
                            interruption.raise(Interruption.Reason(reason))
                        }
                    } catch let error as ExperimentError {
                        interruption.raise(Interruption.Reason(.lost, error.message))
                        return nil
                    } catch {
                        // The next one may get through before the lease ends.
                    }
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw CancellationError()
        }
    }

    /// Settles everything as a step, which remembers what became of each target.
    private func putBack(
        on scope: DurableScope, _ settle: () async throws -> [LedgerEntry]
    ) async throws -> [LedgerEntry] {
        let stored = try await scope.step("put back") {
            let entries = try await settle()
            let whole = JSONValue.array(entries.map(\.json))
            guard let limits = safety.limits, whole.serialized().count > limits.resultBytes - 1_024 else {
                return whole
            }
            return .array(entries.map(\.withoutDetails.json))
        }
        return (stored.arrayValue ?? []).compactMap(LedgerEntry.init)
    }

    /// Puts back what is still changed, and reads all of it.
    private func settle(
        _ run: LedgerRun, _ journal: Journal, _ events: @escaping RunEventSink
    ) async throws -> [LedgerEntry] {
        guard !run.entries.isEmpty else { return [] }
        let restores = plan.restore.restores(afterInterruption: journal.status != .completed)
        // What there is no time for stays in the ledger.
        let end = providers.deadline.map { $0 - .seconds(5) }
        return try await restorer().settle(run, restores: restores, until: end) { entry in
            let text = entry.title + ": \(entry.state.rawValue)" + (entry.reason.map { ", \($0)" } ?? "")
            events(.message(entry.state == .stillBroken ? .error : .info, text))
        }
    }

    /// What undoes changes of this plan's run.
    func restorer() -> Restorer {
        Restorer(providers.registry, time: environment.time, limits: limits) { [providers, plan] _, entry in
            try NativeActivity.Invocation(
                undoing: entry, of: plan.experiment, plan.substitution, providers,
                deadline: providers.deadline ?? providers.time.now() + .seconds(600))
        }
    }

    private func result(_ journal: Journal, _ entries: [LedgerEntry]) -> Result {
        let rollbacks = PlayedRollback.all(plan.experiment.rollbacks, in: journal.rollbacks).map { rollback in
            PlayedRollback(name: rollback.name, failure: rollback.failure.map { secrets.masked($0) })
        }
        return Result(
            journal: finished(journal, entries), isSuccess: journal.isSuccess, entries: entries, rollbacks: rollbacks)
    }

    /// The journal with what was hit: `tocsin: {run, targets: [{activity, kind, id, region, before, outcome,
    /// reason}]}`; `before` is null where it may hold secrets.
    private func finished(_ journal: Journal, _ entries: [LedgerEntry]) -> JSONObject {
        var json = journal.json
        let targets = entries.map { $0.masked(by: providers.registry) }.map { entry -> JSONValue in
            [
                "activity": .string(entry.name), "kind": .string(entry.target.kind), "id": .string(entry.target.id),
                "region": .string(entry.target.region), "before": entry.before,
                "outcome": .string(entry.state.rawValue), "reason": entry.reason.map { .string($0) } ?? nil,
            ]
        }
        json["tocsin"] = ["run": .string(plan.run), "targets": .array(targets)]
        if let experiment = json["experiment"]?.objectValue {
            json["experiment"] = .object(secrets.masked(document: experiment))
        }
        return secrets.masked(.object(json)).objectValue ?? json
    }
}

/// Writes changes into the ledger before and after they are made.
struct ChangeRecorder: Sendable {
    let run: LedgerRun
    /// Tells which arguments have secrets.
    let substitution: Substitution
    /// Asked first, such as the guard.
    let next: ChangeObserver

    var observer: ChangeObserver {
        ChangeObserver(
            willChange: { change in
                try await next.willChange(change)
                guard let undo = undo(of: change) else { return }
                var subjects: [LedgerIntent.Subject] = []
                for target in change.targets {
                    let before = try await undo.capture(change.invocation, target)
                    subjects.append(LedgerIntent.Subject(target, before: before))
                }
                var intent = LedgerIntent(
                    activity: change.execution, name: change.activity.name, module: change.native.module,
                    function: change.native.function, arguments: change.invocation.arguments,
                    seed: change.invocation.seed, subjects: subjects)
                if let secret = SecretArguments(in: change.activity.provider["arguments"] ?? [:], substitution) {
                    for key in try secret.values(substitution).keys { intent.arguments[key] = nil }
                    intent.secretArguments = secret
                }
                try await run.recordIntent(intent)
            },
            didChange: { change, error in
                if undo(of: change) != nil, error == nil {
                    try await run.recordChange(of: change.execution)
                }
                try await next.didChange(change, error)
            })
    }

    /// Nil for what is not written down: what cannot be undone, and what a rollback does.
    private func undo(of change: ChangeObserver.Change) -> NativeActivity.Undo? {
        change.targets.isEmpty || change.isRollback ? nil : change.native.undo
    }
}

extension Experiment {
    /// Whether its actions and probes call AWS; also when nobody knows.
    func usesAWS(_ registry: ActivityRegistry) -> Bool {
        (method + rollbacks).contains { GuardedCall(activity: $0, title: "").usesAWS(registry) }
    }

    /// Whether a run whose process is gone can have left something to be put back: by rollbacks, or by an undo.
    public func mayLeaveChanges(in registry: ActivityRegistry) -> Bool {
        !rollbacks.isEmpty
            || (method + (hypothesis?.probes ?? [])).contains { registry.native($0)?.undo != nil }
    }
}
