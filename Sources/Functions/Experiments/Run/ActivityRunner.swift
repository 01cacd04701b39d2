import Basics
import DurableExecution
import JSON

/// Runs one activity: its pauses, its controls, its provider, its record.
struct ActivityRunner: Sendable {
    let context: RunContext
    let place: RunEvent.Place
    /// Whether it runs beside others: a signal does not end it.
    var isBackground = false

    /// Runs it, as one durable step beside its pauses.
    ///
    /// - Parameter key: names this execution of the activity within the run.
    /// - Returns: the record, also for an activity that failed.
    /// - Throws: `ExperimentError` with `.interrupted` when the run is to end before it, `DurableError`, and
    ///   `CancellationError`.
    func run(_ activity: Activity, key: String, on scope: DurableScope) async throws -> ActivityRecord {
        // As in Chaos Toolkit, any `dry` in an activity takes it out of the dry run.
        let dry = activity.declaration["dry"] == nil ? context.options.dry : nil
        let isSkipped = dry?.skips(activity.kind) ?? false
        let pauses = context.substitution.apply(to: activity.declaration["pauses"] ?? [:])
        let skipsPauses = isSkipped || dry == .pause
        if let fault = try await pause(pauses["before"], activity, isBefore: true, isSkipped: skipsPauses, scope) {
            return fault
        }
        if place == .method { try await context.waitWhileHeld(scope) }
        // A rollback puts back what was approved.
        if place != .rollbacks { try await waitForApproval(activity, key: key, scope) }
        try await context.checkInterruption(inBackground: isBackground, scope)

        let isReplayed = scope.isReplaying
        if !isReplayed { context.events(.activityStarted(activity, place)) }
        // Rollbacks are played again after a crash inside one: putting something back twice does no harm.
        let mayRepeat = !context.providers.registry.isAction(activity) || isSkipped || place == .rollbacks
        let repetition: StepRepetition = mayRepeat ? .atLeastOnce : .atMostOnce
        let record: ActivityRecord
        do {
            record = ActivityRecord(
                json: try await scope.step(activity.stepName, repetition) {
                    try await execute(activity, key: key, isSkipped: isSkipped, dry: dry)
                        .fitting(context.gates.maximumRecordBytes).json
                })
        } catch let error as DurableError where error.code == .interrupted {
            let now = context.time.now()
            record = ActivityRecord(
                start: now, end: now, output: .null,
                ending: .interrupted("the process that ran it has ended, so nobody knows whether it was done"))
            context.interruption.raise(
                Interruption.Reason(.lost, "the process that ran the experiment has ended inside \(activity.name)"))
        }
        if !isReplayed {
            context.events(
                .activityCompleted(
                    activity, place, record: record.journal(of: activity, isStrict: context.failsUnforeseen(in: place)))
            )
        }
        if case .interrupted = record.ending { return record }
        // Nothing was done, and the run ends: there is nothing to wait for.
        if record.isRefused { return record }
        return try await pause(pauses["after"], activity, isBefore: false, isSkipped: skipsPauses, scope) ?? record
    }

    private func waitForApproval(_ activity: Activity, key: String, _ scope: DurableScope) async throws {
        if context.gates.isRecovery { return try await ApprovalGate.replayAnswer(for: activity, on: scope) }
        guard let gate = context.gates.approvals, gate.isNeeded(activity) else { return }
        context.tell(
            .message(.warning, "\(activity.name) waits for approval: tocsin chaos approve \(gate.run) \(key)"), scope)
        let reason = try await gate.wait(
            for: activity, key: key, unless: context.interruption, on: scope)
        if let reason {
            context.interruption.raise(Interruption.Reason(reason))
        }
    }

    /// - Returns: the record of an activity whose pause is no number: Chaos Toolkit aborts then.
    private func pause(
        _ value: JSONValue?, _ activity: Activity, isBefore: Bool, isSkipped: Bool, _ scope: DurableScope
    ) async throws -> ActivityRecord? {
        guard let value, Python.isTrue(value) else { return nil }
        let when = isBefore ? "before" : "after"
        guard let seconds = value.doubleValue ?? (value == true ? 1 : nil), seconds >= 0 else {
            let now = context.time.now()
            return ActivityRecord(
                start: now, end: now, output: .null,
                ending: .unforeseen("the pause \(when) \(activity.name) is \(value), and not a number of seconds"))
        }
        let duration = Duration.nanoseconds(Int64(min(seconds, 1e9) * 1e9))
        context.tell(.pauseStarted(activity, duration, isBefore: isBefore, isSkipped: isSkipped), scope)
        guard !isSkipped else { return nil }
        try await scope.wait(
            "pause \(when) \(activity.stepName)", for: duration,
            unless: context.interruption.signal(forBackground: isBackground))
        return nil
    }

    private func execute(
        _ activity: Activity, key: String, isSkipped: Bool, dry: RunOptions.Dry?
    ) async throws -> ActivityRecord {
        var record = ActivityRecord(
            start: context.time.now(), end: context.time.now(), output: .null, ending: .succeeded)
        do {
            let decision = try await context.controls.decide(on: activity, context)
            if decision == .run, !isSkipped {
                let (providers, substitution) = (context.providers, context.substitution)
                record.output = try await context.interruption.interruptible(inBackground: isBackground) {
                    try await providers.run(activity, execution: key, substitution)
                }
            }
            record.end = context.time.now()
        } catch {
            record.end = context.time.now()
            record.ending = try Self.ending(error)
            record.isRefused = (error as? ExperimentError)?.code == .refused
        }
        if place == .hypothesis { try await judge(activity, &record, dry: dry) }
        try await context.controls.after(
            activity, record: record.journal(of: activity, isStrict: context.failsUnforeseen(in: place)), context)
        return record
    }

    /// Compares the output with the tolerance.
    private func judge(_ activity: Activity, _ record: inout ActivityRecord, dry: RunOptions.Dry?) async throws {
        guard case .succeeded = record.ending else {
            record.toleranceMet = false
            return
        }
        guard dry?.skipsTolerances != true, let declaration = activity.tolerance else {
            record.toleranceMet = true
            return
        }
        let (providers, substitution, output) = (
            context.providers.ofProbesOnly, context.substitution, record.output
        )
        let isStrict = context.options.isStrict
        do {
            record.toleranceMet = try await context.interruption.interruptible(inBackground: isBackground) {
                try await Tolerance(declaration).isMet(by: output, substitution, isStrict: isStrict) { probe in
                    do {
                        return try await providers.run(
                            Activity(declaration: probe), execution: "tolerance", substitution)
                    } catch let error as ExperimentError where error.code == .activityFailed {
                        return nil
                    }
                }
            }
        } catch {
            record.ending = try Self.ending(error)
            record.toleranceMet = false
        }
    }

    private static func ending(_ error: any Error) throws -> ActivityRecord.Ending {
        if let error = error as? ExperimentError {
            switch error.code {
            case .activityFailed: return .failed(error.message)
            case .interrupted: return .interrupted(error.message)
            default: return .unforeseen(error.message)
            }
        }
        if error is CancellationError { throw error }
        return .unforeseen("\(error)")
    }
}

extension Activity {
    /// The name of its durable step: printable ASCII, at most 200 characters.
    var stepName: String {
        let text = String(
            name.unicodeScalars.map { (0x20...0x7E).contains($0.value) ? Character($0) : "?" }.prefix(200))
        return text.isEmpty ? "unnamed" : text
    }
}
