import AWS
import Basics
import ChaosActivities
import DurableExecution
import Experiments
import JSON
import Transport

extension ChaosSession {
    /// What an experiment would hit, with random choices by the session's seed; only reads.
    func plan(
        of experiment: Experiment, _ overrides: VariableOverrides = VariableOverrides(), _ limits: Guard? = nil
    ) async throws -> ExperimentPlan {
        let substitution = try await resolution(overrides, limits).values(
            for: experiment, providers, on: DurableScope(inMemory: .live(loop))
        ) { event in
            for (_, text) in event.messages { printError("Warning: \(text)") }
        }
        let places = try await CallPlaces(for: limits).places(of: experiment, substitution, providers)
        let account = places.values.lazy.compactMap(\.account).first
        let conditions = try StopConditions(experiment: experiment)
        let context = GuardContext(
            registry: registry, substitution: substitution, now: .now(), places: places,
            stopConditions: conditions.names)
        let providers = providers
        let planner = ExperimentPlanner(guard: limits, context: context) { activity, provider in
            try providers.invocation(of: activity, provider: provider, substitution)
        } policy: { activities in
            ChaosActivities.policy(for: activities, account: account ?? "*")
        }
        return try await planner.plan(experiment)
    }
}
