public import Basics
public import CloudWatchAlarms

/// What an evaluation reads: statistics of metrics, and results of queries.
public struct MetricData: Sendable {
    /// A statistic in a period; nil without data.
    public var datapoint: @Sendable (MetricStatistic, MetricSlot) throws(AlarmEvaluationError) -> Datapoint?
    /// The series of a query's result in a period, PromQL or Metrics Insights, by their labels.
    ///
    /// Nil where such queries cannot be answered: then their alarms are not evaluated.
    public var queryResult: (@Sendable (String, MetricSlot) throws(AlarmEvaluationError) -> [SeriesLabels: Double])?

    /// Labels or dimensions of one series.
    public typealias SeriesLabels = [String: String]

    /// Data by these two questions.
    public init(
        datapoint: @escaping @Sendable (MetricStatistic, MetricSlot) throws(AlarmEvaluationError) -> Datapoint?,
        queryResult: (@Sendable (String, MetricSlot) throws(AlarmEvaluationError) -> [SeriesLabels: Double])? = nil
    ) {
        (self.datapoint, self.queryResult) = (datapoint, queryResult)
    }

    /// Raw samples, without results of queries.
    public init(_ samples: MetricSamples) {
        self.init { statistic, slot throws(AlarmEvaluationError) in try samples.datapoint(statistic, in: slot) }
    }
}

extension MetricCondition {
    /// The statistics that an evaluation at a time reads, with their periods.
    public func needs(at time: Timestamp) -> [(statistic: MetricStatistic, slots: [MetricSlot])] {
        let slots = mathSlots(at: time)
        switch data {
        case .metric(let statistic): return [(statistic, slots)]
        case .queries(let queries):
            return queries.compactMap { query in
                if case .metric(let statistic, _) = query.source { (statistic, slots) } else { nil }
            }
        }
    }

    /// One period more than the evaluation range for expressions: `RATE` and `DIFF` need the value before the first.
    private func mathSlots(at time: Timestamp) -> [MetricSlot] {
        if case .queries = data {
            slots(endingAt: time, count: evaluationRange + 1)
        } else {
            slots(endingAt: time, count: evaluationRange)
        }
    }

    /// The query of Metrics Insights; nil for other data.
    var insightsQuery: String? {
        guard case .queries(let queries) = data, let query = compared(in: queries),
            case .expression(let text, _) = query.source, text.isMetricsInsights
        else { return nil }
        return text
    }

    /// The compared value of each period of the evaluation range.
    func points(at time: Timestamp, _ data: MetricData) throws(AlarmEvaluationError) -> [Datapoint?] {
        let slots = mathSlots(at: time)
        switch self.data {
        case .metric(let statistic):
            var points: [Datapoint?] = []
            for slot in slots { points.append(try data.datapoint(statistic, slot)) }
            return points
        case .queries(let queries):
            guard let query = compared(in: queries) else {
                throw AlarmEvaluationError(.unknownName, "no query has ReturnData true, so that nothing is compared")
            }
            let evaluation = try QueryEvaluation(queries, slots, data)
            let series = try evaluation.series(query)
            return series.values.suffix(evaluationRange).map { $0.map { Datapoint(value: $0) } }
        }
    }
}

/// Evaluates the queries of an alarm, each once.
private struct QueryEvaluation {
    private let queries: [MetricQuery]
    private let slots: [MetricSlot]
    private var metrics: [(id: String, series: MathSeries)] = []

    init(_ queries: [MetricQuery], _ slots: [MetricSlot], _ data: MetricData) throws(AlarmEvaluationError) {
        (self.queries, self.slots) = (queries, slots)
        for query in queries {
            guard case .metric(let statistic, _) = query.source else { continue }
            var values: [Double?] = []
            for slot in slots { values.append(try data.datapoint(statistic, slot)?.value) }
            metrics.append((query.id, MathSeries(values: values, period: statistic.period)))
        }
    }

    /// The one series of a query.
    func series(_ query: MetricQuery) throws(AlarmEvaluationError) -> MathSeries {
        switch try value(query.id, open: []) {
        case .series(let series): return series
        case .array(let all) where all.count == 1: return all[0]
        case .array(let all):
            throw AlarmEvaluationError(
                .wrongType, "query \(query.id) gives \(all.count) series, an alarm needs exactly one")
        case .scalar:
            throw AlarmEvaluationError(
                .wrongType, "query \(query.id) gives a number, an alarm needs a series: use TIME_SERIES(…)")
        }
    }

    private func value(_ id: String, open: [String]) throws(AlarmEvaluationError) -> MathValue {
        if let metric = metrics.first(where: { $0.id == id }) { return .series(metric.series) }
        guard let query = queries.first(where: { $0.id == id }), case .expression(let text, _) = query.source else {
            let near = queries.map(\.id).nearest(to: id).map { ", did you mean \($0)?" } ?? ""
            throw AlarmEvaluationError(.unknownName, "there is no query with the id \(id)\(near)")
        }
        guard !open.contains(id) else {
            let chain = (open + [id]).joined(separator: " → ")
            throw AlarmEvaluationError(.badSyntax, "the expressions refer to each other in a circle: \(chain)")
        }
        do throws(AlarmEvaluationError) {
            let scope = MathScope(slots: slots, metrics: metrics) { other throws(AlarmEvaluationError) in
                try value(other, open: open + [id])
            }
            return try MetricMath(parsing: text).value(in: scope)
        } catch {
            guard !error.message.hasPrefix("query ") else { throw error }
            throw AlarmEvaluationError(error.code, "query \(id), \(error.message)")
        }
    }
}
