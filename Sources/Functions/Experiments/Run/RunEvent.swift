import Basics
public import JSON

/// What happens in a run, for displays, logs and event files.
///
/// What a durable run replays is not told again.
public enum RunEvent: Sendable {
    /// The three times at which a hypothesis is checked.
    public enum Phase: String, Sendable {
        case before, during, after
    }

    /// Where an activity is declared.
    public enum Place: String, Sendable {
        case hypothesis, method, rollbacks
    }

    /// The run begins.
    case started(title: String)
    /// A check of the hypothesis begins; a frequency for those during the method.
    case hypothesisStarted(Phase, frequency: Duration?)
    /// A check has ended; the state is as in the journal, nil when the hypothesis could not be checked.
    case hypothesisCompleted(Phase, iteration: Int?, state: JSONValue?)
    /// The method begins.
    case methodStarted
    /// The method has ended, whichever way.
    case methodCompleted
    /// The rollbacks begin.
    case rollbacksStarted
    /// The rollbacks have ended.
    case rollbacksCompleted
    /// A pause before or after an activity begins.
    case pauseStarted(Activity, Duration, isBefore: Bool, isSkipped: Bool)
    /// An activity begins.
    case activityStarted(Activity, Place)
    /// An activity has ended; the record is as in the journal.
    case activityCompleted(Activity, Place, record: JSONObject)
    /// The run is to end early.
    case interrupted(Interruption.Reason)
    /// Something that a person should know.
    case message(MessageLevel, String)
    /// The run has ended; the journal is complete.
    case finished(journal: JSONObject)

    /// How important a message is.
    public enum MessageLevel: String, Sendable {
        case debug, info, warning, error, critical
    }
}

/// Takes the events of a run as they happen; must return at once.
public typealias RunEventSink = @Sendable (RunEvent) -> Void
