import AWS
import AWSResources
import AlarmEvaluation
import Basics
import HTTPServer
import JSON
import Transport

/// A local AWS, played by moto, with the topics, queues and bucket that Tocsin's functions use.
///
/// CloudWatch's metrics are kept by ``LocalMetrics``.
public struct LocalStack: Sendable {
    /// The endpoints, and the variables that point AWS SDKs to them.
    public let moto: Moto
    /// The topics, the bucket and the pollers of the queues.
    public let resources: MonitorResources
    /// Reads the metrics that functions have written.
    public let reader: MetricReader
    /// Evaluates the alarms, which moto only stores.
    public let alarmEvaluator: AlarmEvaluator
    /// Plays the rules of EventBridge, which moto stores.
    public let events: EventBus

    /// Keeps the metrics of services that are watched alone, from now on; all others stay as they are.
    /// - Parameter isWatched: given the name of a service as it is in metrics, `group/name` where it has a group.
    public func keepMetrics(watched isWatched: @escaping @Sendable (String) -> Bool) {
        alarmEvaluator.metrics.keep(watched: isWatched)
    }

    /// Publishes a message to the topic of alarms, which takes it through queue and notifier.
    /// - Throws: `AWSError`.
    public func publishAlarm(subject: String, message: String) async throws {
        _ = try await alarmEvaluator.sns.call(
            "Publish",
            [
                "TopicArn": .string(resources.alarmsTopicARN), "Subject": .string(subject), "Message": .string(message),
            ])
    }

    /// Runs the stack for as long as the body runs.
    /// - Parameters:
    ///   - server: path of the program `moto_server`.
    ///   - temporaryFolder: where a folder is made, which goes again.
    ///   - progress: called with a line for people before each step.
    ///   - onResults: called with the results of checks and tests as soon as a function has written their metrics.
    /// - Throws: what the body throws; `LocalCloudError` when moto does not start, or ends before the body.
    public static func run<Result: Sendable>(
        server: String, temporaryFolder: String = "/tmp", progress: @escaping @Sendable (String) -> Void,
        onResults: @escaping @Sendable ([MeasuredResult]) -> Void = { _ in },
        _ body: @escaping @Sendable (LocalStack) async throws -> Result
    ) async throws -> Result {
        progress("Starting the local AWS, moto (a few seconds)")
        let bus = Locked<EventBus?>(nil)
        return try await Server.run(Server.Configuration(), handler: EventsServer(bus: bus), grace: .seconds(1)) {
            events in
            try await Moto.run(server: server, temporaryFolder: temporaryFolder, eventsPort: events.port) { moto in
                try await run(moto, bus, progress: progress, onResults: onResults, body)
            }
        }
    }

    private static func run<Result: Sendable>(
        _ moto: Moto, _ bus: Locked<EventBus?>, progress: @escaping @Sendable (String) -> Void,
        onResults: @escaping @Sendable ([MeasuredResult]) -> Void,
        _ body: @escaping @Sendable (LocalStack) async throws -> Result
    ) async throws -> Result {
        progress("The local AWS answers on \(moto.endpoint); creating topic, queues and bucket")
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let client = HTTPClient(loop: loop)
        try await MotoGuard.check(moto, client)
        let metrics = LocalMetrics(onResults: onResults)
        let alarmChanges = AlarmChangeCount()
        let cloudWatch = MetricsServer(metrics: metrics, moto: moto, client: client, alarmChanges: alarmChanges)
        return try await cloudWatch.serve { endpoint in
            let aws = try AWSConfiguration(environment: moto.environment, loop: loop)
            let resources = try await MonitorResources.create(in: aws)
            let events = try EventBus(aws: aws, time: .live(loop))
            bus.withLock { $0 = events }
            let evaluator = AlarmEvaluator(
                cloudWatch: try AWSClient(.cloudWatch, configuration: aws),
                sns: try AWSClient(.sns, configuration: aws), metrics: metrics, alarmChanges: alarmChanges,
                location: AlarmLocation(
                    account: LocalPlace.account, region: aws.region,
                    regionName: AWSRegion.name(aws.region) ?? aws.region),
                topicARN: resources.alarmsTopicARN, events: events)
            return try await body(
                LocalStack(
                    moto: Moto(endpoint: moto.endpoint, cloudWatchEndpoint: endpoint),
                    resources: resources, reader: MetricReader(metrics: metrics), alarmEvaluator: evaluator,
                    events: events))
        }
    }
}

/// moto (https://docs.getmoto.org), a local stand-in for AWS, running as a server on a free port of 127.0.0.1.
public struct Moto: Sendable {
    /// Its address, `http://127.0.0.1:40123`.
    public let endpoint: String

    /// The address of CloudWatch where that is another one.
    public let cloudWatchEndpoint: String?

    /// A moto at an address that is known, or that does not matter.
    public init(endpoint: String, cloudWatchEndpoint: String? = nil) {
        self.endpoint = endpoint
        self.cloudWatchEndpoint = cloudWatchEndpoint
    }

