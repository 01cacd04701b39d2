public import AWS
public import Basics
public import Configuration
import JSON

/// A place that metrics are written to.
public protocol MetricOutput: Sendable {
    /// Writes data, and gives up when the time is over.
    /// - Parameter batches: data that belong together, such as those of one result, are one batch. A batch is written
    ///   in one piece where possible, so that a failure seldom leaves half of it.
    func write(_ batches: [[MetricDatum]], until end: Timestamp) async -> MetricWriteResult
}

/// What became of the batches of one write.
public struct MetricWriteResult: Sendable {
    /// What became of one batch.
    ///
    /// A datum that is in neither of the two has been written.
    public struct Batch: Sendable, Hashable {
        /// Why data were refused for good, by their positions in the batch.
        public var refused: [Int: String] = [:]
        /// Positions of the data that were not written, or of which that cannot be told.
        ///
        /// A later attempt may succeed.
        public var unwritten: Set<Int> = []
    }

    /// One for each batch, in the order of the batches.
    public var batches: [Batch]
    /// Why data were not written: the first failure.
    ///
    /// Nil when no data are `unwritten`.
    public var failure: (any Error)?

    /// A result that says that everything has been written.
    /// - Parameter batches: how many there are.
    public init(batches: Int) { self.batches = Array(repeating: Batch(), count: batches) }
}

/// Where a function's metrics go.
public enum MetricDestination: String, Sendable, CaseIterable {
    /// CloudWatch's `PutMetricData`.
    case cloudwatch
    /// Embedded metric format on standard output, which CloudWatch Logs turns into metrics.
    case emf
    /// OTLP over HTTP, to CloudWatch or to a collector.
    case otlp
    /// CloudMonitor's `PutCustomMetric`; only on Function Compute, whose program brings the output.
    case cloudmonitor

    /// Makes the output.
    /// - Parameters:
    ///   - otlp: the settings of that destination.
    ///   - platform: the output of the platform's own service, where it is not AWS.
    /// - Throws: `AWSError` when the configuration gives no endpoint, or `MetricsError`.
    public func output(
        namespace: String, aws: AWSConfiguration, otlp: OTLPSettings = OTLPSettings(),
        platform: (any MetricOutput)? = nil
    ) throws -> any MetricOutput {
        switch self {
        case .cloudmonitor:
            guard let platform else {
                throw MetricsError(.notWritten, "CloudMonitor takes metrics from Function Compute only")
            }
            return platform
        case .cloudwatch: return try CloudWatchOutput(namespace: namespace, aws: aws)
        case .emf: return EmbeddedMetricOutput(namespace: namespace)
        case .otlp: return try OTLPOutput(namespace: namespace, settings: otlp, aws: aws)
        }
    }
}

extension ConfigurationSection {
    /// `METRIC_OUTPUT`: by default CloudMonitor on Function Compute, and CloudWatch elsewhere.
    ///
    /// On Function Compute nobody reads the embedded metric format. Elsewhere nobody has CloudMonitor's credentials.
    public func metricDestination() -> MetricDestination {
        let choices: [MetricDestination] =
            has("FC_REGION") ? [.cloudmonitor, .otlp, .cloudwatch] : [.cloudwatch, .emf, .otlp]
        let names = choices.map(\.rawValue).joined(separator: ", ")
        return value("METRIC_OUTPUT", default: choices[0], expected: "one of \(names)") { text in
            choices.first { $0.rawValue == text.lowercased() }
        }
    }

    /// A variable that names a namespace of CloudWatch, or the default.
    public func metricNamespace(_ name: String, default fallback: String) -> String {
        let expected = "1 to 255 ASCII characters that begin neither with a colon nor with AWS/"
        return value(name, default: fallback, expected: expected) { text in
            let isFine =
                (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
                && !text.hasPrefix(":") && !text.hasPrefix("AWS/")
            return isFine ? text : nil
        }
    }

    /// The region that metrics are about, by `FC_REGION` on Function Compute, else `AWS_REGION` or
    /// `AWS_DEFAULT_REGION`.
    public func metricRegion() -> String {
        text("FC_REGION") ?? text("AWS_REGION") ?? text("AWS_DEFAULT_REGION")
            ?? requiredText("AWS_REGION", expected: "the region the metrics are about")
    }
}

/// What can fail when metrics are written, beside AWS's own errors.
public enum MetricsErrorCode: String, ErrorCode {
    /// Standard output is closed or full.
    case notWritten
    /// An OTLP endpoint did not take the data now: it is unwell, does not know the caller, or is none.
    case notAccepted
    /// Too many requests were refused for the fault to be in single data.
    case refused
}

/// Why metrics could not be written, where it is not AWS that says so.
public typealias MetricsError = CodedError<MetricsErrorCode>
