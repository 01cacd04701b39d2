import AWS
public import Basics
import ConfigurationSources
import DurableExecution
import Events
public import FunctionRuntime
import JSON
import Logging
import StateStore
public import Transport

/// The function that adjusts Fargate services: `{"describe": …}` or `{"adjust": …}`, and ECS's events go on with it.
///
/// A run that outlives its invocation is one of Lambda's durable executions, or is recorded in the state store. The
/// invocation fails only when another attempt may succeed; all else is an answer with a `state`.
public struct FargateAdjuster: FunctionHandler {
    /// Carries a run out.
    typealias Execute = @Sendable (AdjustmentRun, DurableScope) async throws -> [AdjustmentOutcome]

    let settings: AdjusterSettings
    let environment: [String: String]
    let time: TimeSource
    let aws: @Sendable () throws -> AWSConfiguration
    var clients: OnFirstUse<AdjusterClients>
    let store: StateStore?
    let runs: OpenRuns?
    let configuration: RenewingConfiguration<AdjusterConfiguration>?
    var execute: Execute = { try await $0.execute(on: $1) }

    /// An adjuster with the settings of the environment.
    /// - Throws: ``AdjusterError`` with everything that is wrong with the variables.
    public init(environment: Environment, loop: EventLoop) throws {
        let variables = environment.variables
        let configuration = OnFirstUse { try AWSConfiguration(environment: variables, loop: loop) }
        try self.init(variables, time: .live(loop), executor: loop) { try configuration.value() }
    }

    /// An adjuster with its time, its AWS and its store.
    /// - Parameter store: in place of that of the settings.
    init(
        _ variables: [String: String], time: TimeSource, executor: (any TaskExecutor)? = nil, store: StateStore? = nil,
        aws: @escaping @Sendable () throws -> AWSConfiguration
    ) throws {
        let settings = try AdjusterSettings(variables)
        let store = try store ?? settings.state.flatMap { try StateStore.at($0, aws: aws) }
        (self.settings, self.store, environment, self.time, self.aws) = (settings, store, variables, time, aws)
        runs = store.map { OpenRuns(store: $0, time: time) }
        clients = OnFirstUse { try AdjusterClients(aws()) }
        configuration = try settings.configuration.map { source in
            try RenewingConfiguration(
                source, maximumAge: Self.maximumAge, environment: variables, remote: .awsFiles(aws), time: time,
                executor: executor,
                unreadable: {
                    AdjusterError(
                        .unavailable, "the configuration \(source) (FARGATE_CONFIG) cannot be read: \($0)",
                        underlying: $0)
                },
                read: {
                    try AdjusterConfiguration(parsing: $0, file: "\(source)", environment: Environment(variables))
                })
        }
    }

    /// How long a configuration is used before its place is asked again.
    private static let maximumAge = Duration.seconds(60)

    /// What is not configured and will be missed.
    public var startWarnings: [String] {
        var warnings: [String] = []
        if configuration == nil {
            warnings.append("FARGATE_CONFIG is not set: each request must carry its configuration")
        }
        if store == nil {
            warnings.append(
                "FARGATE_STATE is not set: after a crash nothing is put back, ECS's events wake nobody, and two "
                    + "adjustments may work on one service")
        }
        return warnings
    }

    // MARK: Events

