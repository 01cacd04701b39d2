public import AWS
public import Basics
public import FunctionRuntime
import JSON

/// A place that metrics are written to.
public protocol MetricOutput: Sendable {
    /// Writes data, and gives up when the time is over.
    /// - Returns: why single data were refused for good, by their position. All others have been written.
    /// - Throws: when it cannot be told that the data were written; a later attempt may succeed.
    func write(_ data: [MetricDatum], until end: Timestamp) async throws -> [Int: String]
}

/// Where a function's metrics go.
public enum MetricDestination: String, Sendable, CaseIterable {
    /// CloudWatch's `PutMetricData`.
    case cloudwatch
    /// Embedded metric format on standard output, which CloudWatch Logs turns into metrics.
    case emf

    /// Makes the output.
    /// - Throws: `AWSError` when the configuration gives no endpoint.
    public func output(namespace: String, aws: AWSConfiguration) throws(AWSError) -> any MetricOutput {
        switch self {
        case .cloudwatch: try CloudWatchOutput(namespace: namespace, aws: aws)
        case .emf: EmbeddedMetricOutput(namespace: namespace)
        }
    }
}

extension Environment.Reader {
    /// A variable that names a namespace of CloudWatch, or the default.
    public mutating func metricNamespace(_ name: String, default fallback: String) -> String {
        let expected = "1 to 255 ASCII characters that begin neither with a colon nor with AWS/"
        return value(name, default: fallback, expected: expected) { text in
            let isFine =
                (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
                && !text.hasPrefix(":") && !text.hasPrefix("AWS/")
            return isFine ? text : nil
        }
    }

    /// The region that metrics are about, by `AWS_REGION` or `AWS_DEFAULT_REGION`.
    public mutating func metricRegion() -> String {
        let region = string("AWS_REGION") ?? string("AWS_DEFAULT_REGION")
        return region ?? required("AWS_REGION", expected: "the region the metrics are about")
    }
}

/// Why metrics could not be written, where it is not AWS that says so.
public struct MetricsError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable {
        /// The output takes no metrics now.
        case notWritten
    }

    /// The kind of failure.
    public let code: Code
    /// What failed.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
