import Basics
import DurableExecution
import FunctionRuntime
import JSON
import Logging
import StateStore

// Runs that are recorded in the state store: FARGATE_DURABLE=state, and off with a store.

extension FargateAdjuster {
    /// Thrown within a run that another invocation has ended before this one had it.
    private struct EndedMeanwhile: Error {}

    /// Begins an adjustment outside of a durable execution, or goes on with that of the same event.
    func adjust(
        _ request: AdjustmentRequest, _ requestConfiguration: JSONValue?, run: String, _ context: InvocationContext
    ) async throws -> JSONValue {
        if settings.durability == .lambda {
            let place = store == nil ? "the run must end in this invocation" : "the run is recorded in FARGATE_STATE"
            context.logger.warning("FARGATE_DURABLE is lambda and this is no durable execution: \(place)")
        }
        do {
            guard let runs else {
                return try await adjustNow(newOrder(request, requestConfiguration, run: run, context), context)
            }
            // Before the configuration: it may have changed since the first delivery.
            if let answer = try await runs.answer(of: run) { return answer }
            if let entry = try await runs.entry(run) { return try await resume(entry, wakes: false, runs, context) }
            let order = try await newOrder(request, requestConfiguration, run: run, context)
            let entry = try await begin(order, execution: nil, runs)
            return try await resume(entry, wakes: false, runs, context)
        } catch let error as AdjusterError where error.code != .unavailable {
            return await refuse(error, run, runs, context)
        } catch let ended as EndedRun {
            return ended.answer
        }
    }

    /// Goes on with an open run, whose order is read, or found in the claims of its services.
    func resume(
        _ entry: OpenRuns.Entry, wakes: Bool, _ runs: OpenRuns, _ context: InvocationContext
    ) async throws -> JSONValue {
        guard entry.execution == nil else { return Self.running(entry.run, "its durable execution goes on") }
        if let order = try await runs.order(of: entry) {
            return try await resume(order, wakes: wakes, isRecovery: entry.isRecovery == true, runs, context)
        }
        // It ended while the index was being read, or the process died between its answer and the index.
        if let answer = try await runs.answer(of: entry.run) {
            try await runs.end(entry.run, answer: answer)
            return answer
        }
        guard try await runs.entry(entry.run) != nil else { return Self.running(entry.run, "it ends now") }
        context.logger.error("The order of the run \(entry.run) is lost.")
        guard let order = try await claims(of: entry, runs).values.compactMap(\.order).first else {
            let services = entry.services.map { "\($0)" }.joined(separator: ", ")
            let error = AdjusterError(.failed, "what was asked for is lost, and nothing was begun on \(services)")
            let answer = await finish(.refused(error, run: entry.run), context)
            try await runs.end(entry.run, answer: answer)
            return answer
        }
        try await runs.restore(order, of: entry)
        return try await resume(order, wakes: wakes, isRecovery: entry.isRecovery == true, runs, context)
    }

    /// The services that a run has claimed, by ARN.
    func claims(of entry: OpenRuns.Entry, _ runs: OpenRuns) async throws -> [String: AdjustmentLedger.Entry] {
        try await AdjustmentLedger(runs.store, time: time).openRuns().filter { $0.value.run == entry.run }
    }

    /// Goes on with a run that is recorded in the store, until it ends or has to wait.
    /// - Parameters:
    ///   - wakes: whether a wait that an earlier invocation has begun ends now, because something has happened.
    ///   - isRecovery: whether the run is only to be ended.
    private func resume(
        _ order: AdjustmentRun.Order, wakes: Bool, isRecovery: Bool, _ runs: OpenRuns, _ context: InvocationContext
    ) async throws -> JSONValue {
        let (wake, cancellation) = (DurableSignal(), DurableSignal())
        if wakes { wake.raise() }
        let stays = settings.durability == .off
        let interval = settings.interval ?? .seconds(stays ? 5 : 20)
        var run = try adjustmentRun(order, cancellation, interval: interval, context) { scope, service, interval in
            // A recorded wait has ended, or is the one that this invocation was called for.
            let signal = scope.isReplaying ? wake : Self.unraised(cancellation)
            try await scope.wait("next look at \(service)", for: interval, unless: signal)
            // Never during a replay, which must go as it went.
            if !scope.isReplaying { try await checkCancellation(of: order.run, runs, cancellation) }
        }
        (run.isRecovery, run.record) = (isRecovery, OpenRuns.record(order.run))
        let record = DurableRun.store(
            runs.store, key: OpenRuns.record(order.run), longestWait: stays ? nil : Self.longestWait)
        do {
            let outcome = try await record.execute(time: time, suspendBefore: safeEnd(of: context)) { [run] scope in
                if !scope.isReplaying, try await runs.entry(order.run) == nil { throw EndedMeanwhile() }
                let outcomes =
                    stays
                    ? try await beforeMargin(context, cancellation) { try await execute(run, scope) }
                    : try await execute(run, scope)
                return .array(outcomes.map(\.json))
            }
            switch outcome {
            case .suspended: return Self.running(order.run)
            case .completed(let value):
                let outcomes = try JSONDecoder().decode([AdjustmentOutcome].self, from: value)
                return try await end(AdjustmentAnswer(outcomes, run: order.run), runs, context)
            }
        } catch is EndedMeanwhile {
            await runs.removeRecord(of: order.run)
            return try await runs.answer(of: order.run) ?? Self.running(order.run, "it ends now")
        } catch let error as DurableError where error.code == .inUse {
            context.logger.info("Another invocation goes on with the run \(order.run).")
            return Self.running(order.run, "another invocation goes on with it")
        } catch let error as DurableError where error.code == .unavailable {
            throw AdjusterError(.unavailable, error.message, underlying: error)
        } catch let error as AdjusterError {
            guard try await hasBegun(run, runs) else { return try await giveUp(order.run, error, runs, context) }
            throw AdjusterError(.unavailable, error.message, underlying: error)
        }
    }

    /// Whether a service is claimed by the run, as far as it has come.
    private func hasBegun(_ run: AdjustmentRun, _ runs: OpenRuns) async throws -> Bool {
        let ledger = AdjustmentLedger(runs.store, time: time)
        for service in run.claims.withLock({ $0 }) {
            if try await ledger.openRun(of: service)?.run == run.order.run { return true }
        }
        return false
    }

    /// Ends a run that has begun nothing: neither the timer nor anybody else is to begin it later.
    private func giveUp(
        _ run: String, _ error: AdjusterError, _ runs: OpenRuns, _ context: InvocationContext
    ) async throws -> JSONValue {
        if error.code == .unavailable || error.isBusy { try await runs.forget(run) }
        guard error.code != .unavailable else { throw error }
        let answer = await finish(.refused(error, run: run), context)
        if !error.isBusy { try await runs.end(run, answer: answer) }
        return answer
    }

    /// Longer waits end the invocation; shorter ones cost less than another one would.
    private static let longestWait = Duration.seconds(3)

    /// A signal that was raised ended one wait; the way back, which it began, has waits of its own.
    private static func unraised(_ signal: DurableSignal) -> DurableSignal? { signal.isRaised ? nil : signal }
}
