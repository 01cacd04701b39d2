import AWS
import Basics
import DurableExecution
import JSON

/// One adjustment as a durable run, from the claims of its services to the outcomes.
///
/// Whoever executes it decides where it is recorded: `Adjuster` in its store, the function as one of Lambda's durable
/// executions or in its store.
struct AdjustmentRun: Sendable {
    /// What the run was begun with: it is recorded, so that any process can go on with it.
    struct Order: Sendable, Hashable, Codable {
        /// The run's id.
        var run: String
        var components: [ComponentConfiguration]
        var request: AdjustmentRequest
        /// The plans of a run whose own record is lost; nil to make them.
        var plans: [ServicePlan]?
    }

    /// Waits between two looks at a deployment: by the clock, or until ECS tells of a change.
    typealias Pause = @Sendable (_ scope: DurableScope, _ service: String, _ interval: Duration) async throws -> Void

    let order: Order
    let clients: AdjusterClients
    let ledger: AdjustmentLedger?
    let cancellation: DurableSignal
    let observer: Adjuster.Observer
    let interval: Duration
    /// nil to look again and again in one step: nothing is recorded while a process waits.
    let pause: Pause?
    /// Whether the run is only to be ended: what was not begun is not begun any more.
    var isRecovery = false
    /// The key of its record in the ledger's store; nil where it is not recorded there.
    var record: String?
    /// The first component that failed by itself: the others need not go on, because they are put back anyway.
    let failed = Locked<String?>(nil)
    /// Raises `cancellation` when the run was cancelled elsewhere; called before each changing step.
    var readCancellation: (@Sendable () async throws -> Void)?
    /// The services that it claims, from then on: before, nothing can have been begun.
    let claims = Locked<[String]>([])

    /// Claims, plans, changes, watches, puts back, and gives the services free.
    /// - Returns: the outcomes, as `AdjustmentOutcome` encodes them.
    /// - Throws: ``AdjusterError`` when nothing was begun; `DurableSuspension`.
    func execute(on scope: DurableScope) async throws -> [AdjustmentOutcome] {
        let start = try await scope.recorded("plan") { Start(at: clients.time.now(), plans: try await plans()) }
        let work = start.plans.filter { !$0.isEmpty }
        let unchanged = start.plans.filter(\.isEmpty).map { plan in
            var outcome = outcome(of: plan, .unchanged, "it has the wanted values already", start)
            outcome.taskDefinition = plan.snapshot.taskDefinition.arn
            return outcome
        }
        for plan in start.plans {
            for warning in plan.snapshot.warnings + plan.warnings { tell(plan, 0, "warning: \(warning)") }
        }
        guard !work.isEmpty else { return unchanged }
        claims.withLock { $0 = work.map(\.snapshot.service.arn) }
        _ = try await scope.step("claim") {
            try await claim(work, start)
            return true
        }
        var results = try await concurrently(scope, "adjust", work) { scope, index, plan in
            try await adjust(plan, index, scope)
        }
        // All or nothing: what succeeded beside a component that failed goes back, too.
        let failures = results.filter { $0.change.cause != nil }
        if let failed = failures.first(where: { $0.change.failedOther == nil }) ?? failures.first {
            let cause = FailureCause.failed(failed.component, "put back")
            let others = work.filter { plan in
                results.contains { $0.component == plan.component.name && $0.change.cause == nil }
            }
            let changes = results
            let restored = try await concurrently(scope, "put back", others) { scope, _, plan in
                guard var change = changes.first(where: { $0.component == plan.component.name })?.change else {
                    throw AdjusterError(.unavailable, "\(plan.component.name): no record of its change")
                }
                change.cause = cause
                let restoration = try await putBack(plan, change, scope)
                return ComponentResult(component: plan.component.name, change: change, restoration: restoration)
            }
            results = results.map { result in restored.first { $0.component == result.component } ?? result }
        }
        var outcomes: [AdjustmentOutcome] = []
        for (plan, result) in zip(work, results) {
            let warnings = try await deregister(plan, result, scope)
            let ended = try await scope.recorded("end of \(plan.component.name)") { clients.time.now() }
            var outcome = outcome(of: plan, result, start)
            outcome.warnings += warnings
            outcome.endedAt = ended
            let told = outcome
            _ = try await scope.step("release \(plan.component.name)") {
                for key in try await ledger?.release(plan.snapshot.service.arn, run: order.run, told) ?? [] {
                    await ledger?.removeRecord(key)
                }
                return true
            }
            tell(plan, outcome.state == .succeeded ? 100 : 99, outcome.message)
            outcomes.append(outcome)
        }
        let all = outcomes + unchanged
        return start.plans.compactMap { plan in all.first { $0.component == plan.component.name } }
    }

    // MARK: Plan and claim

    /// When a run was begun, and with what.
    struct Start: Codable, Sendable {
        var at: Timestamp
        var plans: [ServicePlan]
    }

    private func plans() async throws -> [ServicePlan] {
        if let plans = order.plans { return plans }
        return try await Adjuster.plans(order.components, order.request, clients)
    }

    /// The longest that a run takes.
    ///
    /// Forward, ECS's rollback and the check of it each have the timeout, the last two once more when another component
    /// fails afterwards; the rest is for the calls.
    static func longestDuration(of components: [ComponentConfiguration]) -> Duration {
        .seconds(5 * (components.map(\.timeout).max() ?? 0) + 900)
    }

