public import Basics
public import CloudWatchAlarms

/// What would be changed so that the alarms are as they should be.
public struct AlarmPlan: Sendable {
    /// In the order in which they are carried out.
    public var steps: [AlarmPlanStep]
    /// How many alarms and mute rules are as they should be.
    public var unchanged: Int
    /// What the unchanged alarms cost in US dollars a month, as far as that is known.
    public var unchangedCost: Double
    /// Why alarms were not made, and what else people should know.
    public var notices: [RuleNotice]
    /// What could not be listed: alarms of these kinds and scopes are not deleted.
    public var incomplete: [IncompleteDiscovery]
    /// How many resources were found.
    public var resources: Int
    /// How many calls read them and the alarms.
    public var readCalls: Int
    /// What the alarms of each objective take, written in PromQL and in metric math.
    public var objectives: [ObjectiveCost] = []
    /// The id of the resource that the plan is limited to, as after an event; nil for a plan of everything.
    public var resource: String?
    /// Why the plan must not be carried out, because it deletes too much; nil when it may.
    public var refusal: String?

    /// A plan.
    public init(
        steps: [AlarmPlanStep] = [], unchanged: Int = 0, unchangedCost: Double = 0, notices: [RuleNotice] = [],
        incomplete: [IncompleteDiscovery] = [], resources: Int = 0, readCalls: Int = 0, refusal: String? = nil
    ) {
        self.steps = steps
        self.unchanged = unchanged
        self.unchangedCost = unchangedCost
        self.refusal = refusal
        self.notices = notices
        self.incomplete = incomplete
        self.resources = resources
        self.readCalls = readCalls
    }
}

/// One change of a plan.
public struct AlarmPlanStep: Sendable, Hashable {
    /// Where the alarm or mute rule is.
    public var scope: AlarmScope
    /// What is done to it.
    public var change: Change
    /// What the alarm costs in US dollars a month before; 0 where there is none.
    public var costBefore: Double
    /// What it costs after; 0 where there is none.
    public var costAfter: Double

    /// What is done.
    ///
    /// Indirect, so that tens of thousands of steps are sorted without moving their alarms.
    public indirect enum Change: Sendable, Hashable {
        case create(DesiredAlarm)
        case update(DesiredAlarm, from: Alarm, differences: [AlarmDifference])
        /// With the reason: `the resource is gone since 09:12 UTC`.
        case delete(Alarm, because: String)
        /// An alarm of a resource that is gone, within the grace period: it only gets the tag with the time.
        case markMissed(Alarm, at: Timestamp)
        /// The resource is back: the tag goes.
        case clearMissed(Alarm)
        case createMuteRule(DesiredMuteRule)
        case updateMuteRule(DesiredMuteRule, from: MuteRule, differences: [AlarmDifference])
        case deleteMuteRule(MuteRule, because: String)
    }

    /// A step.
    public init(scope: AlarmScope, change: Change, costBefore: Double = 0, costAfter: Double = 0) {
        self.scope = scope
        self.change = change
        self.costBefore = costBefore
        self.costAfter = costAfter
    }
}

/// A setting that differs: `threshold`, `80`, `90`.
public struct AlarmDifference: Sendable, Hashable {
    /// Its name, as in ``AlarmSetting``.
    public var setting: String
    /// Its old value, or `none`.
    public var from: String
    /// Its new value, or `none`.
    public var to: String

    /// A difference.
    public init(_ setting: String, from: String, to: String) {
        self.setting = setting
        self.from = from
        self.to = to
    }
}

/// What became of a plan.
public struct ApplyOutcome: Sendable {
    /// What became of one step.
    public struct Result: Sendable {
        /// What was tried.
        public var step: AlarmPlanStep
        /// Why it failed; nil when it did not.
        public var failure: String?
        /// Why it is left to the next run of everything, which is no failure; nil when it is not.
        public var postponement: String?

        /// A result.
        public init(step: AlarmPlanStep, failure: String? = nil, postponement: String? = nil) {
            self.step = step
            self.failure = failure
            self.postponement = postponement
        }

        /// Whether it was carried out.
        public var isDone: Bool { failure == nil && postponement == nil }
    }

    /// Of every step that was tried, in order.
    public var results: [Result]
    /// Steps for which there was no time: the next run makes them.
    public var untried: [AlarmPlanStep]
    /// How many calls changed something.
    public var writeCalls: Int

    /// An outcome.
    public init(results: [Result] = [], untried: [AlarmPlanStep] = [], writeCalls: Int = 0) {
        self.results = results
        self.untried = untried
        self.writeCalls = writeCalls
    }

    /// Whether everything was done, or can only be done by a run of everything.
    public var isComplete: Bool { untried.isEmpty && results.allSatisfy { $0.failure == nil } }
}
