public import AWS
public import Basics
import CloudWatchAlarms

/// Carries a plan out: one scope beside the other, the steps of a scope in order.
///
/// Every step can be repeated: a run that was stopped half way is finished by the next plan. New alarms get their tags
/// in the call that makes them, so that there is no moment in which an alarm of ours is nobody's.
public struct AlarmApplier: Sendable {
    /// How many scopes are worked on at the same time.
    static let parallelScopes = 8

    private let options: AlarmOptions
    private let rates: CallRates
    private let time: TimeSource
    private let configuration: @Sendable (AlarmScope) async throws -> AWSConfiguration

    /// An applier.
    /// - Parameter configuration: the scope's region and the credentials of its account. A scope for which it throws
    ///   fails as a whole.
    public init(
        options: AlarmOptions, time: TimeSource, rates: CallRates = .cloudWatch,
        configuration: @escaping @Sendable (AlarmScope) async throws -> AWSConfiguration
    ) {
        self.options = options
        self.rates = rates
        self.time = time
        self.configuration = configuration
    }

    /// Carries the steps out.
    /// - Parameters:
    ///   - deadline: no call starts in its last three seconds; steps for which there is no time stay untried.
    ///   - progress: gets a text for people now and then: `eu-central-1: 50 of 400 changes made`.
    /// - Throws: ``ProvisionerError`` `refused` for a plan that deletes too much; nothing was changed then.
    public func apply(
        _ plan: AlarmPlan, deadline: Timestamp?, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(ProvisionerError) -> ApplyOutcome {
        if let refusal = plan.refusal { throw ProvisionerError(.refused, refusal) }
        var scopes: [AlarmScope] = []
        var steps: [AlarmScope: [AlarmPlanStep]] = [:]
        for step in plan.steps {
            if steps[step.scope] == nil { scopes.append(step.scope) }
            steps[step.scope, default: []].append(step)
        }
        let isOfEverything = plan.resource == nil
        let outcomes = await scopes.concurrentMap(atMost: Self.parallelScopes) { [steps] scope in
            await apply(steps[scope] ?? [], in: scope, isOfEverything, deadline, progress)
        }
        return outcomes.reduce(into: ApplyOutcome()) { whole, part in
            whole.results += part.results
            whole.untried += part.untried
            whole.writeCalls += part.writeCalls
        }
    }

    private func apply(
        _ steps: [AlarmPlanStep], in scope: AlarmScope, _ isOfEverything: Bool, _ deadline: Timestamp?,
        _ progress: @escaping @Sendable (String) -> Void
    ) async -> ApplyOutcome {
        do {
            let client = try AWSClient(.cloudWatch, configuration: try await configuration(scope))
            var run = ScopeRun(
                scope: scope, calls: CloudWatchCalls(client), options: options, pace: CallPace(rates), time: time,
                deadline: deadline, isOfEverything: isOfEverything)
            await run.carryOut(steps, progress)
            return run.outcome
        } catch {
            let text = "\(scope) cannot be reached: \(error)"
            return ApplyOutcome(results: steps.map { .init(step: $0, failure: text) })
        }
    }
}
