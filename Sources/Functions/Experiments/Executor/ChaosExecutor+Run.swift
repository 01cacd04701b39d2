import AWS
import Basics
import DurableExecution
import FunctionRuntime
import JSON
import Logging
import StateStore

extension ChaosExecutor {
    /// Runs one experiment, writes its journal to all outputs, and tells what became of it.
    ///
    /// Whatever is wrong with the experiment is told in the answer.
    func execute(_ request: ExperimentRequest, _ session: ExecutorSession) async throws -> JSONObject {
        let interruption = Interruption()
        let deadline = deadline(of: session, interruption)
        defer { deadline?.cancel() }
        do {
            if let answer = try await afterCrash(request, session) { return answer }
            let experiment = try await experiment(request, session)
            let guarding = try await readGuard(session.context)
            let plan = try await plan(request, experiment, guarding, session)
            let execution = ExperimentExecution(
                plan, providers: providers(session.context), environment: place,
                ledger: settings.state.map { Ledger(store: $0, time: time, owner: session.owner) },
                safety: try safety(of: plan, guarding, session))
            let result = try await execution.run(
                on: session.scope, interruption: interruption, events: events(session.context))
            return try await deliver(result, request, session)
        } catch let error as ExperimentError {
            session.context.logger.error("\(error.message)")
            try await tell(error, request, session)
            return request.answer(["run": .string(session.run), "state": "failed", "error": .string(error.message)])
        }
    }

    /// Ends the run, with its rollbacks, before the invocation ends; nil for a run that another invocation goes on
    /// with.
    private func deadline(of session: ExecutorSession, _ interruption: Interruption) -> Task<Void, Never>? {
        guard session.durability == .off else { return nil }
        return Task { [time] in
            guard (try? await time.sleep(max(.zero, session.safeEnd - time.now()))) != nil else { return }
            interruption.raise(Interruption.Reason(.deadline, "the time of the invocation is nearly over"))
        }
    }

    /// Puts back what an earlier attempt of the same event has left, whose process has ended.
    /// - Returns: nil when there was none.
    private func afterCrash(_ request: ExperimentRequest, _ session: ExecutorSession) async throws -> JSONObject? {
        guard session.durability == .off, let state = settings.state,
            try await Ledger(store: state, time: time).contains(session.run)
        else { return nil }
        let report = try await recovery(state, session.context).run(only: [session.run], until: session.safeEnd)
        for line in report.lines { session.context.logger.info("\(line)") }
        guard report.runs.allSatisfy({ $0.state != .running }) else {
            // Lambda tries it again when the lease of the other process is over.
            throw ExecutorBusy(description: "the run \(session.run) is being executed by another process")
        }
        let found =
            report.isClean
            ? "what it had changed was put back" : "something is still broken: \(report.lines.joined(separator: "; "))"
        throw ExperimentError(.interrupted, "an earlier attempt of this run has ended before its time; \(found)")
    }

    /// The experiment as it was when the run began; without the values of secrets it is part of the record.
    private func experiment(_ request: ExperimentRequest, _ session: ExecutorSession) async throws -> Experiment {
        let loaded = Locked<Experiment?>(nil)
        let stored = try await session.scope.step("experiment") {
            do {
                let experiment = try await load(request)
                loaded.withLock { $0 = experiment }
                let hasSecretKeys = ExperimentVariables.secretKeys.contains { experiment.configuration[$0] != nil }
                return [
                    "document": .object(experiment.withoutSecretValues), "secretKeys": .bool(hasSecretKeys),
                ]
            } catch let error as ExperimentError {
                return ["error": .string(error.message)]
            }
        }
        if let message = stored["error"]?.stringValue { throw ExperimentError(.invalid, message) }
        if let experiment = loaded.withLock({ $0 }) { return experiment }
        var document = stored["document"]?.objectValue ?? [:]
        if document["secrets"] != nil || stored["secretKeys"] == true {
            let whole = try await load(request).document
            document["secrets"] = whole["secrets"]
            var configuration = document["configuration"]?.objectValue ?? [:]
            for key in ExperimentVariables.secretKeys { configuration[key] = whole["configuration"]?[key] }
            document["configuration"] = .object(configuration)
        }
        return Experiment(reading: document)
    }

    /// Writes the journal, and makes the answer.
    private func deliver(
        _ result: ExperimentExecution.Result, _ request: ExperimentRequest, _ session: ExecutorSession
    ) async throws -> JSONObject {
        let entry = JournalOutput.Entry(run: session.run, source: request.name, journal: result.journal)
        let written = try await JournalOutput.write(
            entry, to: outputs(of: request), on: session.scope, until: session.context.deadline)
        for output in written {
            if let error = output.error {
                session.context.logger.error("the journal did not reach \(output.name): \(error)")
            }
        }
        var answer: JSONObject = [
            "run": .string(session.run), "state": .string(entry.state),
            "status": result.journal["status"] ?? .null, "deviated": result.journal["deviated"] ?? false,
            "still_broken": JSONValue(result.entries.count { $0.state.isOpen }),
        ]
        if let location = written.lazy.compactMap(\.location).first { answer["journal"] = .string(location) }
        if request.event["output_config"] != nil {
            let text = "\(result.journal)"
            if text.utf8.count <= Self.maximumResponse { answer["response"] = .string(text) }
        }
        return request.answer(answer)
    }

    /// A journal beyond this size is not part of the answer: Step Functions takes 256 KiB.
    private static let maximumResponse = 200 << 10

    /// Tells the notifier of an experiment that could not be run.
    private func tell(_ error: ExperimentError, _ request: ExperimentRequest, _ session: ExecutorSession) async throws {
        guard let topic = settings.topic else { return }
        _ = try await session.scope.step("message") {
            do {
                let message: JSONObject = [
                    "experiment_source": .string(request.name), "state": "failed", "response": .string(error.message),
                ]
                try await JournalOutput.publish(
                    message, subject: "Experiment failed", to: topic, aws, until: session.context.deadline)
            } catch {
                session.context.logger.error("the message did not reach \(topic): \(error)")
            }
            return .null
        }
    }
}

/// Another process executes the run: the platform is to try the event again.
struct ExecutorBusy: Error, CustomStringConvertible {
    let description: String
}
