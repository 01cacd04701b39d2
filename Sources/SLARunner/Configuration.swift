/// All settings of a runner.
public struct Configuration: Sendable, Hashable {
    /// The version that the banner and `--version` show.
    public static let version = "1.0.0"

    /// `SLARUNNER_COMMAND` as it was given, for the banner.
    public var commandText: String
    /// What to run.
    public var command: Command
    /// Whole seconds between the end of one run and the start of the next; the message's `interval`.
    public var delay: Int
    /// The tested service's name.
    public var service: String
    /// The SNS topic, by name or by ARN.
    public var topic: String
    /// The bucket for the output of each run; nil keeps no output.
    public var bucket: String?
    /// The groups that the service counts towards, as given between the commas.
    public var groups: [String] = []
    /// The message's `tagID`.
    public var tagID: String?
    /// The message's `slaTarget` when `SLA_TARGET` is set; it goes out as a string then, otherwise as the number 99.9.
    public var target: String?
    /// Whether to run nothing and wait.
    public var isDisabled = false
    /// Whether to print the result in place of publishing it.
    public var isDryRun = false
    /// Whether to end after one run.
    public var runsOnce = false
    /// How long the command may run; nil is for ever.
    public var timeLimit: Duration?
    /// How long the running command may go on once the runner is asked to stop.
    public var stopTimeout: Duration = .seconds(20)
}
