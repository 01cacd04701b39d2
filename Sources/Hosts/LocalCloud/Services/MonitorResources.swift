import AWS
import Basics
import JSON

/// The topics, queues and bucket that results and alarms travel through; those of the results named as in the original
/// system.
public struct MonitorResources: Sendable {
    /// `sla-monitor-result-published-<environment>`, the topic that `sla-runner` publishes to.
    public let topicARN: String
    /// `sla-monitor-runner-logs-<environment>-<region>`, for the output of the tests.
    public let bucket: String
    /// Takes `sla-monitor-store-results-<environment>-<region>`, which the topic feeds, to a function.
    public let poller: QueuePoller
    /// `alarms-<environment>`, the topic that `uptime-checker` publishes changes to.
    public let alarmsTopicARN: String
    /// Takes `notifier-<environment>`, which the topic of alarms feeds, to a function.
    public let alarmsPoller: QueuePoller

    /// Creates them all; those that exist already stay.
    /// - Throws: `AWSError`, or `LocalCloudError` for an answer that lacks what it should have.
    static func create(in aws: AWSConfiguration, environment: String = "local") async throws -> MonitorResources {
        let sns = try AWSClient(.sns, configuration: aws)
        let sqs = try AWSClient(.sqs, configuration: aws)
        let s3 = try AWSClient(.s3, configuration: aws)

        let results = try await createPath(
            from: "sla-monitor-result-published-\(environment)", sns,
            to: "sla-monitor-store-results-\(environment)-\(aws.region)", sqs
        )
        let alarms = try await createPath(from: "alarms-\(environment)", sns, to: "notifier-\(environment)", sqs)
        let bucket = "sla-monitor-runner-logs-\(environment)-\(aws.region)"
        _ = try await s3.call("CreateBucket", ["Bucket": .string(bucket)])
        return MonitorResources(
            topicARN: results.topicARN, bucket: bucket, poller: results.poller, alarmsTopicARN: alarms.topicARN,
            alarmsPoller: alarms.poller
        )
    }

    /// Creates a topic that feeds a queue, and a dead-letter queue behind that.
    private static func createPath(
        from topicName: String, _ sns: AWSClient, to name: String, _ sqs: AWSClient
    ) async throws -> (topicARN: String, poller: QueuePoller) {
        let topicARN = try await sns.call("CreateTopic", ["Name": .string(topicName)]).text("TopicArn")
        let deadLetters = try await createQueue(sqs, name + "-deadletter", [:])
        let redrive: JSONValue = ["deadLetterTargetArn": .string(deadLetters.arn), "maxReceiveCount": 5]
        let queue = try await createQueue(
            sqs, name,
            [
                "VisibilityTimeout": "30", "ReceiveMessageWaitTimeSeconds": "20", "MessageRetentionPeriod": "345600",
                "RedrivePolicy": .string(redrive.description),
            ]
        )
        _ = try await sns.call(
            "Subscribe", ["TopicArn": .string(topicARN), "Protocol": "sqs", "Endpoint": .string(queue.arn)]
        )
        return (topicARN, QueuePoller(queue: sqs, queueURL: queue.url, queueARN: queue.arn))
    }

    private static func createQueue(
        _ sqs: AWSClient, _ name: String, _ attributes: JSONObject
    ) async throws -> (url: String, arn: String) {
        let input: JSONValue = ["QueueName": .string(name), "Attributes": .object(attributes)]
        let created = try await sqs.call("CreateQueue", input)
        let url = try created.text("QueueUrl")
        let found = try await sqs.call(
            "GetQueueAttributes", ["QueueUrl": .string(url), "AttributeNames": ["QueueArn"]]
        )
        return (url, try (found["Attributes"] ?? [:]).text("QueueArn"))
    }
}

extension JSONValue {
    /// A member that an answer must have.
    fileprivate func text(_ key: String) throws -> String {
        guard let text = self[key]?.stringValue else {
            throw LocalCloudError(.badAnswer, "The local AWS answered without \(key): \(self)")
        }
        return text
    }
}
