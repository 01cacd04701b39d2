import AWS
public import Basics
import Configuration
import ConfigurationSources
import Events
public import FunctionRuntime
import JSON
import Logging
import RegularExpressions
import StateStore
public import Transport

/// Sends alarms and events to the outputs that the rules name.
///
/// An event comes from SNS, SQS, EventBridge, a CloudWatch alarm, CloudMonitor or an HTTP trigger. A failed record does
/// not stop the others. After a failure the platform delivers the event again; what was sent is then not sent again.
///
/// | event | when something was not sent |
/// |---|---|
/// | SQS | the response names the messages to deliver again |
/// | HTTP | status 502; where the platform queues the request, it is answered with 202 and becomes one of the others |
/// | any other | the invocation fails |
///
/// An HTTP request needs the token that `NOTIFY_TOKEN` names; on Lambda it is refused while there is none.
public struct Notifier: FunctionHandler {
    /// Sending ends this long before the invocation's deadline, so that the response is in time.
    static let reserve = Duration.milliseconds(500)
    /// The longest time for one event, Lambda's maximum.
    ///
    /// Function Compute allows a day, but a claim in the ledger lasts as long as the work may: if the process dies, no
    /// other one may send the notification before that.
    private static let longestWork = Duration.seconds(15 * 60)

    let delivery: DeliveryContext
    let rules: RenewingConfiguration<Rules>
    let state: QuietState
    let callers: HTTPCallers
    /// Whose messages may use Slack's markup.
    let trusted: [TextPattern]
    let now: @Sendable () -> Timestamp
    /// Settings of AWS that have no effect.
    public let startWarnings: [String]

    /// Reads the variables and the rules.
    ///
    /// AWS is called only for rules, secrets, a ledger, graphs or outputs that are in AWS.
    /// - Throws: `ConfigurationError` or `NotifierError` that names every fault.
    public init(environment: Environment, loop: EventLoop) async throws {
        let http = HTTPClient(loop: loop, configuration: HTTPClientConfiguration(environment: environment.variables))
        let time = TimeSource.live(loop)
        try await self.init(
            Configuration(environment: environment), environment: environment, http: http, time: time, executor: loop
        ) {
            try AWSConfiguration(environment: environment.variables, http: http, time: time, executor: loop)
        }
    }

    init(
        _ configuration: Configuration, environment: Environment, http: any HTTPExecuting, time: TimeSource,
        executor: (any TaskExecutor)?, attemptTimeout: Duration = .seconds(10),
        aws makeAWS: @escaping @Sendable () throws -> AWSConfiguration
    ) async throws {
        let sharedAWS = OnFirstUse(makeAWS)
        let aws: @Sendable () throws -> AWSConfiguration = { try sharedAWS.value() }
        let remote = RemoteValues.aws(functionName: environment["AWS_LAMBDA_FUNCTION_NAME"], aws)
        state = configuration.quietState(time: time, executor: executor, aws: aws)
        delivery = DeliveryContext(
            secrets: SecretCache(remote: remote, time: time, executor: executor),
            sender: MessageSender(http: http, aws: aws, time: time, attemptTimeout: attemptTimeout),
            ledger: DeliveryLedger(
                table: configuration.table, holder: "\(time.now().microseconds) \(time.random())", aws: aws,
                now: time.now
            ),
            graphs: configuration.showsGraphs ? GraphSource(aws: aws, now: time.now) : nil,
            buttons: state.store.map { store in ButtonStore(store: { try store.value() }, time: time) },
            time: time, digestAbove: configuration.digestAbove
        )
        rules = try configuration.renewingRules(environment, remote, time: time, executor: executor)
        callers = HTTPCallers(
            token: configuration.token, mustHaveToken: configuration.mustHaveToken, secrets: delivery.secrets)
        trusted = configuration.trusted
        now = time.now
        startWarnings = AWSConfiguration.ignoredSettings(in: environment.variables)
        _ = try await rules.current(deadline: time.now() + .seconds(8))
    }

