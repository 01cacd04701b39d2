import AWS
import Basics
import Events
import JSON

/// How a run ended, for the caller, for the log and for the topic.
struct AdjustmentAnswer: Sendable, Hashable {
    /// Of the worst outcome, or `refused` or `failed` where nothing was begun.
    var state: String
    var run: String?
    /// One line.
    var message: String
    /// The name of an ``AdjusterErrorCode``, or `busy` where the same request may succeed later.
    var error: String?
    var outcomes: [AdjustmentOutcome] = []

    /// What became of the services of a run.
    init(_ outcomes: [AdjustmentOutcome], run: String) {
        self.outcomes = outcomes
        self.run = run
        let worst = Self.order.first { state in outcomes.contains { $0.state == state } } ?? .unchanged
        state = worst.rawValue
        message = outcomes.isEmpty ? "nothing was asked for" : outcomes.map(\.message).joined(separator: "; ")
    }

    private init(state: String, run: String?, message: String, error: String?) {
        (self.state, self.run, self.message, self.error) = (state, run, message, error)
    }

    /// Nothing was begun; only for `busy` a further attempt can help.
    static func refused(_ error: AdjusterError, run: String? = nil) -> AdjustmentAnswer {
        AdjustmentAnswer(
            state: error.code == .failed ? "failed" : "refused", run: run, message: error.message,
            error: error.isBusy ? "busy" : error.code.name)
    }

    /// The worst first.
    private static let order: [AdjustmentOutcome.State] = [
        .stillBroken, .restored, .nothingToRestore, .succeeded, .unchanged,
    ]

    /// How many services somebody has to look at.
    var brokenCount: Int { outcomes.count { $0.state == .stillBroken } }

    /// `{"run", "state", "message", "error"?, "outcomes"?}`.
    var json: JSONValue {
        var object: JSONObject = ["state": .string(state), "message": .string(message)]
        object["run"] = run.map { .string($0) }
        object["error"] = error.map { .string($0) }
        if !outcomes.isEmpty { object["outcomes"] = .array(outcomes.map(\.json)) }
        return .object(object)
    }
}

extension AdjustmentAnswer {
    /// What is published.
    func adjustment(at time: Timestamp) -> FargateAdjustment {
        FargateAdjustment(
            id: run ?? "", state: .init(rawValue: state) ?? .failed, at: time, message: message, error: error,
            outcomes: outcomes.map { .init($0) })
    }

    /// For readers of e-mail: printable ASCII, at most 100 characters.
    var subject: String {
        let names = outcomes.map(\.component).joined(separator: ", ")
        let text = "Fargate adjustment\(names.isEmpty ? "" : " of " + names): \(state)"
        return String(decoding: text.utf8.filter { (0x20...0x7E).contains($0) }.prefix(100), as: UTF8.self)
    }

    /// Publishes it to a topic of SNS.
    func publish(to topic: String, _ aws: AWSConfiguration, at time: Timestamp, until deadline: Timestamp) async throws
    {
        var input: JSONObject = [
            "TopicArn": .string(topic), "Message": .string(adjustment(at: time).text),
            "Subject": .string(subject),
        ]
        if topic.hasSuffix(".fifo") {
            input["MessageGroupId"] = "fargate-adjuster"
            input["MessageDeduplicationId"] = .string(Digest.sha256Hex("\(run ?? "") \(state) \(message)"))
        }
        _ = try await AWSClient(.sns, configuration: aws).call("Publish", .object(input), deadline: deadline)
    }
}

extension FargateAdjustment.Outcome {
    fileprivate init(_ outcome: AdjustmentOutcome) {
        self.init(
            component: outcome.component, service: outcome.service, .init(outcome.state), outcome.message)
        cause = outcome.cause.map { .init($0.kind.rawValue, $0.text) }
        (taskDefinition, formerTaskDefinition) = (outcome.taskDefinition, outcome.formerTaskDefinition)
        changes = outcome.changes.map { .init($0.setting, from: $0.from, to: $0.to) }
        (warnings, startedAt, endedAt) = (outcome.warnings, outcome.startedAt, outcome.endedAt)
    }
}

extension FargateAdjustment.State {
    fileprivate init(_ state: AdjustmentOutcome.State) {
        self =
            switch state {
            case .succeeded: .succeeded
            case .unchanged: .unchanged
            case .restored: .restored
            case .nothingToRestore: .nothingToRestore
            case .stillBroken: .stillBroken
            }
    }
}
