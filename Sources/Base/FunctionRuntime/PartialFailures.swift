public import Basics
import Glibc
import JSON

/// The metric of what failed in invocations that succeed as a whole: records that a queue delivers again, notifications
/// that were not sent.
///
/// Lambda's own metric `Errors` does not count them. This one is `PartialFailures` in the namespace `Tocsin` with the
/// dimension `FunctionName`, written as a line of log in embedded metric format
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
public struct PartialFailures: Sendable {
    private let functionName: String
    private let write: @Sendable ([UInt8]) -> Void

    /// Nil elsewhere than on Lambda, where nobody reads the line: without `AWS_LAMBDA_FUNCTION_NAME`.
    /// - Parameter write: takes a line with its line feed; by default standard output.
    public init?(environment: Environment, write: (@Sendable ([UInt8]) -> Void)? = nil) {
        guard let name = environment["AWS_LAMBDA_FUNCTION_NAME"] else { return nil }
        functionName = name
        self.write = write ?? { DescriptorLogSink.writeAll($0, to: STDOUT_FILENO) }
    }

    /// Counts failures; none writes nothing.
    func report(_ count: Int, requestID: String, at time: Timestamp) {
        guard count > 0 else { return }
        let directive: JSONValue = [
            "Namespace": "Tocsin", "Dimensions": [["FunctionName"]],
            "Metrics": [["Name": "PartialFailures", "Unit": "Count"]],
        ]
        // Lambda drops lines below the function's log level, and takes a line without a level as INFO.
        let line: JSONValue = [
            "timestamp": .string(time.description), "level": "ERROR", "requestId": .string(requestID),
            "message": "a part failed",
            "_aws": [
                "Timestamp": .integer(time.millisecondsSinceEpoch), "CloudWatchMetrics": [directive],
            ],
            "FunctionName": .string(functionName), "PartialFailures": .init(count),
        ]
        write(line.serialized() + [UInt8(ascii: "\n")])
    }
}
