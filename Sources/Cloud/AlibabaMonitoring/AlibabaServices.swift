public import AWS
public import Basics
import CloudWatchMetrics
import Configuration
public import Events
public import Transport

/// What programs of Function Compute need, made from the environment.
public struct AlibabaServices: Sendable {
    /// Publishes changes of state; returns the ids of those that were, and why others were not.
    public typealias PublishChanges =
        @Sendable ([UptimeChange], Timestamp) async -> (published: Set<String>, failure: String?)

    /// Writes metrics to CloudMonitor.
    public let metrics: CloudMonitorOutput
    /// Tells the function that `UPTIME_NOTIFIER` names of changes; nil without it.
    public let publishChanges: PublishChanges?
    private let environment: Environment
    private let loop: EventLoop
    private let http: HTTPClient

    /// Reads `CLOUDMONITOR_…` and `UPTIME_NOTIFIER`, and refuses settings that need AWS where there is none.
    /// - Throws: `ConfigurationError` that names every fault.
    public init(environment: Environment, loop: EventLoop) throws {
        let (settings, notifier) = try environment.parse { variables in
            variables.refuseAWSWithoutRegion()
            if variables.has("UPTIME_NOTIFIER"), variables.has("UPTIME_TOPIC_ARN") {
                variables.fault("UPTIME_NOTIFIER", expected: "nothing, for UPTIME_TOPIC_ARN is set: unset one of them")
            }
            return (variables.cloudMonitorSettings(), variables.uptimeNotifier())
        }
        self.environment = environment
        self.loop = loop
        let http = HTTPClient(loop: loop, configuration: HTTPClientConfiguration(environment: environment.variables))
        self.http = http
        guard let settings else {
            throw MetricsError(.notWritten, "FC_REGION gives no address of CloudMonitor: set CLOUDMONITOR_ENDPOINT")
        }
        metrics = CloudMonitorOutput(settings: settings, http: http, time: .live(loop))
        publishChanges = notifier.map { ChangeInvocations($0, http: http).publish }
    }

    /// The configuration of AWS for what is there all the same, such as a state in S3.
    ///
    /// Without a region of AWS nothing calls it.
    public func aws() throws -> AWSConfiguration {
        let named = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"]
        return try AWSConfiguration(
            environment: environment.variables, region: named ?? environment["FC_REGION"], http: http,
            time: .live(loop), executor: loop)
    }
}

extension ConfigurationSection {
    /// Faults of variables that name something in AWS, where no region of AWS says that it is meant.
    fileprivate func refuseAWSWithoutRegion() {
        guard !has("AWS_REGION"), !has("AWS_DEFAULT_REGION") else { return }
        for name in ["UPTIME_CONFIG", "UPTIME_STATE", "UPTIME_TOPIC_ARN", "METRIC_OUTPUT"] {
            let prefixes = ["s3://", "ssm:", "dynamodb://", "arn:aws", "cloudwatch"]
            guard let text = text(name), prefixes.contains(where: text.lowercased().hasPrefix) else { continue }
            fault(
                name,
                expected: "something outside of AWS; for AWS set AWS_REGION, AWS_ACCESS_KEY_ID and "
                    + "AWS_SECRET_ACCESS_KEY as well")
        }
    }
}
