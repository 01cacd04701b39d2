import Basics
import DurableExecution
import FunctionRuntime
import JSON

// Runs as Lambda's durable executions.

extension FargateAdjuster {
    /// Adjusts as a durable execution, which ECS's events wake where there is a state store.
    func adjust(
        _ request: AdjustmentRequest, _ requestConfiguration: JSONValue?, in scope: DurableScope, execution: String,
        _ context: InvocationContext
    ) async throws -> JSONValue {
        let id = RunName.of(execution: execution)
        do {
            // Recorded, because the configuration may change under the run.
            let recorded = try await scope.step("order") {
                try JSONEncoder().encodeToValue(try await newOrder(request, requestConfiguration, run: id, context))
            }
            let order = try JSONDecoder().decode(AdjustmentRun.Order.self, from: recorded)
            if let runs {
                _ = try await scope.step("begin") {
                    _ = try await begin(order, execution: execution, runs)
                    return .null
                }
            }
            let cancellation = DurableSignal()
            let interval = settings.interval ?? (runs == nil ? .seconds(15) : .seconds(30))
            let run = try adjustmentRun(order, cancellation, interval: interval, context) { scope, service, interval in
                guard let runs else {
                    try await scope.wait("next look at \(service)", for: interval)
                    return
                }
                try await waitForChange(of: service, atMost: interval, order.run, scope, runs)
                // Never during a replay, which must go as it went.
                if !scope.isReplaying { try await checkCancellation(of: order.run, runs, cancellation) }
            }
            let outcomes = try await execute(run, scope)
            // Another invocation repeats it, if this one dies in the middle.
            return try await scope.step("end") {
                let answer = AdjustmentAnswer(outcomes, run: id)
                guard let runs else { return await finish(answer, context) }
                return try await end(answer, runs, context)
            }
        } catch let error as AdjusterError where error.code != .unavailable {
            // Nothing was begun. No further operation: a replay might come to another result.
            try await runs?.forget(id)
            return await refuse(error, id, runs, context)
        } catch let ended as EndedRun {
            return ended.answer
        }
    }

    /// Waits until ECS tells of a change, without a process; the time-out stands in for an event that is lost.
    private func waitForChange(
        of service: String, atMost interval: Duration, _ run: String, _ scope: DurableScope, _ runs: OpenRuns
    ) async throws {
        let callback = try await scope.callback("change of \(service)", timeout: interval)
        _ = try await scope.step("note callback") {
            try await runs.note(callback: callback.id, of: service, run: run)
            return .null
        }
        do { _ = try await callback.result() } catch let error as DurableError where error.code == .timedOut {}
    }
}