    /// Sends the notifications of one event; see the type for the response and the error.
    public func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        let end = min(context.deadline - Self.reserve, now() + Self.longestWork)
        let incoming = IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: now())
        if incoming.kind == .http, let response = try await pressed(event, until: end, context) { return response }
        if incoming.kind == .http, let refusal = try await callers.refusal(of: event, until: end) {
            context.logger.warning("HTTP request refused", metadata: ["reason": "\(refusal.text)"])
            return FunctionResponse(json: refusal.response)
        }
        let (rules, warning) = try await rules.current(deadline: end)
        if let warning { context.logger.warning("rules not renewed", metadata: ["reason": "\(warning)"]) }
        let routed = RoutedEvent(incoming, rules, trusted: trusted)
        if let response = await enqueue(incoming, routed, context) { return response }
        let (incidents, failure) = await state.incidents(routed.received.map(\.notification), rules, until: end)
        let event = incidents.isTracking ? RoutedEvent(incoming, rules, trusted: trusted, incidents: incidents) : routed
        var report = DeliveryReport(records: incoming.messages.count, event)
        if let failure { report.fail(endsIn: event, "it is not known where its alarm was sent: \(failure)") }
        await deliver(event, rules, until: end, &report)
        report.log(to: context.logger)
        switch incoming.kind {
        case .queue, .http:
            context.report(partialFailures: Set(report.failedRecords).count, at: now())
            return FunctionResponse(
                json: incoming.kind == .http
                    ? report.httpResponse(requestID: context.requestID)
                    : PartialBatchResponse(failedIDs: report.failedRecords).json)
        case .topic, .direct:
            if let error = report.error { throw error }
            return FunctionResponse(json: report.summary)
        }
    }

    /// Delivers what is not muted and need not wait, and flushes groups that are due.
    private func deliver(
        _ event: RoutedEvent, _ rules: Rules, until end: Timestamp, _ report: inout DeliveryReport
    ) async {
        let (mutes, failure) = await state.mutes(rules, hearing: event.heard.map(\.notification), until: end)
        if let failure {
            report.fail(endsIn: event, "it cannot be noted that the alarm no longer inhibits others: \(failure)")
        }
        await state.note(event.incidents, until: end)
        let dispatch = AlertDispatch(
            state: state, delivery: delivery, rules: rules, mutes: mutes, incidents: event.incidents, end: end)
        let (loads, due) = await dispatch.sort(event.loads, &report)
        let outcomes = await deliver(loads, until: end)
        for (load, outcomes) in outcomes { report.add(load, outcomes) }
        await state.noteTold(outcomes, event.incidents, until: end)
        await dispatch.flush(due, &report)
        await dispatch.wake(event.wakes, &report)
    }

    /// Delivers to all outputs at the same time, so that a slow one does not delay the others.
    private func deliver(
        _ loads: [RoutedEvent.Load], until end: Timestamp
    ) async -> [(RoutedEvent.Load, [OutputDelivery.Outcome])] {
        await withTaskGroup(of: (RoutedEvent.Load, [OutputDelivery.Outcome]).self) { group in
            for load in loads {
                let outputDelivery = OutputDelivery(definition: load.output, delivery: delivery)
                group.addTask { (load, await outputDelivery.deliver(load.notifications, until: end)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Reads a sample event and builds its messages, so that the first real one is not slower.
    public func warmUp() async {
        let event: JSONValue = ["Records": [["Sns": ["MessageId": "0", "Message": #"{"AlarmName":"a"}"#]]]]
        let incoming = IncomingEvent(parsing: event.serialized(), requestID: "0", receivedAt: now())
        guard let rules = try? await rules.current(deadline: now()).value else { return }
        for load in RoutedEvent(incoming, rules, trusted: []).loads {
            let (notification, options) = Burst.content(of: load.notifications, now: now())
            _ = try? load.output.makeOutput(secrets: load.output.placeholders).messages(for: notification, options)
        }
    }
}

extension Notifier.Configuration {
    /// What is kept beside the rules.
    fileprivate func quietState(
        time: TimeSource, executor: (any TaskExecutor)?, aws: @escaping @Sendable () throws -> AWSConfiguration
    ) -> QuietState {
        guard let place = state else { return .none(time) }
        return QuietState(
            { try StateStore.atPlace(place, aws: aws) }, wakeQueue.map { .sqs($0, time: time, aws: aws) }, time: time,
            maximumAge: min(maximumAge, QuietState.maximumAge), executor: executor)
    }

    /// The rules, read again when they are older than `maximumAge`.
    fileprivate func renewingRules(
        _ environment: Environment, _ remote: RemoteValues, time: TimeSource, executor: (any TaskExecutor)?
    ) throws -> RenewingConfiguration<Rules> {
        let source: ConfigurationSource
        switch rules {
        case .output(let output):
            return RenewingConfiguration(Rules(outputs: [output], fallback: .send(to: [output.name], mentions: [])))
        case .file(let file): source = file
        }
        return try RenewingConfiguration(
            source, maximumAge: maximumAge, environment: environment.variables, remote: remote, time: time,
            executor: executor
        ) {
            NotifierError(.unreadableConfiguration, "the rules cannot be read: \($0)", underlying: $0)
        } read: {
            try Rules(parsing: $0, environment: environment.variables)
        }
    }
}

/// Why the notifier could not start, or an invocation failed.
public enum NotifierErrorCode: String, ErrorCode {
    /// The rules or the variables have faults; the message names every one, those in a file with their lines.
    case wrongConfiguration
    /// The rules could not be fetched.
    case unreadableConfiguration
    /// Notifications could not be sent; when the event is delivered again, only those are sent.
    case notSent
}

/// The notifier's error; its message never contains a secret.
public typealias NotifierError = CodedError<NotifierErrorCode>
