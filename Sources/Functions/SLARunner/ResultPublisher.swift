import AWS
import AWSResources
import Basics
import Events
import JSON
import Synchronization

/// Publishes results: `SNSPublisher`, or a script in tests.
protocol ResultPublishing: Sendable {
    func topicARN() async throws -> String

    /// Checks that the topic exists.
    /// - Throws: ``SLARunnerError`` `topicDoesNotExist` or `refused` when SNS says so for certain; after any other
    ///   error it may exist, and a role that may not read it may still publish.
    func checkTopic() async throws

    /// Publishes one message.
    /// - Parameter envelope: the `Message` of `Publish` with `MessageStructure=json`.
    /// - Throws: When SNS did not take the message; it may be published again, unless the error is an
    ///   ``SLARunnerError``, after which SNS never takes it.
    func publish(_ envelope: String) async throws
}

/// Publishes results to an SNS topic.
final class SNSPublisher: ResultPublishing {
    private let topic: String
    private let region: String
    private let sns: AWSClient
    private let sts: AWSClient
    private let arn: Mutex<String?>

    /// - Parameter topic: its ARN, or its name in the configured region and the caller's account.
    /// - Throws: `AWSError` when the configuration has no region.
    init(topic: String, aws: AWSConfiguration) throws {
        var aws = aws
        aws.attemptTimeout = .seconds(60)  // a server that answers byte by byte must not hold up all later results
        self.topic = topic
        self.region = aws.region
        self.sns = try AWSClient(.sns, configuration: aws)
        self.sts = try AWSClient(.sts, configuration: aws)
        self.arn = Mutex(topic.hasPrefix("arn:") ? topic : nil)
    }

    /// The topic's ARN; for a name, STS is asked once for the caller's account and partition (`aws`, `aws-cn` …).
    func topicARN() async throws -> String {
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

    /// Reads the topic's attributes; a role that may only publish gets an `AuthorizationError`.
    func checkTopic() async throws {
        do {
            try await call("GetTopicAttributes", [:])
        } catch let error as AWSError where error.code.hasPrefix("InvalidParameter") {
            throw refusal(error)
        }
    }

    func publish(_ envelope: String) async throws {
        do {
            try await call("Publish", ["MessageStructure": "json", "Message": .string(envelope)])
        } catch let error as AWSError where error.isRefusal {
            throw refusal(error)
        }
    }

    private func refusal(_ error: AWSError) -> SLARunnerError {
        SLARunnerError(
            .refused,
            "The topic \(topic) refuses the result: \(error). Check its name, and that the role has sns:Publish on it and "
                + "the use of its key.", underlying: error)
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

extension AWSError {
    /// Whether only a change of permissions, names or credentials can make the call succeed.
    ///
    /// Throttling, outages and expired credentials pass by themselves.
    var isRefusal: Bool {
        let codes: Set = [
            "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException",
            "NoSuchBucket",
            "NotFound", "NotFoundException", "AllAccessDisabled", "AccountProblem", "InvalidBucketName",
            "InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch",
            "InvalidSecurity",
        ]
        // The throttling codes that the retries know are without those of KMS behind SNS and S3.
        return !isRetryable && !["KMSThrottling", "KMS.ThrottlingException"].contains(code)
            && (codes.contains(code) || ["InvalidParameter", "KMS"].contains { code.hasPrefix($0) })
    }
}

extension SLAResult {
    /// The result of one run.
    /// - Parameter timestamp: When the command ended.
    init(_ outcome: CommandOutcome, at timestamp: Timestamp, configuration: RunnerConfiguration) {
        let milliseconds = (outcome.duration / .milliseconds(1)).rounded()
        self.init(
            timestamp: timestamp, succeeded: outcome.succeeded, service: configuration.service,
            executionSecs: Double(outcome.duration.components.seconds), executionSeconds: milliseconds / 1_000,
            groups: configuration.groups, tagID: configuration.tagID,
            slaTarget: configuration.target.map { .string($0) }, interval: configuration.delay)
    }

    /// The `Message` of `Publish` with `MessageStructure=json`: `{"default":"<the result's JSON>"}`.
    var envelope: String { JSONValue.object(["default": .string(json.description)]).description }

    /// The name of the log object: `<service>/<seconds since 1970>_SUCCESS` or `_FAILURE`.
    var logKey: String { "\(service)/\(timestamp.millisecondsSinceEpoch / 1_000)_\(verdict)" }

    /// `SUCCESS` or `FAILURE`.
    var verdict: String { succeeded ? "SUCCESS" : "FAILURE" }
}

/// Results not yet published, oldest first; bounded, so that days without a reachable topic do not fill the memory.
struct PendingResults {
    static let capacity = 1_000

    private(set) var envelopes: [String] = []

    /// Adds the newest result; returns how many of the oldest were dropped for it.
    mutating func append(_ envelope: String) -> Int {
        envelopes.append(envelope)
        let excess = max(0, envelopes.count - Self.capacity)
        envelopes.removeFirst(excess)
        return excess
    }

    /// Publishes them in order until one fails; that one stays the first.
    mutating func publish(to publisher: any ResultPublishing) async throws {
        while let first = envelopes.first {
            try await publisher.publish(first)
            envelopes.removeFirst()
        }
    }
}
