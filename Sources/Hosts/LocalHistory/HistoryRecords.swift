public import Basics
public import ServiceHistory

/// What a service is known by, in every run.
public struct ServiceKey: Sendable, Hashable {
    /// Where its results come from.
    public var kind: ServiceHistory.Kind
    /// The group; nil for none.
    public var group: String?
    /// The name without the group.
    public var name: String

    /// Names a service.
    public init(_ kind: ServiceHistory.Kind, group: String? = nil, name: String) {
        (self.kind, self.group, self.name) = (kind, group, name)
    }
}

extension ServiceHistory {
    /// What the service is known by.
    public var key: ServiceKey { ServiceKey(kind, group: group, name: name) }
}

/// The result of one check or test.
public struct ServiceResult: Sendable, Hashable {
    /// The service.
    public var service: ServiceKey
    /// When it was measured; kept to the millisecond.
    public var time: Timestamp
    /// Whether it was good.
    public var succeeded: Bool
    /// The response time or run time; nil when nothing was timed.
    public var seconds: Double?
    /// Why it failed, for people, without secrets; nil when it is not known, or when it did not fail.
    public var cause: String?

    /// Makes a result.
    public init(service: ServiceKey, time: Timestamp, succeeded: Bool, seconds: Double? = nil, cause: String? = nil) {
        self.service = service
        self.time = time
        self.succeeded = succeeded
        self.seconds = seconds
        self.cause = cause
    }
}

/// A change of an alarm's state.
public struct AlarmChange: Sendable, Hashable {
    /// The alarm's name.
    public var alarm: String
    /// When it changed.
    public var time: Timestamp
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    public var state: String
    /// Why, in the words of CloudWatch.
    public var reason: String

    /// Makes a change.
    public init(alarm: String, time: Timestamp, state: String, reason: String) {
        (self.alarm, self.time, self.state, self.reason) = (alarm, time, state, reason)
    }
}

/// A message that was sent.
public struct SentMessage: Sendable, Hashable {
    /// When it was sent.
    public var time: Timestamp
    /// Its first line.
    public var title: String
    /// What follows the title, as plain text.
    public var text: String
    /// `good`, `bad`, `warn` or empty.
    public var tone: String
    /// Where it went: `inbox`, or the name of an output.
    public var output: String

    /// Makes a message.
    public init(time: Timestamp, title: String, text: String, tone: String, output: String) {
        (self.time, self.title, self.text, self.tone, self.output) = (time, title, text, tone, output)
    }
}

/// A run of an experiment; experiment and start tell it from others.
public struct ExperimentRun: Sendable, Hashable {
    /// An activity that has begun.
    public struct Activity: Sendable, Hashable {
        /// The activity's name.
        public var name: String
        /// `probe`, `action`, `hypothesis` or `rollback`.
        public var kind: String
        /// When it began.
        public var start: Timestamp
        /// nil while it runs.
        public var end: Timestamp?
        /// Whether it succeeded, or has not failed yet.
        public var isGood: Bool

        /// Makes an activity.
        public init(name: String, kind: String, start: Timestamp, end: Timestamp?, isGood: Bool) {
            (self.name, self.kind, self.start, self.end, self.isGood) = (name, kind, start, end, isGood)
        }
    }

    /// The experiment's id.
    public var experiment: String
    /// The experiment's title.
    public var title: String
    /// When it began.
    public var start: Timestamp
    /// nil while it runs, and when its process was ended first.
    public var end: Timestamp?
    /// `running`, `passed`, `deviated`, `failed` or `interrupted`.
    public var state: String
    /// What became of it; empty while it runs.
    public var outcome: String
    /// In the order in which they began.
    public var activities: [Activity]

    /// Makes a run.
    public init(
        experiment: String, title: String, start: Timestamp, end: Timestamp? = nil, state: String,
        outcome: String = "", activities: [Activity] = []
    ) {
        self.experiment = experiment
        self.title = title
        self.start = start
        self.end = end
        self.state = state
        self.outcome = outcome
        self.activities = activities
    }
}

/// What a function did in an hour, or in a part of it that is to be added.
public struct FunctionTotals: Sendable, Hashable {
    /// The function's name.
    public var function: String
    /// When the hour starts; of what is recorded any time in the hour.
    public var hour: Timestamp
    /// How many there were.
    public var invocations: Int
    /// How many of them failed.
    public var errors: Int
    /// How often a process was started.
    public var starts: Int
    /// The time of all invocations together.
    public var milliseconds: Double
    /// The time of the longest one.
    public var maximumMilliseconds: Double
    /// Bytes of memory at the most.
    public var peakMemory: Int

    /// Makes totals.
    public init(
        function: String, hour: Timestamp, invocations: Int = 0, errors: Int = 0, starts: Int = 0,
        milliseconds: Double = 0, maximumMilliseconds: Double = 0, peakMemory: Int = 0
    ) {
        self.function = function
        self.hour = hour
        self.invocations = invocations
        self.errors = errors
        self.starts = starts
        self.milliseconds = milliseconds
        self.maximumMilliseconds = maximumMilliseconds
        self.peakMemory = peakMemory
    }
}
