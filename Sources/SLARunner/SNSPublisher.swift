public import AWS
import JSON
import Synchronization

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
        let parts = caller["Arn"]?.stringValue?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        guard let account = caller["Account"]?.stringValue, parts.count > 1 else {
            throw SLARunnerError(.unexpectedAnswer, "STS GetCallerIdentity named no account or ARN")
        }
        let arn = "arn:\(parts[1]):sns:\(region):\(account):\(topic)"
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
