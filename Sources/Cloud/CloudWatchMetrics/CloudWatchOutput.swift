public import AWS
public import Basics
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

/// How much of a `PutMetricData` request something takes.
public struct RequestSize: Sendable {
    /// Metric data.
    public var data: Int
    /// Bytes before compression, at most.
    public var bytes: Int

    /// Of nothing by default.
    public init(data: Int = 0, bytes: Int = 0) {
        self.data = data
        self.bytes = bytes
    }

    /// CloudWatch's limits; that of bytes is kept without compression, whose gain nobody knows beforehand.
    public static let limit = RequestSize(data: 1_000, bytes: 1_000_000)

    /// Packs things into requests in their order.
    ///
    /// What is too large by itself gets a request of its own.
    public static func pack(_ sizes: some Sequence<RequestSize>) -> [Range<Int>] {
        var requests: [Range<Int>] = []
        var (start, end, sum) = (0, 0, RequestSize())
        for size in sizes {
            sum = RequestSize(data: sum.data + size.data, bytes: sum.bytes + size.bytes)
            if end > start, sum.data > limit.data || sum.bytes > limit.bytes {
                requests.append(start..<end)
                (start, sum) = (end, size)
            }
            end += 1
        }
        if end > start { requests.append(start..<end) }
        return requests
    }
}

extension MetricDatum {
    /// The names of all fields, and every byte of the values percent-encoded: no protocol takes more.
    public var size: RequestSize {
        let text = dimensions.reduce(name.utf8.count) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        return RequestSize(data: 1, bytes: 512 + 3 * text)
    }
}
