import AWS
import AWSResources
import Basics
import JSON

/// Brings one event to one target of a rule, with EventBridge's and Lambda's retries and dead letters.
///
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
struct EventDelivery: Sendable {
    /// What is to be brought.
    struct Item: Sendable {
        let event: JSONValue
        let rule: EventRule
        let target: EventTarget
        /// When the event came.
        let received: Timestamp
        /// How many buses it has passed before this one.
        var hops = 0

        /// For people: `event rule orders, target notifier`.
        var name: String {
            let place = target.arn.split(separator: ":").last.map(String.init) ?? target.id
            return "event rule \(rule.name), target \(place)"
        }
    }

    /// Why a delivery failed.
    struct Failure: Error, CustomStringConvertible {
        let code: String
        let message: String
        var isRetryable = false
        /// A function's own error: Lambda repeats it, not EventBridge.
        var isOfFunction = false

        var description: String { "\(code): \(message)" }

        init(_ code: String, _ message: String) { (self.code, self.message) = (code, message) }

        init(_ error: any Error) {
            let error = error as? AWSError
            self.init(error?.code ?? "InternalException", error?.message ?? "the local AWS failed")
            isRetryable = error.map { $0.isRetryable || $0.isThrottling || $0.localCode == .transport } ?? true
        }
    }

    let sns: AWSClient
    let sqs: AWSClient
    /// Invokes a function by its name; nil when no function of this name runs.
    let invoke: @Sendable (String, [UInt8]) async throws -> InvocationResult?
    /// Gives an event to another bus, with the number of those that it has passed.
    let forward: @Sendable (JSONValue, String, Int) async throws -> Void
    let time: TimeSource
    /// Called with a line for people about the first failure of each event, and about its end.
    let note: @Sendable (String) -> Void

    /// After how long Lambda repeats an event that a function failed on.
    private static let functionPauses = [Duration.seconds(60), .seconds(120)]
    private static let longestPause = Duration.seconds(300)
    /// A rule may send an event to a bus whose rule sends it back.
    private static let maximumHops = 5

    /// Returns when the target has it, when it has become a dead letter, or when the task is cancelled.
    func deliver(_ item: Item) async {
        var retries = 0
        while !Task.isCancelled {
            guard let failure = await failure(of: item), !Task.isCancelled else { return }
            let pause = pause(before: retries, failure)
            let isOld = time.now() + pause - item.received > item.target.maximumAge
            let most = min(item.target.maximumRetries, failure.isOfFunction ? Self.functionPauses.count : .max)
            guard failure.isRetryable, retries < most, !isOld else {
                let condition = isOld ? "MaximumEventAgeInSeconds" : "MaximumRetryAttempts"
                return await giveUp(item, failure, retries, failure.isRetryable ? condition : nil)
            }
            if retries == 0 { note("\(item.name): \(failure); tried again in \(pause.text)") }
            retries += 1
            guard (try? await time.sleep(pause)) != nil else { return }
        }
    }

    private func pause(before retries: Int, _ failure: Failure) -> Duration {
        if failure.isOfFunction { return Self.functionPauses[min(retries, Self.functionPauses.count - 1)] }
        let longest = min(.seconds(1 << min(retries, 20)), Self.longestPause)
        return .milliseconds(max(500, Int(longest / .milliseconds(1) * (0.5 + time.random() / 2))))
    }

    private func failure(of item: Item) async -> Failure? {
        do {
            try await send(item)
            return nil
        } catch let failure as Failure {
            return failure
        } catch {
            return Failure(error)
        }
    }

    private func send(_ item: Item) async throws {
        let text = item.target.input.text(of: item.event, rule: item.rule, at: item.received)
        guard let arn = ARN(item.target.arn) else { throw Failure("InvalidTarget", "\(item.target.arn) is no ARN") }
        switch arn.service {
        case "lambda": try await call(arn.resource, text)
        case "sns": _ = try await sns.call("Publish", ["TopicArn": .string(item.target.arn), "Message": .string(text)])
        case "sqs": try await send(text, to: item.target.arn, group: item.target.messageGroup)
        case "events" where arn.resource.hasPrefix("event-bus/"):
            guard item.hops < Self.maximumHops else {
                throw Failure("TooManyHops", "the event has passed \(item.hops) buses already")
            }
            try await forward(item.event, String(arn.resource.dropFirst(10)), item.hops + 1)
        default: throw Failure("UnsupportedTarget", "targets of \(arn.service) are not played here")
        }
    }

    /// - Parameter resource: `function:name`, which a version or an alias may follow.
    private func call(_ resource: String, _ text: String) async throws {
        let parts = resource.split(separator: ":").map(String.init)
        let name = parts.count > 1 ? parts[1] : resource
        let result: InvocationResult?
        do {
            result = try await invoke(name, Array(text.utf8))
        } catch {
            var failure = Failure("ServiceException", "\(error)")
            (failure.isRetryable, failure.isOfFunction) = (true, true)
            throw failure
        }
        guard let result else { throw Failure("ResourceNotFoundException", "no function \(name) runs here") }
        guard let error = result.error else { return }
        var failure = Failure(error.type, error.message)
        (failure.isRetryable, failure.isOfFunction) = (true, true)
        throw failure
    }

    private func send(
        _ text: String, to queueARN: String, group: String? = nil, attributes: JSONObject = [:]
    ) async throws {
        let found = try await sqs.call("GetQueueUrl", ["QueueName": .string(ARN(queueARN)?.resource ?? "")])
        var input: JSONObject = [
            "QueueUrl": found["QueueUrl"] ?? "", "MessageBody": .string(text),
            "MessageAttributes": .object(attributes),
        ]
        input["MessageGroupId"] = group.map { .string($0) }
        _ = try await sqs.call("SendMessage", .object(input))
    }

    // MARK: Dead letters

    /// - Parameter condition: which limit of the retries was reached; nil for a failure that no retry mends.
    private func giveUp(_ item: Item, _ failure: Failure, _ retries: Int, _ condition: String?) async {
        let line = "\(item.name): gave up after \(counted(retries + 1, "attempt")): \(failure)"
        guard let queue = item.target.deadLetterARN else {
            return note("\(line); the event is lost: the target has no dead-letter queue")
        }
        let attributes: [(String, String?)] = [
            ("RULE_ARN", item.rule.arn), ("TARGET_ARN", item.target.arn), ("ERROR_CODE", failure.code),
            ("ERROR_MESSAGE", failure.message), ("RETRY_ATTEMPTS", "\(retries)"),
            ("EXHAUSTED_RETRY_CONDITION", condition),
        ]
        let present = attributes.compactMap { name, value -> (String, JSONValue)? in
            value.map { (name, ["DataType": "String", "StringValue": .string($0.isEmpty ? "-" : $0)]) }
        }
        do {
            try await send(item.event.description, to: queue, attributes: JSONObject(present))
            note("\(line); the event is in \(ARN(queue)?.resource ?? queue)")
        } catch {
            note("\(line); the event is lost: \(queue) does not take it: \(error)")
        }
    }
}
