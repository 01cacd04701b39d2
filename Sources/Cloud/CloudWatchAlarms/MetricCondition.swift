/// A comparison of data, period by period, with a threshold.
public struct MetricCondition: Sendable, Hashable {
    /// Where the values come from.
    public var data: AlarmData
    /// With what they are compared.
    public var threshold: AlarmThreshold
    /// N of "M out of N": how many periods are looked at, from 1.
    public var evaluationPeriods: Int
    /// M of "M out of N": how many of them must breach, from 1 to N.
    public var datapointsToAlarm: Int
    /// What a period without data counts as.
    public var missingData: MissingData
    /// Of a percentile with too few samples: whether it is evaluated all the same.
    public var evaluatesFewSamples: Bool
    /// What happens just after the alarm was made; nil for nothing special.
    public var warmUp: AlarmWarmUp?
    /// Where periods begin; nil for CloudWatch's default, sliding windows.
    public var window: EvaluationWindow?

    /// A condition; M is N unless given.
    public init(
        data: AlarmData, threshold: AlarmThreshold, evaluationPeriods: Int = 1, datapointsToAlarm: Int? = nil,
        missingData: MissingData = .missing, evaluatesFewSamples: Bool = true, warmUp: AlarmWarmUp? = nil,
        window: EvaluationWindow? = nil
    ) {
        self.data = data
        self.threshold = threshold
        self.evaluationPeriods = evaluationPeriods
        self.datapointsToAlarm = datapointsToAlarm ?? evaluationPeriods
        self.missingData = missingData
        self.evaluatesFewSamples = evaluatesFewSamples
        self.warmUp = warmUp
        self.window = window
    }
}

/// Where the values of a ``MetricCondition`` come from.
public enum AlarmData: Sendable, Hashable {
    /// One statistic of one metric.
    case metric(MetricStatistic)
    /// Metrics and expressions over them, of which ``MetricQuery/returnsData`` marks the one that is compared.
    ///
    /// One query whose expression begins with `SELECT` is Metrics Insights, and each of its series a contributor.
    case queries([MetricQuery])
}

/// A statistic of a metric over periods.
public struct MetricStatistic: Sendable, Hashable {
    /// Such as `AWS/Lambda`.
    public var namespace: String
    /// Such as `Errors`.
    public var metric: String
    /// Name and value, in any order: CloudWatch compares them as a set.
    public var dimensions: [String: String]
    /// `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or an extended one such as `p99.9` or `tm90`.
    public var statistic: String
    /// In seconds: 10, 20, 30 or a multiple of 60.
    public var period: Int
    /// Only data of this unit count; nil for all.
    public var unit: String?

    /// A statistic.
    public init(
        namespace: String, metric: String, dimensions: [String: String] = [:], statistic: String, period: Int,
        unit: String? = nil
    ) {
        self.namespace = namespace
        self.metric = metric
        self.dimensions = dimensions
        self.statistic = statistic
        self.period = period
        self.unit = unit
    }
}

/// One element of `Metrics`.
public struct MetricQuery: Sendable, Hashable {
    /// What the query takes its values from.
    public enum Source: Sendable, Hashable {
        /// A metric; the account is that of another one, nil for the alarm's own.
        case metric(MetricStatistic, account: String?)
        /// Metric math or a query of Metrics Insights; the period in seconds may be nil for math.
        case expression(String, period: Int?)
    }

    /// Such as `m1`: a lower-case letter, then letters, digits and `_`.
    public var id: String
    /// Where its values come from.
    public var source: Source
    /// For graphs.
    public var label: String?
    /// Whether this is what the threshold is compared with; for an anomaly band the metric has true, too.
    public var returnsData: Bool

    /// A query.
    public init(id: String, source: Source, label: String? = nil, returnsData: Bool = false) {
        self.id = id
        self.source = source
        self.label = label
        self.returnsData = returnsData
    }
}

/// With what values are compared.
public enum AlarmThreshold: Sendable, Hashable {
    /// A number.
    case value(Comparison, Double)
    /// The band of the query with this id, whose expression is `ANOMALY_DETECTION_BAND(m1, 2)`.
    case band(BandComparison, queryID: String)

    /// `ComparisonOperator` with a number.
    public enum Comparison: String, Sendable, CaseIterable {
        case greater = "GreaterThanThreshold"
        case greaterOrEqual = "GreaterThanOrEqualToThreshold"
        case less = "LessThanThreshold"
        case lessOrEqual = "LessThanOrEqualToThreshold"

        /// `>`, `≥`, `<` or `≤`.
        public var sign: String {
            switch self {
            case .greater: ">"
            case .greaterOrEqual: "≥"
            case .less: "<"
            case .lessOrEqual: "≤"
            }
        }

        /// Whether a value breaches the threshold.
        public func isBreached(_ value: Double, _ threshold: Double) -> Bool {
            switch self {
            case .greater: value > threshold
            case .greaterOrEqual: value >= threshold
            case .less: value < threshold
            case .lessOrEqual: value <= threshold
            }
        }
    }

    /// `ComparisonOperator` with a band.
    public enum BandComparison: String, Sendable, CaseIterable {
        case outside = "LessThanLowerOrGreaterThanUpperThreshold"
        case above = "GreaterThanUpperThreshold"
        case below = "LessThanLowerThreshold"
    }
}

/// `TreatMissingData`: what a period without data counts as.
public enum MissingData: String, Sendable, CaseIterable {
    /// The alarm becomes INSUFFICIENT_DATA when all data are missing.
    case missing
    /// The state stays.
    case ignore
    /// It breaches.
    case breaching
    /// It does not breach.
    case notBreaching
}

/// `WarmUpConfiguration`: no state INSUFFICIENT_DATA for what has only just begun.
public struct AlarmWarmUp: Sendable, Hashable {
    /// From 1 to 2,880.
    public var minutes: Int
    /// Whether the alarm is not evaluated at all before the time is over.
    public var evaluatesOnlyAfter: Bool

    /// A warm-up.
    public init(minutes: Int, evaluatesOnlyAfter: Bool = false) {
        self.minutes = minutes
        self.evaluatesOnlyAfter = evaluatesOnlyAfter
    }
}

/// `EvaluationWindow`: where periods begin.
public enum EvaluationWindow: Sendable, Hashable {
    /// At the time of the evaluation, backwards.
    case sliding
    /// At full hours and days of a time zone: an IANA name, or `±hh:mm` in steps of five minutes.
    case wallClock(timeZone: String)
}
