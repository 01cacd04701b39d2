import AWS
import Basics
import ConfigurationSources
import DurableExecution
import FunctionRuntime
import JSON
import Logging
import StateStore
import Transport

extension ChaosExecutor {
    /// Reads and checks an experiment, with the configuration of the event in it.
    /// - Throws: ``ExperimentError`` with everything that is wrong.
    func load(_ request: ExperimentRequest) async throws -> Experiment {
        var source: SourceDocument
        switch request.source {
        case .inline(let document): source = SourceDocument(.object(document), name: "the event")
        case .location(let location):
            source = try await ExperimentLoader(environment: environment, http: http, remote: .awsFiles(aws)).load(
                location)
        }
        if !request.configuration.isEmpty, var document = source.value.objectValue {
            var configuration = document["configuration"]?.objectValue ?? [:]
            for (key, value) in request.configuration { configuration[key] = value }
            document["configuration"] = .object(configuration)
            source = SourceDocument(.object(document), name: source.name)
        }
        let validation = ExperimentValidation(
            registry: registry, environment: environment, controlModules: ControlDeclaration.knownModules,
            isStrict: request.isStrict)
        let findings = validation.findings(in: source)
        guard findings.isValid else { throw ExperimentError(.invalid, findings.text(source.name)) }
        return try Experiment(source, registry: registry)
    }

    /// How the experiment is run.
    /// - Throws: ``ExperimentError`` when it would not get to its end.
    func plan(
        _ request: ExperimentRequest, _ experiment: Experiment, _ guarding: Guard?, _ session: ExecutorSession
    ) async throws -> ExperimentExecution.Plan {
        let context = session.context
        var options = RunOptions()
        options.dry = request.dry
        options.isStrict = request.isStrict
        try options.takeStrategies(
            of: experiment, hypothesis: request.hypothesisStrategy, rollbacks: request.rollbackStrategy)
        // Probes among the values run before the rest is known: the guard must permit them, too.
        let resolution = VariableResolution(
            environment: environment,
            remote: SecretResolver.Remote(http: http, aws: .aws(aws), deadline: context.deadline),
            guarding: guarding)
        let substitution = try await resolution.values(
            for: experiment, providers(context), on: session.scope, events: events(context))
        return ExperimentExecution.Plan(
            run: session.run, experiment: experiment, source: request.name, options: options,
            substitution: substitution, restore: request.restore ?? .interrupted, details: options.details)
    }

    /// Refuses an experiment that this function cannot bring to its end.
    private func check(
        _ plan: ExperimentExecution.Plan, _ session: ExecutorSession, watchInterval: Duration?
    ) throws(ExperimentError) {
        let estimate = RunEstimate(
            plan.experiment, plan.options, plan.substitution, watchInterval: watchInterval)
        switch session.durability {
        case .lambda: try estimate.check(.lambda)
        case .state: break
        case .off:
            let rest = session.safeEnd - time.now()
            guard estimate.pauses > rest else { return }
            throw ExperimentError(
                .refused,
                "nothing was run: the pauses of the experiment take \(estimate.pauses.text), and the invocation has "
                    + "\(rest.text) for them: let it be durable (EXPERIMENT_DURABLE), or raise the function's time-out")
        }
    }

    /// The pause between two looks at the lever and the commands: each is an operation, and a process for a moment.
    private func watchInterval(_ plan: ExperimentExecution.Plan, _ session: ExecutorSession) -> Duration {
        guard session.durability == .lambda else { return .seconds(10) }
        return max(.seconds(60), pauses(plan) / 500)
    }

    private func pauses(_ plan: ExperimentExecution.Plan) -> Duration {
        RunEstimate(plan.experiment, plan.options, plan.substitution).pauses
    }

    func providers(_ context: InvocationContext) -> Providers {
        Providers(
            loop: loop, http: http, registry: registry, aws: aws, environment: environment, time: time,
            seed: UInt64.random(in: 0...UInt64.max), deadline: context.deadline)
    }

    var place: RunEnvironment {
        RunEnvironment(
            node: environment["AWS_LAMBDA_FUNCTION_NAME"] ?? "lambda",
            platform: environment["AWS_EXECUTION_ENV"] ?? "AWS Lambda", time: time)
    }

