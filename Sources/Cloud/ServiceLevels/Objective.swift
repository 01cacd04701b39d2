/// A service level objective: which share of events, or of time, must be good.
public struct Objective: Sendable, Hashable {
    /// Unique in its service: `requests-availability`.
    public var name: String
    /// Such as `checkout`.
    public var service: String
    public var description: String
    /// The share that must be good, above 0 and below 1: 0.999.
    public var target: Double
    /// The time over which the share is taken, rolling.
    public var window: Duration
    /// What is good and what is not.
    public var indicator: Indicator
    /// For routing and for people.
    public var labels: [String: String]

    /// An objective.
    public init(
        name: String, service: String, description: String = "", target: Double, window: Duration,
        indicator: Indicator, labels: [String: String] = [:]
    ) {
        self.name = name
        self.service = service
        self.description = description
        self.target = target
        self.window = window
        self.indicator = indicator
        self.labels = labels
    }

    /// The share that may be bad.
    public var budget: Double { 1 - target }
}

/// What an objective counts.
public enum Indicator: Sendable, Hashable {
    /// PromQL for the bad and for all events; `{{.window}}` stands for the range.
    case promQLEvents(bad: String, total: String)
    /// PromQL for the share of bad events.
    case promQLRatio(bad: String)
    /// Two metrics of CloudWatch, summed; the first counts good or bad events.
    case metrics(CountedMetric, counts: Counted, total: CountedMetric)

    /// Which events a metric counts.
    public enum Counted: String, Sendable {
        case good, bad
    }
}

/// A metric of CloudWatch whose values are summed.
public struct CountedMetric: Sendable, Hashable {
    public var namespace: String
    public var metric: String
    public var dimensions: [String: String]
    /// `Sum`, or `SampleCount` where each datapoint is one event.
    public var statistic: String

    /// A metric.
    public init(namespace: String, metric: String, dimensions: [String: String] = [:], statistic: String = "Sum") {
        self.namespace = namespace
        self.metric = metric
        self.dimensions = dimensions
        self.statistic = statistic
    }
}
