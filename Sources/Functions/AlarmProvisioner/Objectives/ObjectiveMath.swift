import Basics
import CloudWatchAlarms
import ServiceLevels

/// The metric math of an objective's alarms: for each window one alarm over the sums of one period, as long as the
/// window.
///
/// M of N short periods would not do: that counts bad minutes, and does not weigh them by their traffic.
struct ObjectiveMath {
    let counted: [CountedMetric]
    let counts: Indicator.Counted
    let total: [CountedMetric]
    let budget: Double
    let traffic: TrafficMinimum

    /// Nil when the objective is not about metrics of CloudWatch.
    init?(_ objective: Objective, region: String) {
        guard case .metrics(let counted, let counts, let total, _) = objective.indicator.inRegion(region) else {
            return nil
        }
        (self.counted, self.counts, self.total) = (counted, counts, total)
        (budget, traffic) = (objective.budget, objective.traffic)
    }

    /// The most metrics of one alarm.
    static let maximumMetrics = 10

    /// How many metrics each of the alarms reads: CloudWatch bills an alarm for each of them.
    var metrics: Int { counted.count + total.count }

    /// The condition for one window.
    /// - Parameter isLong: whether the window must have had enough traffic, too.
    func condition(_ rate: BurnRate, isLong: Bool) -> MetricCondition {
        let period = isLong ? rate.long : rate.short
        var queries: [MetricQuery] = []
        func add(_ metrics: [CountedMetric], _ prefix: String) -> String {
            let terms = metrics.enumerated().map { number, metric in
                let id = "\(prefix)\(number + 1)"
                let statistic = MetricStatistic(
                    namespace: metric.namespace, metric: metric.metric, dimensions: metric.dimensions,
                    statistic: metric.statistic.rawValue, period: period)
                queries.append(MetricQuery(id: id, source: .metric(statistic, account: nil)))
                // Most metrics of failures are written only when there are some. Without any event the share is 0: a
                // window without a value would let CloudWatch judge the one before it.
                return "FILL(\(id), 0)"
            }
            return terms.count == 1 ? terms[0] : "(\(terms.joined(separator: " + ")))"
        }
        let counted = add(counted, counts.rawValue)
        let total = add(total, "total")
        let bad = counts == .bad ? counted : "(\(total) - \(counted))"
        let share = "IF(\(total) >= \(isLong ? max(1, traffic.events) : 1), \(bad) / \(total), 0)"
        let expression = isLong && traffic.failures > 1 ? "IF(\(bad) >= \(traffic.failures), \(share), 0)" : share
        queries.append(
            MetricQuery(
                id: "burn", source: .expression(expression, period: nil), label: "share of bad events",
                returnsData: true))
        return MetricCondition(
            data: .queries(queries), threshold: .value(.greater, rate.threshold(budget: budget)),
            missingData: .notBreaching)
    }
}
