public import JSON

/// The result of one run of an SLA test: what `sla-runner` publishes and `metric-writer` counts.
public struct SLAResult: Sendable, Hashable {
    /// When the test's command ended.
    public var timestamp: Timestamp
    /// Whether it exited with 0.
    public var succeeded: Bool
    /// The tested service's name.
    public var service: String
    /// How long the command ran, in whole seconds; `nil` when unknown.
    public var executionSecs: Double?
    /// How long it ran, in seconds with their fraction; `nil` when the runner did not tell.
    public var executionSeconds: Double?
    /// The groups the service counts towards, as they were given.
    public var groups: [String]
    /// The tag of the service under test, if it has one.
    public var tagID: String?
    /// The promised success rate in per cent: a number, or a string where the runner was told one; `nil` when unknown.
    public var slaTarget: JSONValue?
    /// The pause between two runs, in seconds; `nil` when unknown.
    public var interval: Int?

    /// Makes a result.
    public init(
        timestamp: Timestamp, succeeded: Bool, service: String, executionSecs: Double? = nil,
        executionSeconds: Double? = nil, groups: [String] = [], tagID: String? = nil, slaTarget: JSONValue? = nil,
        interval: Int? = nil
    ) {
        self.timestamp = timestamp
        self.succeeded = succeeded
        self.service = service
        self.executionSecs = executionSecs
        self.executionSeconds = executionSeconds
        self.groups = groups
        self.tagID = tagID
        self.slaTarget = slaTarget
        self.interval = interval
    }

    /// The message as `sla-runner` 0.0.21 publishes it, keys in its order, with `testExecutionSeconds` added where it
    /// is known.
    ///
    /// Whole seconds only in `timestamp` and `testExecutionSecs`.
    public var json: JSONValue {
        var message: JSONObject = [
            "timestamp": .integer(timestamp.millisecondsSinceEpoch / 1_000), "succeeded": .bool(succeeded),
            "service": .string(service),
            "testExecutionSecs": executionSecs.flatMap { Int64(exactly: $0.rounded(.down)) }.map { .integer($0) }
                ?? .null,
        ]
        if let executionSeconds { message["testExecutionSeconds"] = .double(executionSeconds) }
        message["groups"] = .array(groups.map { .string($0) })
        message["tagID"] = tagID.map { .string($0) } ?? .null
        message["slaTarget"] = slaTarget ?? 99.9
        if let interval { message["interval"] = .integer(Int64(interval)) }
        return .object(message)
    }
}
