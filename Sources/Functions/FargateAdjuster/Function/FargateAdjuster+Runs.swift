import AWS
import Basics
import DurableExecution
import FunctionRuntime
import JSON
import Logging
import StateStore

// What runs have in common, in whichever way they outlive an invocation.

/// A run of the same event has ended, with this answer.
struct EndedRun: Error {
    var answer: JSONValue
}

extension FargateAdjuster {
    static func running(_ run: String, _ note: String? = nil) -> JSONValue {
        var object: JSONObject = ["run": .string(run), "state": "running"]
        object["message"] = note.map { .string($0) }
        return .object(object)
    }

    /// From then on an invocation begins no step: a call of AWS's may take a minute.
    func safeEnd(of context: InvocationContext) -> Timestamp {
        context.deadline - min(AdjusterClients.callTimeout, context.remaining(at: time.now()) / 4)
    }

    /// The run's order: the components that the request names, in the order of the configuration.
    func newOrder(
        _ request: AdjustmentRequest, _ requestConfiguration: JSONValue?, run: String, _ context: InvocationContext
    ) async throws -> AdjustmentRun.Order {
        let configuration = try await configuration(requestConfiguration, context)
        let components = try configuration.components(named: request.components.map(\.name))
        guard !components.isEmpty else {
            throw AdjusterError(.invalidInput, "adjust names no component: nothing is to be changed")
        }
        return AdjustmentRun.Order(run: run, components: components, request: request)
    }

    /// Notes that a run begins, or finds it begun by another delivery of its event.
    /// - Throws: ``AdjusterError`` `refused`, and busy, when one of its services is in another run; ``EndedRun``.
    func begin(
        _ order: AdjustmentRun.Order, execution: String?, _ runs: OpenRuns
    ) async throws -> OpenRuns.Entry {
        let entry = OpenRuns.Entry(
            run: order.run, services: order.components.map { ECSServiceName($0) }, execution: execution,
            startedAt: time.now())
        switch try await runs.begin(entry, order: order) {
        case .begun(let entry), .goesOn(let entry): return entry
        case .ended:
            if let answer = try await runs.answer(of: order.run) { throw EndedRun(answer: answer) }
            throw AdjusterError(
                .unavailable, "another delivery of the event of \(order.run) is about to answer it; ask for its status")
        case .heldByOther(let service, let other):
            throw AdjusterError(
                .refused,
                "\(service) is being adjusted by the run \(other.run) since "
                    + "\(other.startedAt.iso8601(fractionDigits: 0)): wait for its end, or send "
                    + "{\"cancel\": \"\(other.run)\"}", underlying: ServiceBusy())
        }
    }

    func adjustmentRun(
        _ order: AdjustmentRun.Order, _ cancellation: DurableSignal, interval: Duration, _ context: InvocationContext,
        pause: AdjustmentRun.Pause?
    ) throws -> AdjustmentRun {
        let logger = context.logger
        var run = AdjustmentRun(
            order: order, clients: try clients.value(), ledger: store.map { AdjustmentLedger($0, time: time) },
            cancellation: cancellation,
            observer: { progress in
                logger.info("\(progress.component.map { $0 + ": " } ?? "")\(progress.progress) %, \(progress.message)")
            },
            interval: interval, pause: pause)
        if let runs {
            run.readCancellation = { try await checkCancellation(of: order.run, runs, cancellation) }
        }
        return run
    }

    /// Raises the signal when somebody has cancelled the run.
    func checkCancellation(of run: String, _ runs: OpenRuns, _ cancellation: DurableSignal) async throws {
        if !cancellation.isRaised, try await runs.isCancelled(run) { cancellation.raise() }
    }

    /// Answers an event that has begun nothing; the same event gets the same answer, unless it may succeed later.
    func refuse(
        _ error: AdjusterError, _ run: String, _ runs: OpenRuns?, _ context: InvocationContext
    ) async -> JSONValue {
        let json = await finish(.refused(error, run: run), context)
        if let runs, !error.isBusy {
            do { try await runs.keep(json, of: run) } catch {
                context.logger.warning("the answer of \(run) is not kept: \(error)")
            }
        }
        return json
    }

    /// Ends a run that is noted in the store.
    func end(
        _ answer: AdjustmentAnswer, _ runs: OpenRuns, _ context: InvocationContext
    ) async throws -> JSONValue {
        // Who reads the run's record after its end comes here, too.
        if let known = try await runs.answer(of: answer.run ?? "") { return known }
        let json = await finish(answer, context)
        if let run = answer.run { try await runs.end(run, answer: json) }
        return json
    }

    /// Tells everybody how a run ended.
    ///
    /// It has ended whether it is published or not, so a topic that cannot be reached is only logged.
    func finish(_ answer: AdjustmentAnswer, _ context: InvocationContext) async -> JSONValue {
        if answer.error != nil {
            context.logger.error("\(answer.message)")
        } else {
            context.logger.info("The run \(answer.run ?? "") ended: \(answer.message)")
        }
        for outcome in answer.outcomes where outcome.state == .stillBroken {
            // The log's metric filter counts these lines.
            context.logger.critical("still broken: \(outcome.component) (\(outcome.service)): \(outcome.message)")
        }
        context.report(partialFailures: answer.brokenCount, at: time.now())
        if let topic = settings.resultTopic {
            do {
                try await answer.publish(to: topic, aws(), at: time.now(), until: context.deadline)
            } catch {
                context.logger.error("the outcome was not published to \(topic): \(error)")
                context.report(partialFailures: 1, at: time.now())
            }
        }
        return answer.json
    }
}
