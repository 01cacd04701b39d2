public import Basics
public import CloudWatchAlarms

/// The alarms and mute rules that exist in one scope, as far as they concern us.
public struct ExistingAlarms: Sendable {
    /// Where they are.
    public let scope: AlarmScope
    /// Ours, and those of others whose names are desired.
    public var alarms: [ExistingAlarm]
    /// Ours, and those of others whose names are desired.
    public var muteRules: [ExistingMuteRule]
    /// Why the alarms could not be listed whole, so that nothing may be changed in this scope; nil when they could.
    public var failure: String?
    /// Why it is not known which alarms are ours beside the desired ones, so that none may be deleted; nil when it is.
    public var ownershipFailure: String?
    /// Why mute rules could not be listed, so that none may be changed; nil when they could.
    public var muteRuleFailure: String?
    /// Which alarms were read for: others are here only for their names.
    public var coverage: AlarmCoverage
    /// How many calls it took.
    public var calls: Int

    /// Whether it could not be found out which alarms are ours.
    var isUnknown: Bool { failure != nil || ownershipFailure != nil || muteRuleFailure != nil }

    /// What exists.
    public init(
        scope: AlarmScope, alarms: [ExistingAlarm] = [], muteRules: [ExistingMuteRule] = [], failure: String? = nil,
        ownershipFailure: String? = nil, muteRuleFailure: String? = nil, coverage: AlarmCoverage = .all, calls: Int = 0
    ) {
        self.scope = scope
        self.alarms = alarms
        self.muteRules = muteRules
        self.failure = failure
        self.ownershipFailure = ownershipFailure
        self.muteRuleFailure = muteRuleFailure
        self.coverage = coverage
        self.calls = calls
    }
}

/// An alarm that exists.
public struct ExistingAlarm: Sendable {
    /// Its name.
    public let name: String
    /// Its type, which it keeps for ever.
    public let type: AlarmType
    /// Whose it is.
    public let ownership: Ownership
    /// When it was made, or its settings were last changed; nil when that is not known.
    public let changedAt: Timestamp?

    /// Whose it is, and what is known of it.
    public enum Ownership: Sendable {
        /// Ours, with the desired settings and tags, which therefore need not be kept.
        case asDesired
        /// Ours.
        case ours(Alarm)
        /// Ours, in a form that this version does not know, with its tags and the reason.
        case oursUnreadable(tags: [String: String], reason: String)
        /// Somebody else's: the value of the tag, or nil when it has none.
        case foreign(owner: String?)
        /// Its tags could not be listed, for this reason.
        case unknown(String)
    }

    /// An alarm.
    public init(name: String, type: AlarmType, ownership: Ownership, changedAt: Timestamp? = nil) {
        self.name = name
        self.type = type
        self.changedAt = changedAt
        self.ownership = ownership
    }
}

/// A mute rule that exists.
public struct ExistingMuteRule: Sendable {
    /// Its name.
    public let name: String
    /// Whose it is.
    public let ownership: Ownership

    /// Whose it is, and what is known of it.
    public enum Ownership: Sendable {
        case ours(MuteRule)
        case foreign(owner: String?)
        /// Its tags or settings could not be read, for this reason.
        case unknown(String)
    }

    /// A mute rule.
    public init(name: String, ownership: Ownership) {
        self.name = name
        self.ownership = ownership
    }
}
