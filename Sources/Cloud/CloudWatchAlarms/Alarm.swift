/// An alarm of CloudWatch, as it should be or as it is: everything that its `Put…Alarm` call sets.
///
/// A new alarm starts as INSUFFICIENT_DATA, one with PromQL as OK; an update keeps the state.
public struct Alarm: Sendable, Hashable {
    /// 1 to 255 characters without control characters, unique in its account and region.
    public var name: String
    /// At most 1,024 characters; empty for none.
    public var description: String
    /// What is compared with what.
    public var condition: AlarmCondition
    /// What is done on a change of state.
    public var actions: AlarmActions
    /// At most 50.
    ///
    /// `PutMetricAlarm` ignores them on an update: they need `TagResource`.
    public var tags: [String: String]

    /// An alarm.
    public init(
        name: String, description: String = "", condition: AlarmCondition, actions: AlarmActions = AlarmActions(),
        tags: [String: String] = [:]
    ) {
        self.name = name
        self.description = description
        self.condition = condition
        self.actions = actions
        self.tags = tags
    }
}

/// An alarm's state.
public enum AlarmState: String, Sendable, CaseIterable {
    case ok = "OK"
    case alarm = "ALARM"
    case insufficientData = "INSUFFICIENT_DATA"
}

/// What is compared with what.
///
/// Indirect, so that an alarm is small: plans hold tens of thousands, and copy them often.
public indirect enum AlarmCondition: Sendable, Hashable {
    /// `PutMetricAlarm`: a metric, an expression over metrics, or a query of Metrics Insights, period by period.
    case metric(MetricCondition)
    /// `PutMetricAlarm` with `EvaluationCriteria.PromQLCriteria`.
    case promQL(PromQLCondition)
    /// `PutCompositeAlarm`.
    case composite(CompositeCondition)
    /// `PutLogAlarm`.
    case log(LogCondition)
}

/// The ARNs of topics, functions and other targets, at most five for each state.
public struct AlarmActions: Sendable, Hashable {
    /// Of the changes to ALARM.
    public var alarm: [String]
    /// Of the changes to OK.
    public var ok: [String]
    /// Of the changes to INSUFFICIENT_DATA.
    public var insufficientData: [String]
    /// Whether the actions are carried out.
    ///
    /// A planned absence is a ``MuteRule``, not a false here.
    public var areEnabled: Bool
    /// Which tags of the alarm its notifications carry; nil for none.
    public var propagatedTags: TagPropagation?

    /// Actions.
    public init(
        alarm: [String] = [], ok: [String] = [], insufficientData: [String] = [], areEnabled: Bool = true,
        propagatedTags: TagPropagation? = nil
    ) {
        self.alarm = alarm
        self.ok = ok
        self.insufficientData = insufficientData
        self.areEnabled = areEnabled
        self.propagatedTags = propagatedTags
    }
}

/// `ActionConfiguration.AlarmTagsPropagation`: which tags notifications carry.
public enum TagPropagation: Sendable, Hashable {
    /// Every tag.
    case all
    /// 1 to 50 keys.
    case only([String])
    /// All but these 1 to 50 keys.
    case except([String])
}
