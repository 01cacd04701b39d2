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

    /// Requests at once, at most.
    private static let maximumRequests = 4

    /// Writes in as few requests as the limits allow; a datum that CloudWatch refuses does not keep back the others.
    ///
    /// After a request that failed no further one is made: it would only press a service that is in trouble.
    /// - Throws: `AWSError`, or `CancellationError`.
    public func write(_ data: [MetricDatum], until end: Timestamp) async throws -> [Int: String] {
        var reasons: [Int: String] = [:]
        var failure: (any Error)?
        await withTaskGroup(of: Result<[Int: String], any Error>.self) { group in
            func take(_ result: Result<[Int: String], any Error>?) {
                switch result {
                case .success(let refused): reasons.merge(refused) { $1 }
                case .failure(let error): failure = failure ?? error
                case nil: break
                }
            }
            for (number, range) in RequestSize.pack(data.lazy.map(\.size)).enumerated() {
                if number >= Self.maximumRequests { take(await group.next()) }
                guard failure == nil else { break }
                group.addTask {
                    var refusals = Refusals()
                    do {
                        try await put(data, range, until: end, &refusals)
                        return .success(refusals.reasons)
                    } catch {
                        return .failure(error)
                    }
                }
            }
            for await result in group { take(result) }
        }
        if let failure { throw failure }
        return reasons
    }

    /// The input of one `PutMetricData` call.
    public static func input(_ data: some Sequence<MetricDatum>, namespace: String) -> JSONValue {
        ["Namespace": .string(namespace), "MetricData": .array(data.map(\.json))]
    }

    /// After so many refusals of the parts of one request the fault is not in single data, and the write fails.
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
