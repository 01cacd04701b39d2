import AWS
import Basics
import DurableExecution
import FunctionRuntime
import JSON
import Logging

// What others have to do with the open runs: ECS's events, the timer, and people.

extension FargateAdjuster {
    /// Goes on with the run of a service that ECS tells something of.
    func change(of service: ECSServiceName, _ reason: String, _ context: InvocationContext) async throws -> JSONValue {
        guard let runs else {
            return Self.ignored("\(service): \(reason). Without FARGATE_STATE no run can be gone on with", context)
        }
        guard let entry = try await runs.entry(of: service) else {
            return Self.ignored("\(service) is not being adjusted (\(reason))", context)
        }
        context.logger.info("\(service): \(reason)")
        return try await wake(entry, runs, context)
    }

    /// Ends a run with everything put back, at its next step.
    func cancel(_ run: String, _ context: InvocationContext) async throws -> JSONValue {
        let runs = try requireRuns("cancel")
        guard let entry = try await runs.entry(run) else {
            return try await status(of: run, context)
        }
        try await runs.cancel(run)
        return try await wake(entry, runs, context)
    }

    /// Tells where a run is; nothing is changed.
    func status(of run: String, _ context: InvocationContext) async throws -> JSONValue {
        let runs = try requireRuns("status")
        if let answer = try await runs.answer(of: run) { return answer }
        guard let entry = try await runs.entry(run) else {
            throw AdjusterError(.invalidInput, "there is no run \(run): it was never begun, or is forgotten")
        }
        let services = entry.services.map { "\($0)" }.joined(separator: ", ")
        return Self.running(run, "since \(entry.startedAt.iso8601(fractionDigits: 0)) on \(services)")
    }

    /// Goes on with all open runs, each as far as it can go now.
    ///
    /// One that fails does not keep the others from going on.
    func recover(_ context: InvocationContext) async throws -> JSONValue {
        guard let runs else { return Self.ignored("without FARGATE_STATE there are no open runs", context) }
        var answers: [JSONValue] = []
        var failures = 0
        let end = safeEnd(of: context)
        for entry in try await runs.all() {
            guard time.now() < end else {
                context.logger.warning("No time is left for the other open runs: the next timer goes on with them.")
                break
            }
            do {
                answers.append(
                    entry.execution == nil
                        ? try await resume(entry, wakes: false, runs, context)
                        : try await recover(execution: entry, runs, context))
            } catch let error as CancellationError {
                throw error
            } catch {
                context.logger.error("the run \(entry.run) could not go on: \(error)")
                failures += 1
                answers.append(["run": .string(entry.run), "state": "unavailable", "message": .string("\(error)")])
            }
        }
        context.report(partialFailures: failures, at: time.now())
        return ["state": answers.isEmpty ? "idle" : "done", "runs": .array(answers)]
    }

    // MARK: One run

    private func wake(_ entry: OpenRuns.Entry, _ runs: OpenRuns, _ context: InvocationContext) async throws -> JSONValue
    {
        guard entry.execution != nil else { return try await resume(entry, wakes: true, runs, context) }
        let callbacks = try DurableCallbacks.lambda(aws: aws())
        for id in try await runs.callbacks(of: entry.run) {
            // One that is over already was completed by another event, or its time is up.
            do { try await callbacks.succeed(id) } catch let error as DurableError where error.code == .refused {
                context.logger.debug("the callback was over: \(error)")
            }
        }
        return Self.running(entry.run, "its durable execution goes on")
    }

    /// Looks whether a durable execution is alive, and puts back what one leaves that was stopped.
    private func recover(
        execution entry: OpenRuns.Entry, _ runs: OpenRuns, _ context: InvocationContext
    ) async throws -> JSONValue {
        let open = try await claims(of: entry, runs)
        let found = try await runs.order(of: entry) ?? open.values.compactMap(\.order).first
        // A time that is surely over: it is only for executions that cannot be asked for.
        let longest = AdjustmentRun.longestDuration(of: found?.components ?? [])
        let claimEnd = open.values.map(\.claimedUntil).max() ?? entry.startedAt + longest
        guard let state = try await endState(ofExecution: entry.execution ?? "", claimEnd, context) else {
            return Self.running(entry.run)
        }
        if let answer = try await runs.answer(of: entry.run) {
            try await runs.end(entry.run, answer: answer)
            return answer
        }
        context.logger.warning(
            "The durable execution \(entry.execution ?? "") \(state), its run has not: it is put back.")
        guard var order = found, !open.isEmpty else {
            let outcomes = (found?.components ?? []).map { component in
                AdjustmentOutcome(
                    component: component.name, service: component.service, .nothingToRestore,
                    "the durable execution \(state) before the service was changed",
                    cause: FailureCause(.stopped, "the durable execution \(entry.execution ?? "") \(state)"))
            }
            return try await end(AdjustmentAnswer(outcomes, run: entry.run), runs, context)
        }
        // Its record was Lambda's; what was planned is in the ledger, too.
        order.plans = open.sorted { $0.key < $1.key }.compactMap(\.value.plan)
        return try await resume(try await runs.takeOver(entry, order: order), wakes: false, runs, context)
    }

    /// How a durable execution has ended, in words; nil while it goes on.
    /// - Parameter claimEnd: from then on one that cannot be read has ended.
    private func endState(
        ofExecution arn: String, _ claimEnd: Timestamp, _ context: InvocationContext
    ) async throws -> String? {
        do {
            let execution = try await AWSClient(.lambda, configuration: aws()).call(
                "GetDurableExecution", ["DurableExecutionArn": .string(arn)],
                deadline: min(context.deadline, time.now() + AdjusterClients.callTimeout))
            let status = execution["Status"]?.stringValue ?? ""
            return ["SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"].contains(status) ? "has ended (\(status))" : nil
        } catch let error as AWSError {
            // Its function was deleted, or Lambda has forgotten it.
            if error.status == 404 { return "does not exist any more" }
            guard claimEnd < time.now() else { throw error }
            return "cannot be read, and its time was over at \(claimEnd) (\(error))"
        }
    }

    private func requireRuns(_ verb: String) throws(AdjusterError) -> OpenRuns {
        guard let runs else {
            throw AdjusterError(
                .refused, "\(verb) needs FARGATE_STATE: without it a run ends within the invocation that began it")
        }
        return runs
    }
}
