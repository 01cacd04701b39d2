import AWS
import Basics
import FunctionRuntime
import JSON
import Logging
import TestSupport
import Transport

@testable import AlarmProvisioner

/// The function in this process, with an AWS of its own in moto.
final class ProvisionerPlace: Sendable {
    private static let loop = Result { try EventLoop.onOwnThread() }

    let moto: MotoServer
    let variables: [String: String]

    /// - Parameter variables: beside those for moto.
    init(_ variables: [String: String]) throws {
        moto = try MotoServer()
        let own = ["ALARM_AUTO_TAGS": "false", "ALARM_CATALOGUE": "false"]
        self.variables = moto.environment.merging(own) { $1 }.merging(variables) { $1 }
    }

    deinit { moto.stop() }

    static let rules = """
        rules:
          - name: backlog
            for: sqs
            metric: ApproximateNumberOfMessagesVisible
            stat: Maximum
            threshold: "> 100"
            datapoints: 3
        """

    /// Invokes the function.
    /// - Returns: its answer.
    func invoke(
        _ event: JSONValue, request: String = "request-1", _ more: [String: String] = [:]
    ) async throws -> JSONValue {
        let loop = try Self.loop.get()
        let function = try AlarmProvisioner(
            environment: Environment(variables.merging(more) { $1 }), loop: loop)
        let context = InvocationContext(
            requestID: request, deadline: .now() + .seconds(60),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await withTaskExecutorPreference(loop) {
            let response = try await function.handle(Array(event.description.utf8), context)
            guard case .bytes(let bytes) = response.body else { return nil }
            return try JSONValue(parsing: bytes)
        }
    }

    /// Calls the AWS of the place.
    @discardableResult
    func call(
        _ service: AWSService, _ operation: String, _ input: JSONValue = [:], region: String? = nil
    ) async throws -> JSONValue {
        let loop = try Self.loop.get()
        let region = region.map { ["AWS_REGION": $0] } ?? [:]
        let environment = moto.environment.merging(region) { $1 }
        return try await withTaskExecutorPreference(loop) {
            try await AWSClient(service, configuration: AWSConfiguration(environment: environment, loop: loop))
                .call(operation, input)
        }
    }

    func makeQueues(_ names: String...) async throws {
        for name in names { try await call(.sqs, "CreateQueue", ["QueueName": .string(name)]) }
    }

    func deleteQueue(_ name: String) async throws {
        let queue = try await call(.sqs, "GetQueueUrl", ["QueueName": .string(name)])
        try await call(.sqs, "DeleteQueue", ["QueueUrl": queue["QueueUrl"] ?? ""])
    }

    /// The names of all alarms, sorted.
    func alarms(region: String? = nil) async throws -> [String] {
        let output = try await call(.cloudWatch, "DescribeAlarms", region: region)
        return (output["MetricAlarms"]?.arrayValue ?? []).compactMap { $0["AlarmName"]?.stringValue }.sorted()
    }

    /// A foreign alarm, without tags.
    func makeForeignAlarm(_ name: String) async throws {
        try await call(
            .cloudWatch, "PutMetricAlarm",
            [
                "AlarmName": .string(name), "Namespace": "AWS/SQS", "MetricName": "NumberOfMessagesSent",
                "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
                "ComparisonOperator": "GreaterThanThreshold",
            ])
    }

    static func deleted(queue: String) -> JSONValue {
        [
            "version": "0", "id": "e", "detail-type": "AWS API Call via CloudTrail", "source": "aws.sqs",
            "account": "123456789012", "region": "eu-central-1", "time": "2026-11-28T12:00:00Z", "resources": [],
            "detail": [
                "eventSource": "sqs.amazonaws.com", "eventName": "DeleteQueue",
                "requestParameters": [
                    "queueUrl": .string("https://sqs.eu-central-1.amazonaws.com/123456789012/\(queue)")
                ],
            ],
        ]
    }

    static func created(queue: String) -> JSONValue {
        [
            "version": "0", "id": "e", "detail-type": "AWS API Call via CloudTrail", "source": "aws.sqs",
            "account": "123456789012", "region": "eu-central-1", "time": "2026-11-28T12:00:00Z", "resources": [],
            "detail": [
                "eventSource": "sqs.amazonaws.com", "eventName": "CreateQueue",
                "requestParameters": ["queueName": .string(queue)],
            ],
        ]
    }
}
