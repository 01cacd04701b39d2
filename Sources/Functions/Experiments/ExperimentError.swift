public import Basics

/// Why an experiment cannot be read, validated or run.
public typealias ExperimentError = CodedError<ExperimentErrorCode>

/// The kinds of failure of an experiment.
public enum ExperimentErrorCode: String, ErrorCode {
    /// The file or URL cannot be read.
    case notReadable
    /// The document is not valid.
    case invalid
    /// A value that a run needs is missing or wrong: an environment variable, a secret, an override.
    case configuration
    /// An activity failed as activities do: a time-out, no connection, an exception.
    case activityFailed
    /// An activity failed in a way that Chaos Toolkit does not foresee: the run is aborted.
    case unforeseen
    /// The experiment was stopped: a signal, a stop condition, a control.
    case interrupted
    /// The guard, the lever or a lock forbids it.
    case refused
}
