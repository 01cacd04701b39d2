public import CloudWatchAlarms

/// An alarm that should exist, where, and why.
public struct DesiredAlarm: Sendable, Hashable {
    /// The alarm with all of its settings.
    public var alarm: Alarm
    /// Where it belongs.
    public var scope: AlarmScope
    /// What made it.
    public var reason: AlarmReason

    /// A desired alarm.
    public init(alarm: Alarm, scope: AlarmScope, reason: AlarmReason) {
        self.alarm = alarm
        self.scope = scope
        self.reason = reason
    }
}

/// Why an alarm exists, for `explain`.
public struct AlarmReason: Sendable, Hashable {
    /// The rule's name.
    public var rule: String
    /// Where the rule stands.
    public var origin: RuleOrigin
    /// The kind and the id of the resource; nil for alarms of no resource, such as those of objectives.
    public var kind: ResourceKind?
    /// The resource's id.
    public var resource: String?
    /// Why the threshold is what it is: `0.9 × timeout_ms (3,000) = 2,700`.
    public var threshold: String

    /// A reason.
    public init(
        rule: String, origin: RuleOrigin, kind: ResourceKind? = nil, resource: String? = nil, threshold: String
    ) {
        self.rule = rule
        self.origin = origin
        self.kind = kind
        self.resource = resource
        self.threshold = threshold
    }
}

/// What rules make of resources, and what they could not make.
public struct DesiredAlarms: Sendable {
    /// No two of a scope have the same name.
    public var alarms: [DesiredAlarm]
    /// Planned absences.
    public var muteRules: [DesiredMuteRule]
    /// Why something that rules ask for was not made: an unknown fact, a name taken twice, a tag that is wrong.
    public var notices: [RuleNotice]

    /// Desired alarms.
    public init(alarms: [DesiredAlarm] = [], muteRules: [DesiredMuteRule] = [], notices: [RuleNotice] = []) {
        self.alarms = alarms
        self.muteRules = muteRules
        self.notices = notices
    }
}

/// A mute rule that should exist, and where.
public struct DesiredMuteRule: Sendable, Hashable {
    /// The mute rule with all of its settings.
    public var rule: MuteRule
    /// Where it belongs.
    public var scope: AlarmScope
    /// Where its window stands.
    public var origin: RuleOrigin

    /// A desired mute rule.
    public init(rule: MuteRule, scope: AlarmScope, origin: RuleOrigin) {
        self.rule = rule
        self.scope = scope
        self.origin = origin
    }
}

/// Something that people should know about a rule and a resource.
public struct RuleNotice: Sendable, Hashable {
    /// How bad it is.
    public enum Level: String, Sendable {
        /// An alarm that was asked for does not exist: the exit status tells of it.
        case error
        /// Perhaps unwanted.
        case warning
    }

    /// How bad it is.
    public var level: Level
    /// What, where and what to do.
    public var text: String

    /// A notice.
    public init(_ level: Level, _ text: String) {
        self.level = level
        self.text = text
    }
}
