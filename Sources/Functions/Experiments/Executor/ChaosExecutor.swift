import AWS
public import Basics
import ConfigurationSources
import DurableExecution
public import FunctionRuntime
import JSON
import Logging
import StateStore
public import Transport

/// The function that runs chaos experiments: on Lambda, by an event of any of the original's generations.
///
/// The answer is the event with `state` (`done` or `failed`), `status`, `deviated` and where the journal is. A run that
/// needs more than one invocation is a durable execution, or calls the function again before its time is over.
public struct ChaosExecutor: FunctionHandler {
    let settings: ExecutorSettings
    let environment: [String: String]
    let loop: EventLoop
    let http: HTTPClient
    let registry: ActivityRegistry
    let aws: @Sendable () throws -> AWSConfiguration

    /// An executor.
    /// - Parameter registry: what `python` activities may name.
    /// - Throws: ``ExperimentError`` with everything that is wrong with the variables.
    public init(environment: Environment, loop: EventLoop, registry: ActivityRegistry) throws {
        let variables = environment.variables
        let aws: @Sendable () throws -> AWSConfiguration = {
            try AWSConfiguration(environment: variables, loop: loop)
        }
        settings = try ExecutorSettings(variables, aws: aws)
        self.environment = variables
        self.loop = loop
        self.registry = registry
        self.aws = aws
        http = HTTPClient(loop: loop, configuration: HTTPClientConfiguration(environment: variables))
    }

    /// What is not configured and will be missed.
    public var startWarnings: [String] {
        var warnings: [String] = []
        if settings.state == nil {
            warnings.append(
                "EXPERIMENT_STATE is not set: after a crash nothing is put back, and two runs may hit one target")
        }
        if settings.guardSource == nil { warnings.append("EXPERIMENT_GUARD is not set: experiments may hit anything") }
        return warnings
    }

