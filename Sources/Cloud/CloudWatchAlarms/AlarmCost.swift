import Basics

/// What an alarm costs in US dollars a month, by the prices of `us-east-1` without the free tier.
///
/// Source: https://aws.amazon.com/cloudwatch/pricing/
public struct AlarmCost: Sendable, Hashable {
    /// The known part.
    public var dollars: Double
    /// Why the price is higher than ``dollars``, by an amount that is not known; nil when it is known.
    public var unknownPart: String?

    /// A cost.
    public init(dollars: Double, unknownPart: String? = nil) {
        self.dollars = dollars
        self.unknownPart = unknownPart
    }

    /// For each metric of a metric alarm with periods of a minute or more.
    public static let standardMetric = 0.10
    /// For each metric with shorter periods.
    public static let highResolutionMetric = 0.30
    /// An anomaly band is billed as three metrics: the metric and both bounds.
    public static let metricsOfBand = 3
    /// A composite alarm.
    public static let composite = 0.50
}

extension Alarm {
    /// What the alarm costs a month.
    public var monthlyCost: AlarmCost {
        switch condition {
        case .metric(let condition): condition.monthlyCost
        case .promQL: AlarmCost(dollars: 0, unknownPart: "PromQL alarms are billed by what their queries read")
        case .composite: AlarmCost(dollars: AlarmCost.composite)
        case .log: AlarmCost(dollars: 0, unknownPart: "log alarms are billed by what their queries scan")
        }
    }
}

extension MetricCondition {
    fileprivate var monthlyCost: AlarmCost {
        var isBand = false
        if case .band = threshold { isBand = true }
        var (metrics, shortest, isInsights) = (0, Int.max, false)
        switch data {
        case .metric(let statistic): (metrics, shortest) = (1, statistic.period)
        case .queries(let queries):
            for query in queries {
                switch query.source {
                case .metric(let statistic, _):
                    metrics += 1
                    shortest = min(shortest, statistic.period)
                case .expression(let text, let period):
                    isInsights = isInsights || text.isMetricsInsights
                    shortest = min(shortest, period ?? .max)
                }
            }
        }
        let price = shortest < 60 ? AlarmCost.highResolutionMetric : AlarmCost.standardMetric
        if isInsights {
            return AlarmCost(
                dollars: price * Double(max(1, metrics)), unknownPart: "each metric that the query finds is billed")
        }
        return AlarmCost(dollars: price * Double(metrics * (isBand ? AlarmCost.metricsOfBand : 1)))
    }
}

extension String {
    /// Whether an expression is a query of Metrics Insights.
    package var isMetricsInsights: Bool { split(whereSeparator: \.isWhitespace).first?.uppercased() == "SELECT" }
}
