import AWS
public import Basics
import Configuration
import Events
public import FunctionRuntime
import JSON
import Logging
import Synchronization
public import Transport

/// Takes alarms and events and sends each to the chats that the rules name.
///
/// The event is what SNS, SQS, EventBridge, a CloudWatch alarm, CloudMonitor or an HTTP trigger sends. Every record of it
/// is tried. What could not be sent makes the platform deliver the event again, and what was sent is not sent again then:
///
/// | event | something was not sent |
/// |---|---|
/// | SQS | the answer names the messages to deliver again |
/// | HTTP | status 502 |
/// | any other | the invocation fails |
public struct Notifier: FunctionHandler {
    /// Kept back from the invocation's time, to answer in.
    static let reserve = Duration.milliseconds(500)
    /// Longer than this, Lambda's longest, nothing is tried, even where Function Compute gives a day: until then nobody
    /// else sends what a process that has died had begun with.
    static let longestWork = Duration.seconds(15 * 60)

    let delivery: DeliveryContext
    let rules: RenewingConfiguration<Rules>
    let now: @Sendable () -> Timestamp

    /// Makes the handler, and reads the rules.
    ///
    /// AWS is asked only when rules, secrets, a table, a graph or an output are there.
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
        let shared = OnFirstUse(makeAWS)
        let aws: @Sendable () throws -> AWSConfiguration = { try shared.value() }
        let remote = RemoteValues.aws(functionName: environment["AWS_LAMBDA_FUNCTION_NAME"], aws)
        delivery = DeliveryContext(
            secrets: SecretCache(remote: remote, time: time, executor: executor),
            sender: MessageSender(http: http, aws: aws, time: time, attemptTimeout: attemptTimeout),
            ledger: DeliveryLedger(
                table: configuration.table, holder: "\(time.now().microseconds) \(time.random())", aws: aws,
                now: time.now
            ),
            graphs: configuration.showsGraphs ? GraphSource(aws: aws, now: time.now) : nil,
            time: time, digestAbove: configuration.digestAbove
        )
        rules = try configuration.renewingRules(environment, remote, time: time, executor: executor)
        now = time.now
        _ = try await rules.current(deadline: time.now() + .seconds(8))
    }

    /// Sends the notifications of one event; see the type for what is answered and thrown.
    public func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        let end = min(context.deadline - Self.reserve, now() + Self.longestWork)
        let (rules, warning) = try await rules.current(deadline: end)
        if let warning { context.logger.warning("rules not renewed", metadata: ["reason": "\(warning)"]) }
        let event = IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: now())
        let dispatch = Dispatch(event, rules)
        var report = Report(records: event.messages.count, dispatch)
        await deliver(dispatch, until: end, &report)
        report.log(to: context.logger)
        switch event.kind {
        case .queue: return FunctionResponse(json: PartialBatchResponse(failedIDs: report.failedRecords).json)
        case .http: return FunctionResponse(json: report.httpAnswer)
        case .topic, .direct:
            if let failure = report.failure { throw failure }
            return FunctionResponse(json: report.summary)
        }
    }

    /// Delivers to each output its notifications; outputs do not wait for one another.
    private func deliver(_ dispatch: Dispatch, until end: Timestamp, _ report: inout Report) async {
        await withTaskGroup(of: (String, [String], [OutputDelivery.Outcome]).self) { group in
            for (output, jobs, records) in dispatch.loads {
                let outputDelivery = OutputDelivery(definition: output, delivery: delivery)
                group.addTask { (output.name, records, await outputDelivery.deliver(jobs, until: end)) }
            }
            for await (output, records, outcomes) in group { report.add(output, records, outcomes) }
        }
    }

    /// Reads a sample event and builds its messages.
    public func warmUp() async {
        let event: JSONValue = ["Records": [["Sns": ["MessageId": "0", "Message": #"{"AlarmName":"a"}"#]]]]
        let incoming = IncomingEvent(parsing: event.serialized(), requestID: "0", receivedAt: now())
        guard let rules = try? await rules.current(deadline: now()).value else { return }
        for (output, jobs, _) in Dispatch(incoming, rules).loads {
            let (notification, options) = Burst.content(of: jobs, now: now())
            _ = try? output.makeOutput(secrets: output.placeholders).messages(for: notification, options)
        }
    }
}

extension Notifier.Configuration {
    /// The rules, read again when they are older than `maximumAge`.
    func renewingRules(
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

/// A value that is made when it is first needed, and then is the same for everybody.
///
/// AWS clients have to share one configuration: it keeps the credentials that were fetched for it.
final class OnFirstUse<Value: Sendable>: Sendable {
    private let kept = Mutex<Value?>(nil)
    private let make: @Sendable () throws -> Value

    init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

    /// - Throws: what making it throws; the next caller tries again.
    func value() throws -> Value {
        try kept.withLock { kept in
            let value = try kept ?? make()
            kept = value
            return value
        }
    }
}

/// Why the notifier could not start, or an invocation failed.
public struct NotifierError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable {
        /// The rules or the variables have faults; the message names every one, in a file with its line.
        case wrongConfiguration
        /// The rules could not be read from where they are.
        case unreadableConfiguration
        /// Notifications could not be sent; those that were are not sent again when the event comes again.
        case notSent
    }

    /// The kind of failure.
    public let code: Code
    /// What failed and what to do; never a secret.
    public let message: String
    /// The error beneath, if any.
    public let underlying: (any Error)?

    init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// The message.
    public var description: String { message }
}

extension NotifierError: ReportableError {
    /// The code, for the platform's error report.
    public var errorType: String { code.rawValue }
}
