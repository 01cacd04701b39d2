import Basics
import DurableExecution
import FunctionRuntime
import JSON
import Logging

// Runs that begin and end within one invocation: FARGATE_DURABLE=off, or no store.

extension FargateAdjuster {
    /// Begins and ends a run that is not recorded.
    func adjustNow(_ order: AdjustmentRun.Order, _ context: InvocationContext) async throws -> JSONValue {
        let cancellation = DurableSignal()
        let run = try adjustmentRun(
            order, cancellation, interval: settings.interval ?? .seconds(5), context, pause: nil)
        let outcomes = try await beforeMargin(context, cancellation) {
            try await execute(run, DurableScope(inMemory: time))
        }
        return await finish(AdjustmentAnswer(outcomes, run: order.run), context)
    }

    /// Raises the signal so early that everything can be put back before the invocation ends.
    func beforeMargin<Result: Sendable>(
        _ context: InvocationContext, _ cancellation: DurableSignal, _ body: () async throws -> Result
    ) async throws -> Result {
        // The way back takes about as long as the way there, and an invocation that is cut off takes nothing back.
        let rest = context.remaining(at: time.now())
        let end = context.deadline - min(settings.margin, rest / 2)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [time] in
                guard (try? await time.sleep(max(.zero, end - time.now()))) != nil else { return }
                context.logger.warning("The time of the invocation is nearly over: everything is put back.")
                cancellation.raise()
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}
