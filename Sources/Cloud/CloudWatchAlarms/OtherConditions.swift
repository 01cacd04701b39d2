/// A PromQL query of which every series in the result breaches.
///
/// PromQL sees metrics that came by OTLP, and AWS's own after `StartOTelEnrichment`; none that `PutMetricData` wrote.
public struct PromQLCondition: Sendable, Hashable {
    /// At most 10,000 characters; it must give a vector.
    public var query: String
    /// How long a series must breach before the alarm, in seconds: 0 to 86,400.
    public var pendingSeconds: Int
    /// How long it must not breach before the recovery, in seconds: 0 to 86,400.
    public var recoverySeconds: Int
    /// In seconds: 10, 20, 30 or a multiple of 60 up to 3,600.
    public var interval: Int

    /// A condition.
    public init(query: String, pendingSeconds: Int = 0, recoverySeconds: Int = 0, interval: Int = 60) {
        self.query = query
        self.pendingSeconds = pendingSeconds
        self.recoverySeconds = recoverySeconds
        self.interval = interval
    }
}

/// A rule over the states of other alarms.
public struct CompositeCondition: Sendable, Hashable {
    /// Such as `ALARM("a") AND NOT OK("b")`, at most 10,240 characters.
    public var rule: AlarmRuleExpression
    /// The alarm, or composite, that holds the actions back while it is in ALARM.
    public var suppressor: Suppressor?

    /// `ActionsSuppressor` with its two times, in seconds.
    public struct Suppressor: Sendable, Hashable {
        /// Name or ARN of the alarm.
        public var alarm: String
        /// How long the composite waits for the suppressor to go to ALARM.
        public var waitSeconds: Int
        /// How long it goes on being held back after the suppressor left ALARM.
        public var extensionSeconds: Int

        /// A suppressor.
        public init(alarm: String, waitSeconds: Int = 120, extensionSeconds: Int = 180) {
            self.alarm = alarm
            self.waitSeconds = waitSeconds
            self.extensionSeconds = extensionSeconds
        }
    }

    /// A condition.
    public init(rule: AlarmRuleExpression, suppressor: Suppressor? = nil) {
        self.rule = rule
        self.suppressor = suppressor
    }
}

/// The expression of a composite alarm.
public indirect enum AlarmRuleExpression: Sendable, Hashable {
    /// `ALARM("name")` and the like.
    case state(AlarmState, alarm: String)
    case and([AlarmRuleExpression])
    case or([AlarmRuleExpression])
    case not(AlarmRuleExpression)
    /// `AT_LEAST(2, ALARM, ("a", "b", "c"))`; the state may be negated.
    case atLeast(Quorum, AlarmState, isNegated: Bool, alarms: [String])
    case constant(Bool)

    /// How many of the alarms.
    public enum Quorum: Sendable, Hashable {
        case count(Int)
        /// From 1 to 100, of the alarms that are named, rounded up.
        case percent(Int)
    }
}

/// A scheduled query of CloudWatch Logs whose results are compared.
public struct LogCondition: Sendable, Hashable {
    /// At most 10,000 characters of Logs Insights.
    public var query: String
    /// At most 50 names or ARNs.
    public var logGroups: [String]
    /// The role that the query runs with.
    public var queryRoleARN: String
    /// `rate(5 minutes)`.
    public var schedule: String
    /// How far back each run looks, in seconds.
    public var startOffset: Int
    /// What makes one number of a run's result, such as `count(*)`; at most 2,048 characters.
    public var aggregation: String
    /// N: how many runs are looked at, from 1 to 100.
    public var resultsToEvaluate: Int
    /// M: how many of them must breach.
    public var resultsToAlarm: Int
    /// With what the number is compared.
    public var comparison: AlarmThreshold.Comparison
    /// A finite number.
    public var threshold: Double
    /// What a run without result counts as.
    public var missingData: MissingData
    /// How many lines of the log the notification carries: 0 to 50.
    public var actionLogLines: Int
    /// The role that reads those lines; needed for more than 0.
    public var actionLogLineRoleARN: String?

    /// A condition.
    public init(
        query: String, logGroups: [String], queryRoleARN: String, schedule: String = "rate(5 minutes)",
        startOffset: Int = 300, aggregation: String = "count(*)", resultsToEvaluate: Int = 1, resultsToAlarm: Int = 1,
        comparison: AlarmThreshold.Comparison, threshold: Double, missingData: MissingData = .notBreaching,
        actionLogLines: Int = 0, actionLogLineRoleARN: String? = nil
    ) {
        self.query = query
        self.logGroups = logGroups
        self.queryRoleARN = queryRoleARN
        self.schedule = schedule
        self.startOffset = startOffset
        self.aggregation = aggregation
        self.resultsToEvaluate = resultsToEvaluate
        self.resultsToAlarm = resultsToAlarm
        self.comparison = comparison
        self.threshold = threshold
        self.missingData = missingData
        self.actionLogLines = actionLogLines
        self.actionLogLineRoleARN = actionLogLineRoleARN
    }
}

/// `PutAlarmMuteRule`: times at which the actions of alarms are held back, while their states still change.
public struct MuteRule: Sendable, Hashable {
    /// Unique in its account and region.
    public var name: String
    /// At most 1,024 characters; empty for none.
    public var description: String
    /// Five fields, `cron(0 2 * * SUN)`, or `at(2026-12-24T02:00)`.
    public var schedule: String
    /// From a minute to 15 days.
    public var duration: Duration
    /// An IANA name.
    public var timeZone: String
    /// At most 100 names.
    public var alarms: [String]
    /// At most 50.
    public var tags: [String: String]

    /// A rule.
    public init(
        name: String, description: String = "", schedule: String, duration: Duration, timeZone: String = "UTC",
        alarms: [String], tags: [String: String] = [:]
    ) {
        self.name = name
        self.description = description
        self.schedule = schedule
        self.duration = duration
        self.timeZone = timeZone
        self.alarms = alarms
        self.tags = tags
    }
}
