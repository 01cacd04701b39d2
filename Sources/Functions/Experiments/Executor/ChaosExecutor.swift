import AWS
public import Basics
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
    let time: TimeSource

    /// An executor.
    /// - Parameter registry: what `python` activities may name.
    /// - Throws: ``ExperimentError`` with everything that is wrong with the variables.
    public init(environment: Environment, loop: EventLoop, registry: ActivityRegistry) throws {
        try self.init(environment.variables, loop, registry, time: .live(loop)) { [variables = environment.variables] in
            try AWSConfiguration(environment: variables, loop: loop)
        }
    }

    /// An executor with its time and its AWS.
    init(
        _ variables: [String: String], _ loop: EventLoop, _ registry: ActivityRegistry, time: TimeSource,
        aws: @escaping @Sendable () throws -> AWSConfiguration
    ) throws {
        settings = try ExecutorSettings(variables, aws: aws)
        environment = variables
        (self.loop, self.registry, self.time, self.aws) = (loop, registry, time, aws)
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
                let session = ExecutorSession(
                    run: Self.run(ofExecution: invocation.executionARN),
                    owner: RunOwner(name: invocation.executionARN), durability: .lambda, scope: scope, context: context,
                    safeEnd: try safeEnd(of: context))
                return try await answer(ExecutorEvent(input), session)
            }
            return FunctionResponse(json: response)
        }
        let event = try ExecutorEvent(json)
        if case .sweep = event { return FunctionResponse(json: try await sweep(context)) }
        if settings.durability == .state, let state = settings.state {
            return FunctionResponse(json: try await goOn(with: event, json, in: state, context))
        }
        if settings.durability == .lambda {
            context.logger.warning(
                "EXPERIMENT_DURABLE is lambda and this is no durable execution: the run must end in this invocation")
        }
        let session = ExecutorSession(
            run: Self.run(ofRequest: context.requestID), owner: .process(), durability: .off,
            scope: DurableScope(inMemory: time), context: context, safeEnd: try safeEnd(of: context))
        return FunctionResponse(json: try await answer(event, session))
    }

    /// Does what an event asks for, and makes the answer.
    private func answer(_ event: ExecutorEvent, _ session: ExecutorSession) async throws -> JSONValue {
        switch event {
        case .sweep: return try await sweep(session.context)
        case .goOn(_, let event): return try await answer(ExecutorEvent(event), session)
        case .run(let request): return .object(try await execute(request, session))
        case .list(let requests, let isWrapped):
            var results: [JSONValue] = []
            for (index, request) in requests.enumerated() {
                var session = session
                if index > 0 { session.run += "-\(index + 1)" }
                results.append(.object(try await execute(request, session)))
            }
            let hasFailed = results.contains { $0["state"] != "done" }
            let payload: JSONValue = ["state": hasFailed ? "failed" : "done", "list": .array(results)]
            return isWrapped ? ["Payload": payload] : payload
        }
    }

    /// From when on an invocation begins nothing new.
    /// - Throws: ``ExperimentError`` when too little time is left for anything.
    private func safeEnd(of context: InvocationContext) throws(ExperimentError) -> Timestamp {
        let rest = context.deadline - time.now()
        guard rest >= Self.leastTime else {
            throw ExperimentError(
                .refused,
                "nothing was run: \(rest.text) are left of the invocation, and an experiment needs "
                    + "\(Self.leastTime.text) at least, so that it can be put back: raise the function's time-out")
        }
        return context.deadline - min(settings.margin, rest / 4)
    }

    /// Shorter invocations run nothing.
    private static let leastTime = Duration.seconds(8)

    // MARK: Across invocations, without durable executions

    /// Runs what is recorded in the state store, as far as the time of the invocation allows.
    private func goOn(
        with event: ExecutorEvent, _ json: JSONValue, in state: StateStore, _ context: InvocationContext
    ) async throws -> JSONValue {
        let (run, original) =
            if case .goOn(let known, let event) = event { (known, event) } else {
                (Self.run(ofRequest: context.requestID), json)
            }
        let end = try safeEnd(of: context)
        let outcome = try await DurableRun.store(state, key: "durable/\(run)").execute(
            time: time, suspendBefore: end
        ) { scope in
            let session = ExecutorSession(
                run: run, owner: RunOwner(name: "run \(run)"), durability: .state, scope: scope, context: context,
                safeEnd: end)
            return try await answer(event, session)
        }
        switch outcome {
        case .completed(let value): return value
        case .suspended(let until):
            // A call at a later time is not to be had, so this invocation waits as long as it can.
            let pause = min(until ?? end, end) - time.now()
            if pause > .zero { try await time.sleep(pause) }
            try await callAgain(original, run: run, context)
            return ["run": .string(run), "state": "running"]
        }
    }

    /// Invokes this function again, for the rest of the run.
    private func callAgain(_ event: JSONValue, run: String, _ context: InvocationContext) async throws {
        guard let name = environment["AWS_LAMBDA_FUNCTION_NAME"] else {
            throw ExperimentError(.configuration, "AWS_LAMBDA_FUNCTION_NAME is not set: nobody can go on with the run")
        }
        let client = try AWSClient(.lambda, configuration: aws())
        let payload: JSONValue = ["run": .string(run), "event": event]
        _ = try await client.send(
            "Invoke", ["FunctionName": .string(name), "InvocationType": "Event"], body: .bytes(payload.serialized()),
            deadline: context.deadline)
        context.logger.info("The run \(run) goes on in another invocation.")
    }

    // MARK: Names of runs

    /// The id of a durable execution, which ends its ARN.
    static func run(ofExecution arn: String) -> String {
        let id = arn.split(separator: "/").last.map(String.init) ?? arn
        return isName(id) ? id : String(Digest.sha256Hex(arn).prefix(32))
    }

    /// The id of an invocation: Lambda tries an event again under the same one, and then it is the same run.
    static func run(ofRequest id: String) -> String {
        isName(id) ? id : id.isEmpty ? newRun() : String(Digest.sha256Hex(id).prefix(32))
    }

    /// Leaves room for the number in a list.
    private static func isName(_ id: String) -> Bool { id.utf8.count <= 56 && RunRecord.isRunID(id) }

    private static func newRun() -> String {
        Timestamp.now().iso8601Basic.dropLast() + "-" + randomUUID { .random(in: 0...255) }.prefix(8)
    }
}

/// One invocation's part in a run.
struct ExecutorSession: Sendable {
    /// The run's id.
    var run: String
    let owner: RunOwner
    /// What the run outlives an invocation by.
    let durability: ExecutorSettings.Durability
    let scope: DurableScope
    let context: InvocationContext
    /// From here on nothing new is begun, so that there is time to put things back or to hand them over.
    let safeEnd: Timestamp
}
