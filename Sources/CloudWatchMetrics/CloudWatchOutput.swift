public import AWS
public import JSON

/// Writes metrics by CloudWatch's `PutMetricData`.
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

    /// Writes in as few requests as the limits allow; a datum that CloudWatch refuses does not keep back the others.
    /// - Throws: `AWSError`, or `CancellationError`.
    public func write(_ data: [MetricDatum], until end: Timestamp) async throws -> [Int: String] {
        var refusals = Refusals()
        for range in RequestSize.pack(data.lazy.map(\.size)) {
            try await put(data, range, until: end, &refusals)
        }
        return refusals.reasons
    }

    /// The input of one `PutMetricData` call.
    public static func input(_ data: some Sequence<MetricDatum>, namespace: String) -> JSONValue {
        ["Namespace": .string(namespace), "MetricData": .array(data.map(\.json))]
    }

    /// After so many refused requests for one batch the fault is not in single data, and the write fails.
    ///
    /// To find one bad datum among 1,000 takes 11.
    static let maximumRefusals = 100

    private struct Refusals {
        var reasons: [Int: String] = [:]
        var requests = 0
    }

    /// One bad datum makes CloudWatch refuse the whole request: halves it until the bad one stands alone.
    private func put(
        _ data: [MetricDatum], _ range: Range<Int>, until end: Timestamp, _ refusals: inout Refusals
    ) async throws {
        do {
            let input = Self.input(data[range], namespace: namespace)
            _ = try await client.call("PutMetricData", input, deadline: end)
        } catch let error as AWSError where error.refusesInput && refusals.requests < Self.maximumRefusals {
            refusals.requests += 1
            guard range.count > 1 else {
                refusals.reasons[range.lowerBound] = "CloudWatch refused it: \(error.message)"
                return
            }
            let middle = range.lowerBound + range.count / 2
            try await put(data, range.lowerBound..<middle, until: end, &refusals)
            try await put(data, middle..<range.upperBound, until: end, &refusals)
        }
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
