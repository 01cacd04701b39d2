import AWS
public import Basics
import Events
public import FunctionRuntime
import JSON
import Logging
import StateStore
public import Transport

/// The function that makes alarms for resources: on a schedule everything, after an event the resource that it names.
///
/// The answer is ``ProvisionerSummary``'s JSON. An invocation fails when nothing could be done, so that Lambda tries
/// again and then keeps the event; what was done in part succeeds with `"state": "partial"`, and the next run goes on.
public struct AlarmProvisioner: FunctionHandler {
    private let settings: ProvisionerSettings
    private let provisioner: Provisioner
    private let state: StateStore?
    private let aws: @Sendable () throws -> AWSConfiguration
    private let time: TimeSource

    /// A provisioner.
    /// - Throws: ``ProvisionerError`` with everything that is wrong with the variables.
    public init(environment: Environment, loop: EventLoop) throws {
        let variables = environment.variables
        let configuration = OnFirstUse { try AWSConfiguration(environment: variables, loop: loop) }
        try self.init(variables, time: .live(loop)) { try configuration.value() }
    }

    /// A provisioner with its time and its AWS.
    init(
        _ variables: [String: String], time: TimeSource, aws: @escaping @Sendable () throws -> AWSConfiguration
    ) throws {
        settings = try ProvisionerSettings(variables)
        provisioner = Provisioner(settings, environment: variables, time: time, aws: aws)
        state = try settings.state.flatMap { try StateStore.at($0, aws: aws) }
        (self.time, self.aws) = (time, aws)
    }

    /// What is not configured and will be missed.
    public var startWarnings: [String] {
        var warnings: [String] = []
        if settings.overrides.topics.isEmpty, settings.sources.isEmpty {
            warnings.append("TOPIC_ARN is not set: the alarms will notify nobody")
        }
        if settings.state == nil {
            warnings.append("ALARM_STATE is not set: two invocations at once may plan the same changes")
        }
        return warnings
    }

