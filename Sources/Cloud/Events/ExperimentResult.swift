public import Basics
public import JSON

/// The result of a chaos experiment: its journal in the Chaos Toolkit's shape.
///
/// https://chaostoolkit.org/reference/api/journal/
public struct ExperimentResult: Sendable {
    /// One action or probe that ran.
    public struct Activity: Sendable {
        /// Its name; nil when the journal has none.
        public var name: String?
        /// Whether its status is `succeeded`.
        public var succeeded: Bool
        /// The last line of the exception that ended it.
        public var error: String?
    }

    /// The experiment's title.
    public var title: String?
    /// What it is to find out.
    public var description: String?
    /// The experiment's tags.
    public var tags: [String]
    /// `completed`, `failed`, `interrupted` or `aborted`; nil when it is no text.
    public var status: String?
    /// Whether the steady state was lost.
    public var hasDeviated: Bool
    /// Whether the steady state was met before the method; nil when it was not probed.
    public var wasSteadyBefore: Bool?
    /// Whether the steady state was met after the method; nil when it was not probed.
    public var wasSteadyAfter: Bool?
    /// The method's activities, in the order in which they ran.
    public var activities: [Activity]
    /// The activities that undid what the method did.
    public var rollbacks: [Activity]
    /// Why it was interrupted.
    public var interruption: String?
    /// When it ended.
    public var end: Timestamp?
    /// How long it ran, in seconds.
    public var duration: Double?
    /// The machine that it ran on.
    public var node: String?
}

extension ExperimentResult {
    /// Reads a journal; nil for JSON of another kind, which lacks an object `experiment` or a `status`.
    public init?(_ value: JSONValue) {
        guard value["status"] != nil else { return nil }
        self.init(journal: value)
    }

    fileprivate init?(journal value: JSONValue) {
        guard let journal = value.objectValue, let experiment = journal["experiment"]?.objectValue else { return nil }
        title = experiment.text("title")
        description = experiment.text("description")
        tags = experiment["tags"]?.texts ?? []
        status = journal.text("status")
        hasDeviated = journal["deviated"]?.boolValue ?? false
        wasSteadyBefore = journal["steady_states"]?["before"]?["steady_state_met"]?.boolValue
        wasSteadyAfter = journal["steady_states"]?["after"]?["steady_state_met"]?.boolValue
        activities = (journal["run"]?.arrayValue ?? []).map(Activity.init)
        rollbacks = (journal["rollbacks"]?.arrayValue ?? []).map(Activity.init)
        interruption = journal["interruption"]?["reason"]?.text
        end = journal["end"]?.timestamp
        duration = journal["duration"]?.number
        node = journal.text("node")
    }
}

extension ExperimentResult.Activity {
    fileprivate init(_ run: JSONValue) {
        name = run["activity"]?["name"]?.text
        succeeded = run["status"]?.text == "succeeded"
        error = run["exception"]?.texts.last?.split(whereSeparator: \.isNewline).last.map(\.trimmed)
    }
}

/// What a runner tells about one run of an experiment: that it started, failed, or is done.
public struct ExperimentRun: Sendable {
    /// Where the experiment was read from.
    public var source: String
    /// Such as `done` or `failed`.
    public var state: String
    /// The journal, where the message has it.
    public var result: ExperimentResult?
    /// The answer when it is no journal but a text, such as an error.
    public var response: String?
    /// Where the journal was written to.
    public var journalPath: String?

    /// Nil for JSON of another kind: a run has `experiment_source` and `state`.
    public init?(_ value: JSONValue) {
        guard let run = value.objectValue, let source = run.text("experiment_source"), let state = run.text("state")
        else { return nil }
        self.source = source
        self.state = state
        let response = run["response"] ?? .null
        result = ExperimentResult(journal: response.stringValue.map(IncomingMessage.parse) ?? response)
        self.response = response.text
        journalPath = run.text("output_path", "journal")
    }
}
