public import Events
public import JSON

extension SLAResult {
    /// What one run of a configuration's command gave.
    /// - Parameter timestamp: When the command ended.
    public init(_ outcome: CommandOutcome, at timestamp: Timestamp, configuration: Configuration) {
        let milliseconds = (outcome.duration / .milliseconds(1)).rounded()
        self.init(
            timestamp: timestamp, succeeded: outcome.succeeded, service: configuration.service,
            executionSecs: Double(outcome.duration.components.seconds), executionSeconds: milliseconds / 1_000,
            groups: configuration.groups, tagID: configuration.tagID,
            slaTarget: configuration.target.map { .string($0) }, interval: configuration.delay)
    }

    /// What `Publish` takes with `MessageStructure=json`: `{"default":"<the message>"}`.
    public var envelope: String { JSONValue.object(["default": .string(json.description)]).description }

    /// The name of the log object: `<service>/<seconds since 1970>_SUCCESS` or `_FAILURE`.
    public var logKey: String { "\(service)/\(timestamp.millisecondsSinceEpoch / 1_000)_\(verdict)" }

    /// `SUCCESS` or `FAILURE`.
    public var verdict: String { succeeded ? "SUCCESS" : "FAILURE" }
}