    /// Runs what the event asks for.
    public func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        let json: JSONValue
        do { json = try JSONValue(parsing: event) } catch {
            throw ExperimentError(.invalid, "the event is no JSON: \(error)", underlying: error)
        }
        if let invocation = DurableInvocation(json) {
            let response = try await invocation.respond(aws: aws(), deadline: context.deadline) { scope, input in
                let owner = RunOwner(name: invocation.executionARN)
                let run = Self.run(ofExecution: invocation.executionARN)
                return try await answer(input, context) { request in
                    try await execute(request, run: run, owner: owner, on: scope, suspends: true, context)
                }
            }
            return FunctionResponse(json: response)
        }
        return FunctionResponse(
            json: try await answer(json, context) { request in
                switch settings.durability {
                case .state: try await executeInState(request, context)
                case .lambda, .off:
                    try await execute(
                        request, run: Self.newRun(), owner: .process(), on: DurableScope(inMemory: .live(loop)),
                        suspends: false, context)
                }
            })
    }

    private func answer(
        _ event: JSONValue, _ context: InvocationContext,
        _ run: (ExperimentRequest) async throws -> JSONObject
    ) async throws -> JSONValue {
        switch try ExecutorEvent(event) {
        case .sweep: return try await sweep(context)
        case .run(let request): return .object(try await run(request))
        case .list(let requests, let isWrapped):
            var results: [JSONValue] = []
            for request in requests { results.append(.object(try await run(request))) }
            let hasFailed = results.contains { $0["state"] != "done" }
            let payload: JSONValue = ["state": hasFailed ? "failed" : "done", "list": .array(results)]
            return isWrapped ? ["Payload": payload] : payload
        }
    }

    // MARK: - One run

    /// Runs one experiment, and writes its journal to all outputs.
    private func execute(
        _ request: ExperimentRequest, run: String, owner: RunOwner, on scope: DurableScope, suspends: Bool,
        _ context: InvocationContext
    ) async throws -> JSONObject {
        let sink = events(context)
        let interruption = Interruption()
        let deadline =
            suspends
            ? nil
            : Task { [margin = settings.margin, time = TimeSource.live(loop)] in
                let rest = context.deadline - margin - time.now()
                guard (try? await time.sleep(max(.zero, rest))) != nil else { return }
                interruption.raise(Interruption.Reason(.deadline, "the time of the invocation is nearly over"))
            }
        defer { deadline?.cancel() }
        let (experiment, source) = try await load(request)
        let result: ExperimentExecution.Result
        do {
            let plan = try await plan(request, experiment, source, run: run, on: scope, context)
            let execution = ExperimentExecution(
                plan, providers: providers(context), environment: place,
                ledger: settings.state.map { Ledger(store: $0, time: .live(loop), owner: owner) },
                safety: try await safety(of: plan, context))
            result = try await execution.run(on: scope, interruption: interruption, events: sink)
        } catch let error as ExperimentError {
            // Nothing was run: what is wrong is told as the result.
            context.logger.error("\(error.message)")
            return request.answer(["state": "failed", "error": .string(error.message)])
        }
        let entry = JournalOutput.Entry(run: run, source: source, journal: result.journal)
        let written = await JournalOutput.write(entry, to: outputs(of: request), until: context.deadline)
        var answer: JSONObject = [
            "run": .string(run), "state": .string(result.isSuccess && !result.isBroken ? "done" : "failed"),
            "status": result.journal["status"] ?? .null, "deviated": result.journal["deviated"] ?? false,
            "still_broken": JSONValue(result.entries.count { $0.state.isOpen }),
        ]
        if let location = written.lazy.compactMap(\.location).first { answer["journal"] = .string(location) }
        for output in written {
            if let error = output.error { context.logger.error("the journal did not reach \(output.name): \(error)") }
        }
        if request.event["output_config"] != nil {
            let text = "\(result.journal)"
            if text.utf8.count <= Self.maximumResponse { answer["response"] = .string(text) }
        }
        return request.answer(answer)
    }

    /// A journal beyond this size is not part of the answer: Step Functions takes 256 KiB.
    private static let maximumResponse = 200 << 10

    /// Runs an experiment whose record is in the state store, as far as the time of the invocation allows.
    private func executeInState(_ request: ExperimentRequest, _ context: InvocationContext) async throws -> JSONObject {
        guard let state = settings.state else { return [:] }
        let run = request.event["run"]?.stringValue ?? Self.newRun()
        let answer = Locked<JSONObject>([:])
        let outcome = try await DurableRun.store(state, key: "durable/\(run)").execute(
            time: .live(loop), suspendBefore: context.deadline - settings.margin
        ) { scope in
            let value = try await execute(
                request, run: run, owner: RunOwner(name: "run \(run)"), on: scope, suspends: true, context)
            answer.withLock { $0 = value }
            return .object(value)
        }
        switch outcome {
        case .completed(let value): return value.objectValue ?? answer.withLock { $0 }
        case .suspended(let until):
            try await callAgain(request, run: run, at: until, context)
            return request.answer(["run": .string(run), "state": "running"])
        }
    }

    /// Invokes this function again, for the rest of the run.
    private func callAgain(
        _ request: ExperimentRequest, run: String, at time: Timestamp?, _ context: InvocationContext
    ) async throws {
        guard let name = environment["AWS_LAMBDA_FUNCTION_NAME"] else {
            throw ExperimentError(.configuration, "AWS_LAMBDA_FUNCTION_NAME is not set: nobody can go on with the run")
        }
        var event = request.event
        event["run"] = .string(run)
        let client = try AWSClient(.lambda, configuration: aws())
        let payload = JSONValue.object(event).serialized()
        _ = try await client.send(
            "Invoke", ["FunctionName": .string(name), "InvocationType": "Event"], body: .bytes(payload),
            deadline: context.deadline)
    }

    // MARK: - Sweep

    /// Puts back what runs have left broken whose process is gone.
    private func sweep(_ context: InvocationContext) async throws -> JSONValue {
        guard let state = settings.state else {
            throw ExperimentError(.configuration, "EXPERIMENT_STATE is not set: there is no ledger to work off")
        }
        let providers = providers(context)
        let ledger = Ledger(store: state, time: .live(loop))
        let restorer = Restorer(registry, time: .live(loop)) { record, entry in
            NativeActivity.Invocation(
                arguments: entry.arguments, configuration: record.configuration, secrets: [:], aws: try aws(),
                time: .live(loop), deadline: context.deadline, seed: entry.seed)
        }
        let recovery = Recovery(ledger, restorer) { run in
            let interruption = Interruption()
            interruption.raise(Interruption.Reason(.lost, "the function that ran the experiment has ended"))
            let execution = ExperimentExecution(
                ExperimentExecution.Plan(recovering: run.record), providers: providers, environment: place, ledger: nil)
            let result = try await execution.run(
                on: DurableScope(inMemory: .live(loop)), interruption: interruption, held: run, events: events(context))
            let entry = JournalOutput.Entry(run: run.record.run, source: run.record.source, journal: result.journal)
            _ = await JournalOutput.write(entry, to: outputs(of: nil), until: context.deadline)
        }
        let report = try await recovery.run(until: context.deadline - .seconds(15))
        for line in report.lines { context.logger.info("\(line)") }
        if let metrics = settings.metrics { try await writeBroken(report, to: metrics, context) }
        if !report.isClean { try await tell(report, context) }
        return report.json
    }

    /// Counts what is still broken, so that an alarm can watch it.
    private func writeBroken(_ report: RecoveryReport, to namespace: String, _ context: InvocationContext) async throws
    {
        let client = try AWSClient(.cloudWatch, configuration: aws())
        let datum: JSONValue = [
            "MetricName": "still_broken", "Value": .double(Double(report.count(.stillBroken))), "Unit": "Count",
        ]
        _ = try await client.call(
            "PutMetricData", ["Namespace": .string(namespace), "MetricData": [datum]], deadline: context.deadline)
    }

    /// Tells the notifier what could not be put back.
    private func tell(_ report: RecoveryReport, _ context: InvocationContext) async throws {
        guard let topic = settings.topic else { return }
        let client = try AWSClient(.sns, configuration: aws())
        let text = (["Experiments have left something broken:"] + report.lines).joined(separator: "\n")
        let input: JSONValue = [
            "TopicArn": .string(topic), "Subject": "Experiments: still broken",
            "Message": .string(String(text.prefix(100_000))),
        ]
        _ = try await client.call("Publish", input, deadline: context.deadline)
    }
}