    /// Does what the event asks for.
    public func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        let incoming = IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: time.now())
        if let fault = incoming.fault { throw ProvisionerError(.invalid, "\(fault)", underlying: fault) }
        guard !incoming.messages.isEmpty else {
            throw ProvisionerError(.invalid, "the event has no message. \(ProvisionerEvent.expected)")
        }
        // Read before the first is carried out: a wrong event must not fail after half of its work.
        let (requests, ignored) = try requests(in: incoming)
        for reason in ignored { context.logger.info("Nothing to do: \(reason)") }
        var answers: [JSONValue] = []
        for request in requests { answers.append(try await carryOut(request, context)) }
        if answers.isEmpty {
            answers = [["state": "ignored", "reason": .string(ignored.joined(separator: "; "))]]
        }
        return FunctionResponse(json: answers.count == 1 ? answers[0] : .array(answers))
    }

    /// What the messages ask for, each once: a batch often has the same change twice.
    private func requests(in event: IncomingEvent) throws -> (requests: [ProvisionerRequest], ignored: [String]) {
        var requests: [ProvisionerRequest] = []
        var ignored: [String] = []
        for message in event.messages {
            if let fault = message.fault { throw ProvisionerError(.invalid, "\(fault)", underlying: fault) }
            switch try ProvisionerEvent(message) {
            case .ignored(let reason): ignored.append(reason)
            case .requests(let found):
                for var request in found {
                    request.action = request.action ?? settings.action
                    if !requests.contains(request) { requests.append(request) }
                }
            }
        }
        return (requests, ignored)
    }

    // MARK: One request

    /// Lets one invocation at a time change everything.
    ///
    /// One that is about a single resource does not wait: its writes are those that the whole run would make, too.
    private func carryOut(_ request: ProvisionerRequest, _ context: InvocationContext) async throws -> JSONValue {
        guard let state, request.action != .plan, request.range.resource == nil else {
            return try await run(request, context)
        }
        // Lambda tries an event again under the same id, and then the lease is still this event's own.
        let leases = Leases(in: state, holder: context.requestID, now: time.now)
        let key = Self.leaseKey(owner: settings.overrides.owner)
        switch try await leases.acquire(key, until: context.deadline + .seconds(5), deadline: context.deadline) {
        case .completed: return try await run(request, context)
        case .heldByOther:
            let end = try await leases.holder(of: key, deadline: context.deadline)?.end
            let reason =
                "another invocation is changing the alarms"
                + (end.map { ", until \($0.iso8601(fractionDigits: 0)) at the latest" } ?? "")
            context.logger.warning("Skipped: \(reason)")
            return ["state": "skipped", "reason": .string(reason)]
        case .acquired(let lease):
            do {
                let answer = try await run(request, context)
                await release(lease, leases, context)
                return answer
            } catch {
                await release(lease, leases, context)
                throw error
            }
        }
    }

    /// Two provisioners with owners of their own do not wait for each other.
    static func leaseKey(owner: String?) -> String { "alarm-provisioner/" + (owner ?? "run") }

    /// A lease that stays ends by itself with the invocation's time.
    private func release(_ lease: Lease, _ leases: Leases, _ context: InvocationContext) async {
        do { _ = try await leases.release(lease, leaving: .null, deadline: context.deadline) } catch {
            context.logger.warning("the lease was not given back, the next run waits for its end: \(error)")
        }
    }

    private func run(_ request: ProvisionerRequest, _ context: InvocationContext) async throws -> JSONValue {
        // What is left of a short invocation is shared: no more than a quarter is kept back.
        let deadline = context.deadline - min(settings.margin, context.remaining(at: time.now()) / 4)
        let summary = try await work(request, deadline, context)
        log(summary, context)
        await publish(summary, context)
        // A refusal would come again with every attempt, and people are told: it is no failure of the invocation.
        if summary.state == .failed {
            throw ProvisionerError(.unavailable, "nothing was done: " + summary.problems.joined(separator: "; "))
        }
        return summary.json
    }

    private func work(
        _ request: ProvisionerRequest, _ deadline: Timestamp, _ context: InvocationContext
    ) async throws -> ProvisionerSummary {
        let logger = context.logger
        let progress: Provisioner.Progress = { text in logger.debug("\(text)") }
        let plan =
            request.action == .destroy
            ? try await provisioner.destroyPlan(request.range, deadline: deadline, progress: progress)
            : try await provisioner.plan(request.range, deadline: deadline, progress: progress)
        let outcome =
            request.action == .plan || plan.refusal != nil
            ? nil : try await provisioner.apply(plan, deadline: deadline, progress: progress)
        return ProvisionerSummary(
            request, owner: try await provisioner.owner(deadline: deadline), run: context.requestID, at: time.now(),
            plan: plan, outcome: outcome)
    }

    // MARK: Who is told

    private func log(_ summary: ProvisionerSummary, _ context: InvocationContext) {
        for line in summary.problems.prefix(20) { context.logger.error("\(line)") }
        for notice in summary.warnings.prefix(20) { context.logger.warning("\(notice)") }
        context.logger.info("\(summary.line)")
        context.report(partialFailures: summary.problems.count, at: time.now())
    }

    /// Publishes what changed or failed; a plan changes nothing.
    ///
    /// The changes are made whether they are published or not, so a topic that cannot be reached is only logged.
    private func publish(_ summary: ProvisionerSummary, _ context: InvocationContext) async {
        guard let topic = settings.resultTopic, let change = summary.change else { return }
        do {
            var input: JSONObject = [
                "TopicArn": .string(topic), "Message": .string(change.json.description),
                "Subject": .string(change.subject),
            ]
            if topic.hasSuffix(".fifo") {
                input["MessageGroupId"] = .string(String(change.owner.prefix(64)))
                input["MessageDeduplicationId"] = .string(Digest.sha256Hex(change.id))
            }
            let client = try AWSClient(.sns, configuration: aws())
            _ = try await client.call("Publish", .object(input), deadline: context.deadline)
        } catch {
            context.logger.error("the changes were not published to \(topic): \(error)")
            context.report(partialFailures: 1, at: time.now())
        }
    }
}

extension AlarmChange {
    /// For readers of e-mail: printable ASCII, at most 100 characters.
    fileprivate var subject: String {
        let text = "Alarms of \(owner): \(state.rawValue), +\(created) ~\(updated) -\(deleted)"
        return String(decoding: text.utf8.filter { (0x20...0x7E).contains($0) }.prefix(100), as: UTF8.self)
    }
}