    /// Everything that limits the run.
    func safety(
        of plan: ExperimentExecution.Plan, _ guarding: Guard?, _ session: ExecutorSession
    ) throws -> RunSafety {
        let context = session.context
        var sources = RunSafety.Sources(conditions: try StopConditions(experiment: plan.experiment))
        // On Lambda each look is an operation, and a durable execution has a limited number of them.
        if session.durability == .lambda {
            sources.conditions = sources.conditions.asked(atMostEvery: pauses(plan) / 1_000)
        }
        sources.guarding = guarding
        sources.lever = settings.leverSource.map { Lever($0, environment: environment, remote: .awsFiles(aws)) }
        sources.state = settings.state
        sources.interval = watchInterval(plan, session)
        var asking = providers(context)
        asking.guarding = guarding
        let providers = asking
        var safety = RunSafety.from(sources, run: plan.run, registry: registry, aws: aws, time: time) { probe in
            try await plan.substitution.ask(probe, providers)
        }
        let shortest = min(sources.interval, sources.conditions.shortestInterval ?? sources.interval)
        try check(plan, session, watchInterval: safety.control == nil ? nil : shortest)
        if let state = settings.state, settings.overlap != .allow {
            safety.slot = ExperimentSlot(
                state, experiment: plan.source, run: plan.run, policy: settings.overlap, time: time)
        }
        if session.durability == .lambda {
            safety.limits = .lambda
            safety.handover = session.safeEnd
            safety.slotInterval = .seconds(60)
        }
        return safety
    }

    /// The guard; nil where none is configured.
    func readGuard(_ context: InvocationContext) async throws -> Guard? {
        guard let source = settings.guardSource else { return nil }
        return try await Guard.load(
            source, environment: environment, remote: .awsFiles(aws), deadline: context.deadline)
    }

    func outputs(of request: ExperimentRequest?) -> [JournalOutput] {
        var outputs: [JournalOutput] = []
        if let (bucket, prefix) = settings.journals { outputs.append(.bucket(bucket, prefix: prefix, aws: aws)) }
        if let output = request?.output {
            outputs.append(
                output.hasOriginalKey
                    ? .originalKey(in: output.bucket, path: output.path, aws: aws)
                    : .bucket(output.bucket, prefix: output.path, aws: aws))
        }
        if let index = request?.index { outputs.append(.openSearch(host: index.host, index: index.name, aws: aws)) }
        if let table = settings.table { outputs.append(.table(table, aws: aws)) }
        if let topic = settings.topic { outputs.append(.topic(topic, aws: aws)) }
        if let metrics = settings.metrics { outputs.append(.metrics(namespace: metrics, aws: aws)) }
        if let traces = settings.traces { outputs.append(.traces(traces, http: http)) }
        return outputs
    }

    func events(_ context: InvocationContext) -> RunEventSink {
        let logger = context.logger
        return { event in
            for (level, text) in event.messages {
                switch level {
                case .debug: logger.debug("\(text)")
                case .info: logger.info("\(text)")
                case .warning: logger.warning("\(text)")
                case .error: logger.error("\(text)")
                case .critical: logger.critical("\(text)")
                }
            }
        }
    }
}

extension ExperimentExecution.Plan {
    /// The plan of a run whose process is gone, as the ledger knows it.
    public init(recovering record: RunRecord) {
        var options = RunOptions(details: record.details)
        options.rollbacks = options.rollbacks == .never ? .never : .always
        var experiment = Experiment(reading: record.document)
        // What an earlier recovery has played is done.
        if let open = record.openRollbacks { experiment.rollbacks.removeAll { !open.contains($0.name) } }
        self.init(
            run: record.run, experiment: experiment, source: record.source, options: options,
            substitution: Substitution(configuration: record.configuration, secrets: [:]), restore: record.restore)
    }
}

extension Substitution {
    /// Asks a probe that must hold: nil when its output is within its tolerance, otherwise what it is.
    public func ask(_ probe: Activity, _ providers: Providers) async throws -> String? {
        let output = try await providers.ofProbesOnly.run(probe, execution: "stop condition", self)
        let isMet = try await Tolerance(probe.tolerance ?? true).isMet(by: output, self) { _ in nil }
        return isMet ? nil : "\(probe.name) is outside of its tolerance: \(output)".prefix(500).description
    }
}
