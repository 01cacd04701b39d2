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
    func load(_ request: ExperimentRequest) async throws -> (Experiment, source: String) {
        switch request.source {
        case .inline(let document):
            return (
                try Experiment(SourceDocument(.object(document), name: "the event"), registry: registry), "the event"
            )
        case .location(let location):
            let loader = ExperimentLoader(environment: environment, http: http, remote: .awsFiles(aws))
            return (try Experiment(try await loader.load(location), registry: registry), location)
        }
    }

    func plan(
        _ request: ExperimentRequest, _ experiment: Experiment, _ source: String, run: String, on scope: DurableScope,
        _ context: InvocationContext
    ) async throws -> ExperimentExecution.Plan {
        var experiment = experiment
        if !request.configuration.isEmpty {
            var configuration = experiment.configuration
            for (key, value) in request.configuration { configuration[key] = value }
            experiment.document["configuration"] = .object(configuration)
        }
        let validation = ExperimentValidation(
            registry: registry, environment: environment, controlModules: ControlDeclaration.knownModules,
            isStrict: request.isStrict)
        let document = experiment.source ?? SourceDocument(.object(experiment.document), name: source)
        let findings = validation.findings(in: document)
        guard findings.isValid else { throw ExperimentError(.invalid, findings.text(source)) }
        var options = RunOptions()
        options.dry = request.dry
        options.isStrict = request.isStrict
        try options.takeStrategies(
            of: experiment, hypothesis: request.hypothesisStrategy, rollbacks: request.rollbackStrategy)
        // Probes among the values run before the rest is known: the guard must permit them, too.
        let resolution = VariableResolution(
            environment: environment,
            remote: SecretResolver.Remote(http: http, aws: .aws(aws), deadline: context.deadline),
            guarding: try await readGuard(context))
        let substitution = try await resolution.values(
            for: experiment, providers(context), on: scope, events: events(context))
        return ExperimentExecution.Plan(
            run: run, experiment: experiment, source: source, options: options, substitution: substitution,
            details: options.details)
    }

    func providers(_ context: InvocationContext) -> Providers {
        Providers(
            loop: loop, http: http, registry: registry, aws: aws, environment: environment, time: .live(loop),
            seed: UInt64.random(in: 0...UInt64.max), deadline: context.deadline)
    }

    var place: RunEnvironment {
        RunEnvironment(
            node: environment["AWS_LAMBDA_FUNCTION_NAME"] ?? "lambda",
            platform: environment["AWS_EXECUTION_ENV"] ?? "AWS Lambda", time: .live(loop))
    }

    func safety(of plan: ExperimentExecution.Plan, _ context: InvocationContext) async throws -> RunSafety {
        var sources = RunSafety.Sources(conditions: try StopConditions(experiment: plan.experiment))
        sources.guarding = try await readGuard(context)
        sources.lever = settings.leverSource.map { Lever($0, environment: environment, remote: .awsFiles(aws)) }
        sources.state = settings.state
        return try await RunSafety.from(
            sources, of: plan.experiment, run: plan.run, registry: registry, aws: aws, time: .live(loop)
        ) { try await ask($0, plan, context) }
    }

    private func readGuard(_ context: InvocationContext) async throws -> Guard? {
        guard let source = settings.guardSource else { return nil }
        return try await Guard.load(
            source, environment: environment, remote: .awsFiles(aws), deadline: context.deadline)
    }

    /// Asks a probe that must hold: nil when it does, otherwise why not.
    func ask(
        _ probe: Activity, _ plan: ExperimentExecution.Plan, _ context: InvocationContext
    ) async throws -> String? {
        try await plan.substitution.ask(probe, providers(context))
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

    static func newRun() -> String {
        Timestamp.now().iso8601Basic.dropLast() + "-" + randomUUID { .random(in: 0...255) }.prefix(8)
    }

    /// The id of a durable execution, which ends its ARN.
    static func run(ofExecution arn: String) -> String {
        let id = arn.split(separator: "/").last.map(String.init) ?? arn
        return RunRecord.isRunID(id) ? id : String(Digest.sha256Hex(arn).prefix(32))
    }
}

extension ExperimentRequest {
    /// The event with these members.
    func answer(_ members: JSONObject) -> JSONObject {
        var answer = event
        for (key, value) in members { answer[key] = value }
        return answer
    }
}

extension ExperimentExecution.Plan {
    /// The plan of a run whose process is gone, as the ledger knows it.
    public init(recovering record: RunRecord) {
        var options = RunOptions(details: record.details)
        options.rollbacks = options.rollbacks == .never ? .never : .always
        self.init(
            run: record.run, experiment: Experiment(reading: record.document), source: record.source, options: options,
            substitution: Substitution(configuration: record.configuration, secrets: [:]), restore: record.restore)
    }
}

extension Substitution {
    /// Asks a probe that must hold: nil when its output is within its tolerance, otherwise what it is.
    public func ask(_ probe: Activity, _ providers: Providers) async throws -> String? {
        let output = try await providers.run(probe, execution: "stop condition", self)
        let isMet = try await Tolerance(probe.tolerance ?? true).isMet(by: output, self) { _ in nil }
        return isMet ? nil : "\(probe.name) is outside of its tolerance: \(output)".prefix(500).description
    }
}
