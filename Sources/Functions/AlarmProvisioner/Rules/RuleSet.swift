public import CloudWatchAlarms

/// Everything that was read from files, variables and the catalogue: what alarms are made from.
public struct RuleSet: Sendable {
    /// For resources, without those from tags, which are known with the resources.
    public var rules: [AlarmRule]
    /// Service level objectives.
    public var objectives: [ObjectiveRule]
    /// Alarms that are known without resources, such as those of a file in another form.
    public var alarms: [DesiredAlarm]
    /// Composites over the alarms of other rules.
    public var composites: [CompositeRule]
    /// Log alarms.
    public var logs: [LogRule]
    /// Planned absences.
    public var windows: [MuteWindow]
    /// What all alarms have in common.
    public var options: AlarmOptions

    /// A set of rules.
    public init(
        rules: [AlarmRule] = [], objectives: [ObjectiveRule] = [], alarms: [DesiredAlarm] = [],
        windows: [MuteWindow] = [], options: AlarmOptions = AlarmOptions(), composites: [CompositeRule] = [],
        logs: [LogRule] = []
    ) {
        self.rules = rules
        self.objectives = objectives
        self.alarms = alarms
        self.windows = windows
        self.options = options
        self.composites = composites
        self.logs = logs
    }
}

/// What all alarms of one provisioner have in common.
public struct AlarmOptions: Sendable, Hashable {
    /// Who owns the alarms, as the value of ``ownerTag``; two provisioners in one account need two.
    public var owner: String
    /// What names begin with.
    public var prefix: String
    /// The ARNs of actions by severity; "" is for every severity that is not named.
    ///
    /// They may have `{region}` and `{account}`, since a topic must be in the region of the alarm.
    public var topics: [String: [String]]
    /// Whether the change to OK has the same actions.
    public var notifiesRecovery: Bool
    /// Whether resources' tags `AutoAlarm-…` make alarms.
    public var readsAutoAlarmTags: Bool
    /// Tags of resources that their alarms get, too.
    public var copiedTags: [String]
    /// Which tags notifications carry; nil for none.
    public var propagatedTags: TagPropagation?
    /// The time for which alarms of a resource that is gone are kept.
    public var gracePeriod: Duration
    /// A plan that deletes a larger share of the owned alarms, in per cent, is refused.
    public var maximumDeletedPercent: Double

    /// Options.
    public init(
        owner: String = "tocsin", prefix: String = "tocsin", topics: [String: [String]] = [:],
        notifiesRecovery: Bool = true, readsAutoAlarmTags: Bool = true, copiedTags: [String] = [],
        propagatedTags: TagPropagation? = nil, gracePeriod: Duration = .seconds(3_600),
        maximumDeletedPercent: Double = 25
    ) {
        self.owner = owner
        self.prefix = prefix
        self.topics = topics
        self.notifiesRecovery = notifiesRecovery
        self.readsAutoAlarmTags = readsAutoAlarmTags
        self.copiedTags = copiedTags
        self.propagatedTags = propagatedTags
        self.gracePeriod = gracePeriod
        self.maximumDeletedPercent = maximumDeletedPercent
    }

    /// The tag of an alarm that says whose it is: only alarms that have it, with our ``owner``, are changed or deleted.
    public static let ownerTag = "tocsin:owner"
    /// The tags that say why an alarm exists: the rule's name, where that stands, and the resource's id.
    public static let ruleTag = "tocsin:rule"
    /// The tag with where the rule stands, without the line.
    public static let originTag = "tocsin:origin"
    /// The tag with the resource's id.
    public static let resourceTag = "tocsin:resource"
    /// The tag with the time at which the alarm's resource was first missed.
    public static let missedTag = "tocsin:missed"
    /// The tag with the rule's severity.
    public static let severityTag = "severity"
    /// The tag of a resource that overrides its rules: `off`, or settings; see docs/alarm-provisioner.md.
    public static let overrideTag = "tocsin:alarms"
}

/// Planned absences of some alarms.
public struct MuteWindow: Sendable, Hashable {
    /// Unique among the windows.
    public var name: String
    /// Where it stands.
    public var origin: RuleOrigin
    /// As ``MuteRule/schedule``.
    public var schedule: String
    /// From a minute to 15 days.
    public var duration: Duration
    /// An IANA name.
    public var timeZone: String
    /// Whose alarms are muted; empty lists mean all.
    public var match: ResourceMatch
    /// Globs for the names of rules.
    public var rules: [String]

    /// A window.
    public init(
        name: String, origin: RuleOrigin, schedule: String, duration: Duration, timeZone: String = "UTC",
        match: ResourceMatch, rules: [String] = []
    ) {
        self.name = name
        self.origin = origin
        self.schedule = schedule
        self.duration = duration
        self.timeZone = timeZone
        self.match = match
        self.rules = rules
    }
}
