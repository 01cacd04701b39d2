public import Basics
public import CloudWatchAlarms

/// The state of an alarm, why, and since when.
public struct AlarmStatus: Sendable, Hashable {
    /// The present state.
    public var state: AlarmState
    /// That of the last change of state.
    public var reason: StateReason
    /// When the state changed last.
    public var since: Timestamp

    /// A status.
    public init(state: AlarmState, reason: StateReason, since: Timestamp) {
        (self.state, self.reason, self.since) = (state, reason, since)
    }
}

/// One series of an alarm on many.
public struct AlarmContributor: Sendable, Hashable {
    /// 16 hexadecimal digits, made from the attributes.
    public var id: String
    /// Labels of PromQL, or the dimensions that a query of Metrics Insights groups by.
    public var attributes: [String: String]

    /// The series with these labels or dimensions.
    public init(attributes: [String: String]) {
        let text = attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
        id = String(Digest.sha256Hex(text).prefix(16))
        self.attributes = attributes
    }
}

/// Why the actions of a change are held back.
public enum ActionHold: Sendable, Hashable {
    /// By a mute rule, for this window.
    case muted(rule: String, MetricSlot)
    /// By the suppressor of a composite, which is in ALARM.
    case suppressor(String)
    /// The composite waits whether its suppressor goes to ALARM.
    case waitPeriod
    /// The suppressor has left ALARM a short time ago.
    case extensionPeriod

    /// Whether it comes from a composite's suppressor, and not from a mute rule.
    var isSuppression: Bool { if case .muted = self { false } else { true } }
}

/// A change of state, or actions that were held back and are due now.
public struct AlarmStateChange: Sendable {
    /// The alarm, as it was evaluated.
    public var alarm: Alarm
    /// The alarm's ARN.
    public var arn: String
    /// The status before the change; of a series, its own.
    public var previous: AlarmStatus
    /// The status since the change; of a series, its own.
    public var current: AlarmStatus
    /// When it was evaluated.
    public var time: Timestamp
    /// The series that changed; nil for the alarm as a whole.
    public var contributor: AlarmContributor?
    /// The alarms whose change made a composite change.
    public var triggeringChildren: [Child] = []
    /// Why its actions are not carried out now; nil when they are, or when there is nothing to hold.
    public var hold: ActionHold?
    /// Whether the state changed earlier, and only its actions come now.
    public var isAfterHold = false
    /// The ARNs to notify; empty while they are held back or disabled.
    public var actions: [String] = []

    /// A child of a composite.
    public struct Child: Sendable, Hashable {
        /// Its ARN.
        public var arn: String
        /// The state that it changed to.
        public var state: AlarmState
        /// When it changed.
        public var since: Timestamp
    }
}

/// Where alarms live, for their ARNs and messages.
public struct AlarmLocation: Sendable, Hashable {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    public var partition: String
    /// 12 digits.
    public var account: String
    /// Such as `eu-central-1`.
    public var region: String
    /// Such as `Europe (Frankfurt)`, which SNS messages have instead of the id.
    public var regionName: String

    /// A place.
    public init(partition: String = "aws", account: String, region: String, regionName: String) {
        (self.partition, self.account, self.region, self.regionName) = (partition, account, region, regionName)
    }

    /// The ARN of an alarm with a name.
    public func arn(ofAlarm name: String) -> String { "arn:\(partition):cloudwatch:\(region):\(account):alarm:\(name)" }
}
