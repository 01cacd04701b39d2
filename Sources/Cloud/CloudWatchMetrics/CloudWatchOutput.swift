public import AWS
public import Basics
public import JSON

/// Writes metrics by CloudWatch's `PutMetricData`.
///
/// Packs data into as few requests as the limits allow and keeps a batch in one request where it fits.
public struct CloudWatchOutput: MetricOutput {
    private let client: AWSClient
    private let namespace: String

    /// - Throws: `AWSError` when the configuration gives no endpoint.
    public init(namespace: String, aws: AWSConfiguration) throws(AWSError) {
        var aws = aws
        // A connection that died while the function was frozen must not take up the whole invocation.
        aws.attemptTimeout = .seconds(5)
        client = try AWSClient(.cloudWatch, configuration: aws)
        self.namespace = namespace
    }

    /// Writes the batches as ``BatchSender`` does.
    public func write(_ batches: [[MetricDatum]], until end: Timestamp) async -> MetricWriteResult {
        let sender = BatchSender { data, end in
            do {
                _ = try await client.call("PutMetricData", Self.input(data, namespace: namespace), deadline: end)
            } catch let error as AWSError where error.refusesInput {
                throw RefusedData(reason: "CloudWatch refused it: \(error.message)")
            }
        }
        return await sender.write(batches, until: end)
    }

    /// The input of one `PutMetricData` call.
    public static func input(_ data: some Sequence<MetricDatum>, namespace: String) -> JSONValue {
        ["Namespace": .string(namespace), "MetricData": .array(data.map(\.json))]
    }
}

extension AWSError {
    /// Whether the call can never succeed with this input.
    fileprivate var refusesInput: Bool {
        status == 413
            || ["InvalidParameter", "MissingParameter", "MissingRequiredParameter", "Validation"].contains {
                code.hasPrefix($0)
            }
    }
}
