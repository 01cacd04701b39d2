public import Basics
internal import ServiceHistory
public import StatusPages

/// All that the console shows, at one moment.
///
/// Whoever runs the system makes it anew for each request; the console draws it and keeps nothing.
public struct ConsoleSnapshot: Sendable {
    /// The moment.
    public var time: Timestamp
    /// When the system was started.
    public var startedAt: Timestamp
    /// Where the user's files are, for people; nil for an example that has none.
    public var folder: String?
    /// In the order of their names.
    public var services: [ServiceEntry] = []
    /// Those that fire first, then those without data, then the others; each in the order of their names.
    public var alarms: [Alarm] = []
    /// What was sent to the chat, the newest first.
    public var messages: [Message] = []
    /// In the order of the file.
    public var experiments: [Experiment] = []
    /// In the order of their names.
    public var functions: [Function] = []
    /// What is wrong with the user's files, each with its file and line; empty when all is well.
    public var faults: [String] = []
    /// What happened, the newest first.
    public var notes: [Note] = []

    /// Whether there is an endpoint that a button can have checked: tests run by themselves alone.
    var hasChecks: Bool { services.contains { $0.history.kind == .check } }

    /// An empty system.
    public init(time: Timestamp, startedAt: Timestamp) { (self.time, self.startedAt) = (time, startedAt) }

    /// An alarm of the local CloudWatch.
    public struct Alarm: Sendable {
        /// A change of its state.
        public struct Change: Sendable {
            /// When it changed.
            public var time: Timestamp
            /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
            public var state: String
            /// Why, in words of the evaluation.
            public var reason: String

            /// Makes a change.
            public init(time: Timestamp, state: String, reason: String) {
                (self.time, self.state, self.reason) = (time, state, reason)
            }
        }

        /// As in CloudWatch.
        public var name: String
        /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
        public var state: String
        /// Why it is in this state.
        public var reason: String
        /// When it came into this state; nil when it has been in it from the start.
        public var since: Timestamp?
        /// The rule that made it, for people.
        public var rule: String?
        /// What it compares: `Average of success < 0.7 for 10 s`.
        public var condition: String
        /// Until when its messages are held back; nil when they are not.
        public var silencedUntil: Timestamp?
        /// The newest first.
        public var changes: [Change]

        /// Makes an alarm.
        public init(
            name: String, state: String, reason: String, since: Timestamp? = nil, rule: String? = nil,
            condition: String, silencedUntil: Timestamp? = nil, changes: [Change] = []
        ) {
            self.name = name
            self.state = state
            self.reason = reason
            self.since = since
            self.rule = rule
            self.condition = condition
            self.silencedUntil = silencedUntil
            self.changes = changes
        }
    }

    /// A message as the chat shows it.
    public struct Message: Sendable {
        /// When it was sent.
        public var time: Timestamp
        /// The first line, plain text.
        public var title: String
        /// The rest, plain text of several lines; empty for none.
        public var text: String
        /// `good`, `bad`, `warn` or empty.
        public var tone: String
        /// Where it went: `inbox`, or the name of an output.
        public var output: String

        /// Makes a message.
        public init(time: Timestamp, title: String, text: String, tone: String, output: String = "inbox") {
            (self.time, self.title, self.text, self.tone, self.output) = (time, title, text, tone, output)
        }
    }

    /// An experiment of the user's folder.
    public struct Experiment: Sendable {
        /// What an experiment is doing.
        public enum State: String, Sendable {
            case ready, running, passed, deviated, failed, interrupted
        }

        /// An activity that has begun.
        public struct Activity: Sendable {
            /// As in the experiment.
            public var name: String
            /// `probe`, `action`, `hypothesis` or `rollback`.
            public var kind: String
            /// When it began.
            public var start: Timestamp
            /// nil while it runs.
            public var end: Timestamp?
            /// Whether it succeeded, or has not failed so far.
            public var isGood: Bool

            /// Makes an activity.
            public init(name: String, kind: String, start: Timestamp, end: Timestamp?, isGood: Bool) {
                (self.name, self.kind, self.start, self.end, self.isGood) = (name, kind, start, end, isGood)
            }
        }

        /// Its name in the console's addresses: the file's name.
        public var id: String
        /// As in its file.
        public var title: String
        /// What it is doing, or how its last run ended.
        public var state: State
        /// What became of the last run, in a sentence; empty before.
        public var outcome: String
        /// Why it cannot be run, such as a fault in its file; nil when it can.
        public var problem: String?
        /// Of the last run, in their order.
        public var activities: [Activity]

        /// Makes an experiment.
        public init(
            id: String, title: String, state: State, outcome: String = "", problem: String? = nil,
            activities: [Activity] = []
        ) {
            self.id = id
            self.title = title
            self.state = state
            self.outcome = outcome
            self.problem = problem
            self.activities = activities
        }
    }

    /// A function and its invocations.
    public struct Function: Sendable {
        /// One invocation.
        public struct Invocation: Sendable {
            /// When it began.
            public var time: Timestamp
            /// How long it took, without the start of the process.
            public var milliseconds: Double
            /// Milliseconds of the process's start; nil when it was running.
            public var coldStart: Double?
            /// Why it failed; nil when it did not.
            public var error: String?

            /// Makes an invocation.
            public init(time: Timestamp, milliseconds: Double, coldStart: Double? = nil, error: String? = nil) {
                self.time = time
                self.milliseconds = milliseconds
                self.coldStart = coldStart
                self.error = error
            }
        }

        /// As in the cloud: `uptime-checker`.
        public var name: String
        /// How often it was invoked since the start of the system.
        public var invocations: Int
        /// How many of them failed.
        public var errors: Int
        /// How often a process was started.
        public var starts: Int
        /// Bytes of memory at the most.
        public var peakMemory: Int
        /// The newest first.
        public var recent: [Invocation]
        /// The last lines of its log, the oldest first.
        public var log: [String]

        /// Makes a function.
        public init(
            name: String, invocations: Int = 0, errors: Int = 0, starts: Int = 0, peakMemory: Int = 0,
            recent: [Invocation] = [], log: [String] = []
        ) {
            self.name = name
            self.invocations = invocations
            self.errors = errors
            self.starts = starts
            self.peakMemory = peakMemory
            self.recent = recent
            self.log = log
        }
    }

    /// A line for people.
    public struct Note: Sendable {
        /// When it happened.
        public var time: Timestamp
        /// One line of plain text.
        public var text: String

        /// Makes a note.
        public init(time: Timestamp, text: String) { (self.time, self.text) = (time, text) }
    }
}

/// What the console's buttons do.
///
/// Each returns a sentence for people when it is done, and throws an error whose description is one.
public protocol ConsoleActions: Sendable {
    /// Checks the service with this display name, or all with nil, now.
    func check(service: String?) async throws -> String
    /// What an experiment would do, as plain text; changes nothing.
    ///
    /// It is asked for again when the experiment is started: a plan that has changed since it was read is shown anew.
    func plan(experiment id: String) async throws -> String
    /// Starts an experiment whose plan was seen.
    func run(experiment id: String) async throws -> String
    /// Stops the experiment that runs; its rollbacks are played.
    func stopExperiment() async throws -> String
    /// Sends a test event through the notifier.
    func sendTestEvent() async throws -> String
    /// Holds back an alarm's messages for a time; zero ends that.
    func silence(alarm: String, for duration: Duration) async throws -> String
}