    /// How long moto may take to start: it imports the models of all its services.
    private static let startTimeout = Duration.seconds(60)

    /// The variables that make every AWS SDK use these endpoints and no others.
    public var environment: [String: String] {
        var variables = [
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": LocalPlace.region, "AWS_DEFAULT_REGION": LocalPlace.region,
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "AWS_DISABLE_REQUEST_COMPRESSION": "true",
        ]
        variables["AWS_ENDPOINT_URL_CLOUDWATCH"] = cloudWatchEndpoint
        return variables
    }

    /// Runs moto for as long as the body runs.
    /// - Parameters:
    ///   - server: path of the program `moto_server`.
    ///   - temporaryFolder: where a folder is made, which goes again.
    ///   - eventsPort: that of the server that `PutEvents` is left to.
    /// - Throws: what the body throws; `LocalCloudError` when moto does not start, or ends before the body.
    static func run<Result: Sendable>(
        server: String, temporaryFolder: String, eventsPort: Int,
        _ body: @escaping @Sendable (Moto) async throws -> Result
    ) async throws -> Result {
        try await Files.withTemporaryFolder(in: temporaryFolder) { folder in
            try MotoGuard.write(to: folder)
            return try await run(server: server, MotoGuard.variables(folder, eventsPort: eventsPort), body)
        }
    }

    private static func run<Result: Sendable>(
        server: String, _ variables: [String: String], _ body: @escaping @Sendable (Moto) async throws -> Result
    ) async throws -> Result {
        let (lines, newLine) = AsyncStream.makeStream(of: String.self)
        let log = try LogPipe { newLine.yield($0) }
        let child = ChildProcess(
            executable: server, arguments: ["-H", "127.0.0.1", "-p", "0"],
            environment: variables.merging([
                "PYTHONUNBUFFERED": "1", "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
            ]) { $1 }
        )
        return try await child.run(alongside: log, name: "moto") {
            let endpoint = try await withTimeout(startTimeout) {
                let pattern = /Running on (http:\/\/127\.0\.0\.1:[0-9]+)/
                for await line in lines {
                    if let match = line.firstMatch(of: pattern) { return String(match.1) }
                }
                throw CancellationError()
            }
            guard let endpoint else {
                let last = log.tail().joined(separator: "\n  ")
                throw LocalCloudError(
                    .notReady, "moto did not start within \(startTimeout.text). Its last lines:\n  \(last)")
            }
            return try await body(Moto(endpoint: endpoint))
        }
    }
}

/// The body's result, or nil when it takes longer than the timeout; then it is cancelled.
private func withTimeout<Result: Sendable>(
    _ timeout: Duration, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result? {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: timeout)
            return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}

/// The topics, queues and bucket that results and alarms travel through.
///
/// The names of those for results are the ones that existing installations use.
public struct MonitorResources: Sendable {
    /// `sla-monitor-result-published-<environment>`, the topic that `sla-runner` publishes to.
    public let topicARN: String
    /// `sla-monitor-runner-logs-<environment>-<region>`, for the output of the tests.
    public let bucket: String
    /// Polls `sla-monitor-store-results-<environment>-<region>`, which the topic feeds.
    public let poller: QueuePoller
    /// `alarms-<environment>`, the topic that `uptime-checker` publishes changes to.
    public let alarmsTopicARN: String
    /// Polls `notifier-<environment>`, which the topic of alarms feeds.
    public let alarmsPoller: QueuePoller

    /// Creates what does not exist yet.
    /// - Throws: `AWSError`; `LocalCloudError` when a response lacks a member.
    static func create(in aws: AWSConfiguration, environment: String = "local") async throws -> MonitorResources {
        let sns = try AWSClient(.sns, configuration: aws)
        let sqs = try AWSClient(.sqs, configuration: aws)
        let s3 = try AWSClient(.s3, configuration: aws)

        let results = try await createPath(
            from: "sla-monitor-result-published-\(environment)", sns,
            to: "sla-monitor-store-results-\(environment)-\(aws.region)", sqs
        )
        let alarms = try await createPath(from: "alarms-\(environment)", sns, to: "notifier-\(environment)", sqs)
        _ = try await createQueue(sqs, ARN(LocalPlace.eventDeadLetters)?.resource ?? "", [:])
        let bucket = "sla-monitor-runner-logs-\(environment)-\(aws.region)"
        _ = try await s3.call("CreateBucket", ["Bucket": .string(bucket)])
        return MonitorResources(
            topicARN: results.topicARN, bucket: bucket, poller: results.poller, alarmsTopicARN: alarms.topicARN,
            alarmsPoller: alarms.poller
        )
    }

    /// Creates a topic that feeds a queue, which has a dead-letter queue.
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
    /// A member that a response must have.
    fileprivate func text(_ key: String) throws -> String {
        guard let text = self[key]?.stringValue else {
            throw LocalCloudError(.badAnswer, "The local AWS answered without \(key): \(self)")
        }
        return text
    }
}
