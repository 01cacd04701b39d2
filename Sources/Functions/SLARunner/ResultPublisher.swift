public import AWS
import AWSResources
public import Basics
public import Events
import JSON
import Synchronization

/// Where results go; an SNS topic for real.
public protocol ResultPublishing: Sendable {
    /// The topic's full ARN.
    func topicARN() async throws -> String

    /// Looks whether the topic is there.
    /// - Throws: ``SLARunnerError`` `topicDoesNotExist` when it certainly is not; any other error says nothing.
    func checkTopic() async throws

    /// Publishes one message.
    /// - Parameter envelope: What `Publish` takes with `MessageStructure=json`.
    /// - Throws: When the message was not taken; it may be published again.
    func publish(_ envelope: String) async throws
}

/// Publishes results to an SNS topic.
public final class SNSPublisher: ResultPublishing {
    private let topic: String
    private let region: String
    private let sns: AWSClient
    private let sts: AWSClient
    private let arn: Mutex<String?>

    /// Makes a publisher for a topic given by name, in the configured region and the caller's own account, or by ARN.
    /// - Throws: `AWSError` when the configuration has no region.
    public init(topic: String, aws: AWSConfiguration) throws {
        self.topic = topic
        self.region = aws.region
        self.sns = try AWSClient(.sns, configuration: aws)
        self.sts = try AWSClient(.sts, configuration: aws)
        self.arn = Mutex(topic.hasPrefix("arn:") ? topic : nil)
    }

    /// The topic's ARN; the account and the partition (`aws`, `aws-cn` …) are those of the caller, asked for once.
    public func topicARN() async throws -> String {
        if let arn = arn.withLock({ $0 }) { return arn }
        let caller = try await sts.call("GetCallerIdentity")
        guard let account = caller["Account"]?.stringValue, let identity = ARN(caller["Arn"]?.stringValue) else {
            throw SLARunnerError(.unexpectedAnswer, "STS GetCallerIdentity named no account or ARN")
        }
        let name = ARN(
            service: "sns", region: region, account: account, resource: topic, partition: identity.partition)
        let arn = name.description
        self.arn.withLock { $0 = arn }
        return arn
    }

    /// Asks for the topic's attributes, which a role that may only publish is refused.
    public func checkTopic() async throws {
        try await call("GetTopicAttributes", [:])
    }

    /// Publishes to the topic.
    public func publish(_ envelope: String) async throws {
        try await call("Publish", ["MessageStructure": "json", "Message": .string(envelope)])
    }

    private func call(_ operation: String, _ input: JSONObject) async throws {
        let arn = try await topicARN()
        var input = input
        input["TopicArn"] = .string(arn)
        do {
            _ = try await sns.call(operation, .object(input))
        } catch let error as AWSError where error.code == "NotFound" || error.code == "NotFoundException" {
            throw SLARunnerError(
                .topicDoesNotExist,
                "Topic does not exist: \(arn). Create it, or name another one in SLARUNNER_SNSTOPICNAME.",
                underlying: error)
        }
    }
}

extension SLAResult {
    /// What one run of a configuration's command gave.
    /// - Parameter timestamp: When the command ended.
    public init(_ outcome: CommandOutcome, at timestamp: Timestamp, configuration: Configuration) {
        let milliseconds = (outcome.duration / .milliseconds(1)).rounded()
        self.init(
            timestamp: timestamp, succeeded: outcome.succeeded, service: configuration.service,
            executionSecs: Double(outcome.duration.components.seconds), executionSeconds: milliseconds / 1_000,
            groups: configuration.groups, tagID: configuration.tagID,
            slaTarget: configuration.target.map { .string($0) }, interval: configuration.delay)
    }

    /// What `Publish` takes with `MessageStructure=json`: `{"default":"<the message>"}`.
    public var envelope: String { JSONValue.object(["default": .string(json.description)]).description }

    /// The name of the log object: `<service>/<seconds since 1970>_SUCCESS` or `_FAILURE`.
    public var logKey: String { "\(service)/\(timestamp.millisecondsSinceEpoch / 1_000)_\(verdict)" }

    /// `SUCCESS` or `FAILURE`.
    public var verdict: String { succeeded ? "SUCCESS" : "FAILURE" }
}

/// Results not yet published, oldest first; bounded, so that a topic out of reach for days does not fill the memory.
struct PendingResults {
    static let capacity = 1_000

    private(set) var envelopes: [String] = []

    /// Adds the newest; returns how many of the oldest made room for it.
    mutating func append(_ envelope: String) -> Int {
        envelopes.append(envelope)
        let excess = max(0, envelopes.count - Self.capacity)
        envelopes.removeFirst(excess)
        return excess
    }

    /// Publishes them in order until one fails, which stays the first.
    mutating func publish(to publisher: any ResultPublishing) async throws {
        while let first = envelopes.first {
            try await publisher.publish(first)
            envelopes.removeFirst()
        }
    }
}