    /// Does what the event asks for.
    public func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        if let json = try? JSONValue(parsing: event), let invocation = DurableInvocation(json) {
            return FunctionResponse(json: try await handle(invocation, context))
        }
        let incoming = IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: time.now())
        if let fault = incoming.fault { throw AdjusterError(.invalidInput, "\(fault)", underlying: fault) }
        guard !incoming.messages.isEmpty else {
            throw AdjusterError(.invalidInput, "the event has no message. \(AdjusterEvent.expected)")
        }
        if incoming.kind == .queue {
            return FunctionResponse(json: try await answer(queue: incoming.messages, context).json)
        }
        // Read before the first is carried out: a wrong event must not fail after half of its work.
        let events = try incoming.messages.map { (id: $0.id, event: try Self.event($0)) }
        var answers: [JSONValue] = []
        for (id, event) in events { answers.append(try await answer(event, run: RunName.of(message: id), context)) }
        return FunctionResponse(json: answers.count == 1 ? answers[0] : .array(answers))
    }

    /// Does what each message of a queue asks for: one that fails comes again, or to the dead letters, alone.
    ///
    /// When all fail the invocation does: a mapping without `ReportBatchItemFailures` would delete them.
    private func answer(
        queue messages: [IncomingMessage], _ context: InvocationContext
    ) async throws -> PartialBatchResponse {
        var failed: [String] = []
        var first: (any Error)?
        let end = safeEnd(of: context)
        for (index, message) in messages.enumerated() {
            do {
                guard index == 0 || time.now() < end else {
                    throw AdjusterError(.unavailable, "no time of the invocation was left for it: it comes again")
                }
                let answer = try await answer(
                    Self.event(message), run: RunName.of(message: message.id), context)
                context.logger.info("message \(message.id): \(answer)")
            } catch let error as CancellationError {
                throw error
            } catch {
                context.logger.error("message \(message.id): \(error)")
                failed.append(message.id)
                first = first ?? error
            }
        }
        if let first, failed.count == messages.count { throw first }
        context.report(partialFailures: failed.count, at: time.now())
        return PartialBatchResponse(failedIDs: failed)
    }

    private static func event(_ message: IncomingMessage) throws(AdjusterError) -> AdjusterEvent {
        if let fault = message.fault { throw AdjusterError(.invalidInput, "\(fault)", underlying: fault) }
        return try AdjusterEvent(message)
    }

    /// One invocation of a durable execution, whose input is an event as any.
    private func handle(_ invocation: DurableInvocation, _ context: InvocationContext) async throws -> JSONValue {
        try await invocation.respond(aws: aws(), deadline: context.deadline) { scope, input in
            let incoming = IncomingEvent(
                parsing: input.serialized(), requestID: invocation.executionARN, receivedAt: time.now())
            guard incoming.messages.count == 1, let message = incoming.messages.first, message.fault == nil else {
                throw AdjusterError(
                    .invalidInput,
                    "a durable execution takes one message, and \(incoming.messages.count) came, or a damaged one. "
                        + AdjusterEvent.expected)
            }
            let event = try AdjusterEvent(message)
            do {
                if case .adjust(let request, let configuration) = event {
                    return try await adjust(
                        request, configuration, in: scope, execution: invocation.executionARN, context)
                }
                return try await answer(event, run: RunName.of(execution: invocation.executionARN), context)
            } catch let error as AdjusterError where error.code == .unavailable {
                // Another error would end the execution for good.
                throw DurableError(.unavailable, error.message, underlying: error)
            }
        }
    }

    /// Does what one message asks for, and makes the answer.
    func answer(_ event: AdjusterEvent, run: String, _ context: InvocationContext) async throws -> JSONValue {
        do {
            switch event {
            case .ignored(let reason): return Self.ignored(reason, context)
            case .describe(let components, let configuration):
                return try await describe(components, configuration, context)
            case .plan(let request, let configuration): return try await plan(request, configuration, context)
            case .adjust(let request, let configuration):
                return try await adjust(request, configuration, run: run, context)
            case .status(let run): return try await status(of: run, context)
            case .cancel(let run): return try await cancel(run, context)
            case .recover: return try await recover(context)
            case .change(let service, let reason): return try await change(of: service, reason, context)
            }
        } catch let error as AdjusterError where error.code != .unavailable {
            context.logger.error("\(error.message)")
            return AdjustmentAnswer.refused(error).json
        }
    }

    static func ignored(_ reason: String, _ context: InvocationContext) -> JSONValue {
        context.logger.info("Nothing to do: \(reason)")
        return ["state": "ignored", "reason": .string(reason)]
    }

    // MARK: Questions

    private func describe(
        _ components: [String]?, _ requestConfiguration: JSONValue?, _ context: InvocationContext
    ) async throws -> JSONValue {
        var configuration = try await configuration(requestConfiguration, context)
        if let components {
            configuration.components = try configuration.components(named: components)
        }
        return try await Adjuster(configuration, clients: clients.value(), store: nil).describe()
    }

    private func plan(
        _ request: AdjustmentRequest, _ requestConfiguration: JSONValue?, _ context: InvocationContext
    ) async throws -> JSONValue {
        let configuration = try await configuration(requestConfiguration, context)
        let plans = try await Adjuster(configuration, clients: clients.value(), store: nil).plan(request)
        return ["plans": .array(plans.map(\.json))]
    }

    /// The configuration that counts for a request.
    ///
    /// One that is set cannot be replaced by a request: its ranges are the limits of what may be asked for.
    func configuration(_ requestConfiguration: JSONValue?, _ context: InvocationContext) async throws
        -> AdjusterConfiguration
    {
        if let requestConfiguration {
            guard configuration == nil else {
                throw AdjusterError(
                    .refused,
                    "the request has a config, and the function has one of its own (FARGATE_CONFIG), which is the limit "
                        + "of what may be changed: leave config out, or unset FARGATE_CONFIG")
            }
            let text = requestConfiguration.stringValue.map { Array($0.utf8) } ?? requestConfiguration.serialized()
            return try AdjusterConfiguration(parsing: text, file: "config", environment: Environment(environment))
        }
        guard let configuration else {
            throw AdjusterError(
                .invalidConfiguration,
                "there is no configuration: set FARGATE_CONFIG to \(ConfigurationSource.expected), or send it along as "
                    + "the event's config")
        }
        let current = try await configuration.current(deadline: context.deadline)
        if let warning = current.warning { context.logger.warning("\(warning)") }
        for warning in current.value.warnings { context.logger.warning("\(warning)") }
        return current.value
    }
}