    private func claim(_ plans: [ServicePlan], _ start: Start) async throws {
        guard let ledger else { return }
        let longest = Self.longestDuration(of: plans.map(\.component))
        var claimed: [String] = []
        do {
            for plan in plans {
                var entry = AdjustmentLedger.Entry(
                    run: order.run, startedAt: start.at, claimedUntil: start.at + longest,
                    owner: AdjustmentLedger.owner())
                (entry.plan, entry.order, entry.record) = (plan, order, record)
                // Each service's entry has its own plan: all of them in each would be much.
                entry.order?.plans = nil
                if let other = try await ledger.claim(plan.snapshot.service.arn, for: entry) {
                    throw AdjusterError(
                        .refused, other.refusal(of: plan.snapshot.service.name), underlying: ServiceBusy())
                }
                claimed.append(plan.snapshot.service.arn)
            }
        } catch {
            for service in claimed { try? await ledger.withdraw(service, run: order.run) }
            throw error
        }
    }

    /// Runs a part for several components at the same time; each in a branch of its own.
    private func concurrently(
        _ scope: DurableScope, _ name: String, _ plans: [ServicePlan],
        _ body: @escaping @Sendable (DurableScope, Int, ServicePlan) async throws -> ComponentResult
    ) async throws -> [ComponentResult] {
        try await scope.concurrently { branches in
            let started = plans.enumerated().map { index, plan in
                branches.start("\(name) \(plan.component.name)") { scope in
                    try JSONEncoder().encodeToValue(try await body(scope, index, plan))
                }
            }
            var results: [ComponentResult] = []
            for branch in started {
                results.append(try JSONDecoder().decode(ComponentResult.self, from: try await branch.value()))
            }
            return results
        }
    }

    // MARK: End

    /// Deregisters the revision that is not needed any more, when that is asked for.
    /// - Returns: what did not succeed.
    private func deregister(
        _ plan: ServicePlan, _ result: ComponentResult, _ scope: DurableScope
    ) async throws -> [String] {
        guard plan.component.deregistersSuperseded else { return [] }
        let isRestored = result.restoration?.state == .restored || result.restoration?.state == .nothingToRestore
        let superseded: String? =
            if result.change.cause == nil, result.change.taskDefinition != plan.snapshot.taskDefinition.arn {
                plan.snapshot.taskDefinition.arn
            } else if isRestored, result.change.isRegistered,
                result.restoration?.taskDefinition != result.change.taskDefinition
            {
                result.change.taskDefinition
            } else {
                nil
            }
        guard let superseded else { return [] }
        return try await scope.recorded("deregister \(plan.component.name)") {
            do { try await ServiceChanges(clients: clients).deregister(superseded) } catch let error as AWSError {
                return [
                    error.cause("deregistering \(superseded.arnResourceName)").text + "; the revision stays registered"
                ]
            }
            return []
        }
    }

    private func outcome(of plan: ServicePlan, _ result: ComponentResult, _ start: Start) -> AdjustmentOutcome {
        let change = result.change
        var outcome: AdjustmentOutcome
        if let restoration = result.restoration {
            outcome = self.outcome(of: plan, restoration.state, restoration.message, start)
            outcome.taskDefinition = restoration.taskDefinition
            outcome.cause = restoration.cause ?? change.cause
            outcome.warnings = change.warnings + restoration.warnings
        } else {
            let tasks = change.status.map { ", \($0.running) of \($0.desired) tasks run" } ?? ""
            outcome = self.outcome(
                of: plan, .succeeded, "healthy on \(change.taskDefinition.arnResourceName)\(tasks)", start)
            outcome.taskDefinition = change.taskDefinition
            outcome.warnings = change.warnings
        }
        return outcome
    }

    private func outcome(
        of plan: ServicePlan, _ state: AdjustmentOutcome.State, _ message: String, _ start: Start
    ) -> AdjustmentOutcome {
        var outcome = AdjustmentOutcome(
            component: plan.component.name, service: plan.snapshot.service.arn, state, message)
        outcome.formerTaskDefinition = plan.snapshot.taskDefinition.arn
        (outcome.changes, outcome.startedAt, outcome.endedAt) = (plan.changes, start.at, start.at)
        return outcome
    }

    func tell(_ plan: ServicePlan, _ progress: Int, _ message: String, _ status: DeploymentStatus? = nil) {
        observer(
            AdjustmentProgress(component: plan.component.name, progress: progress, message, deployment: status))
    }
}

/// What became of one component in a run.
struct ComponentResult: Codable, Sendable {
    var component: String
    var change: ComponentChange
    /// nil while it has not failed.
    var restoration: Restoration?
}

extension AdjustmentLedger.Entry {
    /// Why another run may not begin now.
    func refusal(of service: String) -> String {
        "\(service) is being adjusted by the run \(run) of \(owner) since \(startedAt): wait for its end, which is at "
            + "\(claimedUntil) at the latest"
    }
}

extension DurableScope {
    /// A step whose result has a type.
    func recorded<Value: Codable & Sendable>(
        _ name: String, _ body: () async throws -> Value
    ) async throws -> Value {
        let value = try await step(name) { try JSONEncoder().encodeToValue(try await body()) }
        return try JSONDecoder().decode(Value.self, from: value)
    }
}
