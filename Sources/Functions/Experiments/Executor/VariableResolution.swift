import Basics
public import DurableExecution
import JSON

/// How the configuration and the secrets of a run get their values.
///
/// The configuration is a step of the run, so that another process goes on with the same values. Secrets are resolved
/// anew in every process, and never recorded.
public struct VariableResolution: Sendable {
    /// The variables of the environment.
    public var environment: [String: String]
    /// The values that replace those of the document.
    public var overrides: VariableOverrides
    /// Where secrets are fetched.
    public var remote: SecretResolver.Remote?
    /// Asked before the probes that find values of the configuration run.
    public var guarding: Guard?

    /// A resolution.
    public init(
        environment: [String: String], overrides: VariableOverrides = VariableOverrides(),
        remote: SecretResolver.Remote? = nil, guarding: Guard? = nil
    ) {
        (self.environment, self.overrides, self.remote) = (environment, overrides, remote)
        self.guarding = guarding
    }

    /// The values for a run.
    ///
    /// - Throws: `ExperimentError` with everything that is wrong; what the scope throws.
    public func values(
        for experiment: Experiment, _ providers: Providers, on scope: DurableScope, events: RunEventSink
    ) async throws -> Substitution {
        let isReplay = scope.isReplaying
        let resolved = ExperimentVariables.configuration(
            of: experiment.configuration, environment: environment, overrides: overrides)
        let recorded = try await scope.step(Self.step) {
            warn(resolved.warnings, events)
            return .object(ExperimentVariables.recordable(try resolved.get()))
        }
        // What must not be recorded, such as Vault's token, is that of this process.
        var configuration = recorded.objectValue ?? [:]
        for key in ExperimentVariables.secretKeys { configuration[key] = resolved.values[key] }
        let resolver = SecretResolver(environment: environment, overrides: overrides, remote: remote)
        let secrets = try await resolver.secrets(of: experiment.secrets, configuration: configuration)
        if !isReplay { warn(secrets.warnings, events) }
        let values = try secrets.get()
        let hidden = SecretValues(secrets: values, configuration: configuration)
        guard configuration.contains(where: { $0.value["type"] == "probe" }) else {
            return Substitution(configuration: configuration, secrets: values)
        }
        do {
            return try await dynamic(experiment, configuration, values, providers, on: scope) { event in
                events(event.masked(by: hidden))
            }
        } catch let error as ExperimentError { throw error.masked(by: hidden) }
    }

    /// The values for a recovery: the configuration that the ledger knows, and what secrets can still be resolved.
    public func values(recovering record: RunRecord) async throws -> Substitution {
        let experiment = Experiment(reading: record.document)
        var configuration = record.configuration
        // What must not be recorded is found again. The region of this environment may be another one than the run's.
        let resolved = ExperimentVariables.configuration(
            of: experiment.configuration, environment: environment, overrides: overrides)
        for key in ExperimentVariables.secretKeys { configuration[key] = resolved.values[key] ?? configuration[key] }
        if let region = record.region, configuration["aws_region"] == nil {
            configuration["aws_region"] = .string(region)
        }
        let resolver = SecretResolver(environment: environment, overrides: overrides, remote: remote)
        let secrets = try await resolver.secrets(of: experiment.secrets, configuration: configuration)
        return Substitution(configuration: configuration, secrets: secrets.values)
    }

    /// The same, as the steps that the run itself has recorded.
    public func values(recovering record: RunRecord, on scope: DurableScope) async throws -> Substitution {
        _ = try await scope.step(Self.step) { .object(record.configuration) }
        if scope.isNext(Self.dynamicStep) { _ = try await scope.step(Self.dynamicStep) { .null } }
        return try await values(recovering: record)
    }

    private static let step = "configuration"
    private static let dynamicStep = "dynamic configuration"

    /// Runs the probes among the configuration's values, once for the whole run.
    private func dynamic(
        _ experiment: Experiment, _ configuration: JSONObject, _ secrets: JSONObject, _ providers: Providers,
        on scope: DurableScope, _ events: RunEventSink
    ) async throws -> Substitution {
        if let guarding {
            let context = GuardContext(
                registry: providers.registry,
                substitution: Substitution(configuration: configuration, secrets: secrets),
                now: providers.time.now())
            if let error = guarding.configurationRefusals(of: experiment, in: context).error { throw error }
        }
        var asking = providers.ofProbesOnly
        asking.guarding = guarding
        let probing = asking
        let found = try await scope.step(Self.dynamicStep) {
            let resolved = try await ExperimentVariables.dynamicConfiguration(
                configuration, secretScopes: secrets.keys
            ) { probe, known in
                try await probing.run(
                    Activity(declaration: probe), execution: Self.dynamicStep,
                    Substitution(configuration: known, secrets: secrets))
            }
            warn(resolved.warnings, events)
            return .object(ExperimentVariables.recordable(try resolved.get()))
        }
        var values = found.objectValue ?? [:]
        for key in ExperimentVariables.secretKeys { values[key] = configuration[key] }
        return Substitution(configuration: values, secrets: secrets)
    }

    private func warn(_ warnings: [VariableFault], _ events: RunEventSink) {
        for warning in warnings { events(.message(.warning, "\(warning)")) }
    }
}
