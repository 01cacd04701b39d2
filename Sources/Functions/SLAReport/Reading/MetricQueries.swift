import Basics
import JSON
import ServiceHistory

/// One value of `MetricDataQueries`: a statistic of one series.
struct SeriesQuery: Sendable {
    /// What a statistic tells.
    enum Role: Sendable, Hashable {
        case attempts, successes, mean, longest
    }

    /// Where its service is in the list that is read.
    let service: Int
    /// Where its series is in the service.
    let series: Int
    let role: Role
    /// The data points that it can have.
    let points: Int
    /// Seconds.
    let period: Int
    let namespace: String
    let metric: ResultMetrics.Statistic
    let dimensions: [MetricDimension]

    /// The query under a name, which answers repeat.
    func json(id: String) -> JSONValue {
        [
            "Id": .string(id), "ReturnData": true,
            "MetricStat": [
                "Metric": [
                    "Namespace": .string(namespace), "MetricName": .string(metric.name),
                    "Dimensions": .array(
                        dimensions.map { ["Name": .string($0.name), "Value": .string($0.value)] }),
                ],
                "Period": .init(period), "Stat": .string(metric.statistic),
            ],
        ]
    }
}

/// The queries of some services, cut into calls within CloudWatch's limits.
struct MetricBatch: Sendable {
    /// Queries of one call of `GetMetricData`.
    static let maximumQueries = 500
    /// Data points in the answer of one call; more come in pages.
    static let maximumPoints = 100_800

    /// Which of the services; all that is known of one is in one batch.
    let services: Range<Int>
    /// Each element is a call.
    let calls: [[SeriesQuery]]

    /// Batches of as many services as fit into a call; a service with more series than that has several calls.
    static func batches(
        of services: [MeasuredService], in span: HistoryResolution.Span, _ namespaces: MetricNamespaces
    ) -> [MetricBatch] {
        var batches: [MetricBatch] = []
        var open: (start: Int, queries: [SeriesQuery], points: Int) = (0, [], 0)
        func close(at end: Int) {
            if !open.queries.isEmpty {
                batches.append(MetricBatch(services: open.start..<end, calls: Self.calls(open.queries)))
            }
            open = (end, [], 0)
        }
        for (index, service) in services.enumerated() {
            let queries = queries(of: service, at: index, in: span, namespaces)
            let points = queries.reduce(0) { $0 + $1.points }
            if open.queries.count + queries.count > maximumQueries || open.points + points > maximumPoints {
                close(at: index)
            }
            open.queries += queries
            open.points += points
        }
        close(at: services.count)
        return batches
    }

    private static func queries(
        of service: MeasuredService, at index: Int, in span: HistoryResolution.Span, _ namespaces: MetricNamespaces
    ) -> [SeriesQuery] {
        guard let namespace = service.kind == .test ? namespaces.tests : namespaces.checks else { return [] }
        let metrics = service.kind.metrics
        let statistics: [(SeriesQuery.Role, ResultMetrics.Statistic)] = [
            (.attempts, metrics.attempts), (.successes, metrics.successes), (.mean, metrics.mean),
            (.longest, metrics.longest),
        ]
        return service.series.enumerated().flatMap { series, dimensions in
            statistics.map { role, metric in
                let isTiming = role == .mean || role == .longest
                return SeriesQuery(
                    service: index, series: series, role: role, points: isTiming ? span.timingSlots : span.slots,
                    period: isTiming ? span.timingPeriod : span.period, namespace: namespace, metric: metric,
                    dimensions: dimensions)
            }
        }
    }

    static func calls(_ queries: [SeriesQuery]) -> [[SeriesQuery]] {
        var calls: [[SeriesQuery]] = []
        var points = 0
        for query in queries {
            if let last = calls.last, last.count < maximumQueries, points + query.points <= maximumPoints {
                calls[calls.count - 1].append(query)
                points += query.points
            } else {
                calls.append([query])
                points = query.points
            }
        }
        return calls
    }
}

/// The values of one series in a span, a place for each period; `nan` where there is none.
struct SeriesValues: Sendable {
    var attempts: [Double]
    var successes: [Double]
    var mean: [Double]
    var longest: [Double]

    init(_ span: HistoryResolution.Span) {
        attempts = [Double](repeating: .nan, count: span.slots)
        successes = attempts
        mean = [Double](repeating: .nan, count: span.timingSlots)
        longest = mean
    }

    /// Puts what a query's answer has at the places of its times.
    mutating func take(_ series: MetricDataPage.Series, of query: SeriesQuery, _ span: HistoryResolution.Span) {
        switch query.role {
        case .attempts: series.place(into: &attempts, query.period, span)
        case .successes: series.place(into: &successes, query.period, span)
        case .mean: series.place(into: &mean, query.period, span)
        case .longest: series.place(into: &longest, query.period, span)
        }
    }
}

extension [SeriesValues] {
    /// The points of a service: its series added up.
    ///
    /// A period in which attempts or successes are missing says nothing and is left out: it is no failure.
    func points(_ span: HistoryResolution.Span, secondsPerUnit: Double) -> [HistoryPoint] {
        let timings = timings(span, secondsPerUnit)
        let ratio = span.timingPeriod / span.period
        var points: [HistoryPoint] = []
        points.reserveCapacity(span.slots)
        for slot in 0..<span.slots {
            var (attempts, successes) = (0, 0)
            // By index: a copy of each series would be counted for each slot.
            for index in indices {
                guard let tried = Int(count: self[index].attempts[slot]),
                    let good = Int(count: self[index].successes[slot])
                else { continue }
                attempts += Swift.max(tried, good)
                successes += good
            }
            guard attempts > 0 else { continue }
            let timing = timings[slot / ratio]
            points.append(
                HistoryPoint(
                    start: Timestamp(microseconds: Int64(span.range.lowerBound + slot * span.period) * 1_000_000),
                    length: .seconds(span.period), attempts: attempts, successes: successes, seconds: timing.mean,
                    maximumSeconds: timing.longest))
        }
        return points
    }

    /// The mean and the longest duration of each period: means count as often as their series had results.
    private func timings(
        _ span: HistoryResolution.Span, _ secondsPerUnit: Double
    ) -> [(mean: Double?, longest: Double?)] {
        let ratio = span.timingPeriod / span.period
        return (0..<span.timingSlots).map { slot in
            var (sum, weight, longest) = (0.0, 0.0, -1.0)
            for series in self {
                let slots = slot * ratio..<Swift.min(span.slots, (slot + 1) * ratio)
                if series.mean[slot] >= 0 {
                    let results =
                        count == 1 ? 1 : slots.reduce(0) { $0 + Double(Int(count: series.attempts[$1]) ?? 0) }
                    sum += series.mean[slot] * results
                    weight += results
                }
                if series.longest[slot] > longest { longest = series.longest[slot] }
            }
            return (weight > 0 ? sum / weight * secondsPerUnit : nil, longest >= 0 ? longest * secondsPerUnit : nil)
        }
    }
}

extension Int {
    /// A sum or count of CloudWatch; nil for none, and for what can be no number of results.
    fileprivate init?(count: Double) {
        guard count >= 0, count < 4e9 else { return nil }
        self = Int(count.rounded())
    }
}
