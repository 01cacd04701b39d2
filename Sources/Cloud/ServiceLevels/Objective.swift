/// A service level objective: which share of events, or of time, must be good.
public struct Objective: Sendable, Hashable {
    /// Unique in its service: `requests-availability`.
    public var name: String
    /// Such as `checkout`.
    public var service: String
    /// For people; may be empty.
    public var description: String
    /// The share that must be good, above 0 and below 1: 0.999.
    public var target: Double
    /// The time over which the share is taken.
    public var window: Duration
    /// What is good and what is not.
    public var indicator: Indicator
    /// For routing and for people.
    public var labels: [String: String]
    /// What keeps a few failures of a few events from alarming.
    public var traffic: TrafficMinimum
    /// What is said beside the alarm that wakes somebody; nil for no such alarm.
    public var page: ObjectiveAlert?
    /// What is said beside the alarm that can wait for working hours; nil for no such alarm.
    public var ticket: ObjectiveAlert?
    /// Burn rates of the file's own; empty for the usual ones (``BurnRates``).
    public var conditions: [BurnCondition]

    /// An objective.
    public init(
        name: String, service: String, description: String = "", target: Double, window: Duration,
        indicator: Indicator, labels: [String: String] = [:], traffic: TrafficMinimum = TrafficMinimum(),
        page: ObjectiveAlert? = ObjectiveAlert(), ticket: ObjectiveAlert? = ObjectiveAlert(),
        conditions: [BurnCondition] = []
    ) {
        self.name = name
        self.service = service
        self.description = description
        self.target = target
        self.window = window
        self.indicator = indicator
        self.labels = labels
        self.traffic = traffic
        self.page = page
        self.ticket = ticket
        self.conditions = conditions
    }

    /// The share that may be bad, without the noise of binary fractions: 0.001 for a target of 0.999.
    public var budget: Double { (1 - target).roundedForPeople }
}

/// What an objective counts.
public enum Indicator: Sendable, Hashable {
    /// PromQL for the bad and for all events; `{{.window}}` stands for the range.
    case promQLEvents(bad: String, total: String, unit: EventUnit)
    /// PromQL for the share of bad events or of bad time; `{{.window}}` stands for the range.
    case promQLRatio(bad: String)
    /// Metrics of CloudWatch whose values are added; the first ones count good or bad events.
    case metrics([CountedMetric], counts: Counted, total: [CountedMetric], source: MetricSource)

    /// What stands for the range in a query.
    public static let window = "{{.window}}"

    /// Which events a metric counts.
    public enum Counted: String, Sendable {
        case good, bad
    }

    /// What the value of a query is.
    public enum EventUnit: String, Sendable {
        /// Events in the window, as `increase` and `sum_over_time` give them.
        case events
        /// Events per second, as `rate` gives them.
        case perSecond
        /// Anything else, of which a share can be made but no number of events.
        case unknown
    }

    /// How the metrics came to CloudWatch, on which depends what can read them.
    public enum MetricSource: String, Sendable, CaseIterable {
        /// By `PutMetricData`, embedded metric format, or from AWS's own services: metric math reads them.
        case cloudwatch
        /// By OTLP, as delta sums: PromQL reads them.
        case otlp
    }
}

/// A metric of CloudWatch whose values are added.
public struct CountedMetric: Sendable, Hashable {
    /// Such as `AWS/ApplicationELB`.
    public var namespace: String
    /// Such as `RequestCount`.
    public var metric: String
    /// Names and values; `{region}` in a value stands for the region that the alarm is made in.
    public var dimensions: [String: String]
    /// What of the values is added.
    public var statistic: Statistic

    /// How values are added.
    public enum Statistic: String, Sendable, CaseIterable {
        /// Each value counts events.
        case sum = "Sum"
        /// Each value is one event.
        case sampleCount = "SampleCount"
    }

    /// A metric.
    public init(namespace: String, metric: String, dimensions: [String: String] = [:], statistic: Statistic = .sum) {
        self.namespace = namespace
        self.metric = metric
        self.dimensions = dimensions
        self.statistic = statistic
    }
}

/// How much must have happened in the long window before an alarm: with little traffic a single failure is a large
/// share, and says nothing.
public struct TrafficMinimum: Sendable, Hashable {
    /// Bad events; one failure of three requests is no reason to wake somebody, three failures are.
    public var failures: Int
    /// Events in all.
    public var events: Int

    /// A minimum.
    public init(failures: Int = 3, events: Int = 1) {
        self.failures = failures
        self.events = events
    }
}

/// What is said beside an alarm of an objective.
public struct ObjectiveAlert: Sendable, Hashable {
    /// Become tags; `severity` among them chooses the actions.
    public var labels: [String: String]
    /// `summary`, `description` and `runbook` become part of the alarm's description.
    public var annotations: [String: String]

    /// An alert.
    public init(labels: [String: String] = [:], annotations: [String: String] = [:]) {
        self.labels = labels
        self.annotations = annotations
    }
}

/// A burn rate that a file asks for.
public struct BurnCondition: Sendable, Hashable {
    /// Which alarm it belongs to.
    public var severity: BurnSeverity
    /// How many times faster than allowed the budget is used up.
    public var factor: Double
    /// The time that is looked at.
    public var window: Duration
    /// How long it must last before the alarm.
    public var pending: Duration

    /// A condition.
    public init(severity: BurnSeverity, factor: Double, window: Duration, pending: Duration = .zero) {
        self.severity = severity
        self.factor = factor
        self.window = window
        self.pending = pending
    }
}

extension Double {
    /// The number with 12 significant decimals behind the point at most: 0.0144, not 0.014400000000000012.
    package var roundedForPeople: Double {
        let scaled = (self * 1e12).rounded()
        return scaled.magnitude < 1e18 ? scaled / 1e12 : self
    }
}
