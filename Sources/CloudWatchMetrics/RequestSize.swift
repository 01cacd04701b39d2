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
