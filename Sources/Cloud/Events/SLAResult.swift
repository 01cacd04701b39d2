public import Basics
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

extension SLAResult {
    /// Reads a message's text.
    /// - Throws: `EventError` with a path within the message.
    public init(parsing text: String) throws(EventError) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            let message = text.isEmpty ? "the message is empty" : "the message is not JSON: \(error)"
            throw EventError(.notJSON, at: "", message)
        }
        try self.init(value)
    }

    /// Reads the message in every form that runners are known to publish: `{"timestamp":1574778556,"succeeded":true,
    /// "service":"shop","testExecutionSecs":12,"testExecutionSeconds":12.3,"groups":["web"],…}`, where numbers may be
    /// strings, the timestamp may be in milliseconds, `group` may stand for `groups` and one string for a list of one,
    /// and the durations may be null or absent.
    ///
    /// Of what says nothing about the run (`tagID`, `slaTarget`, `interval`) the unusable is passed over.
    /// - Throws: `EventError` with a path within the message.
    public init(_ value: JSONValue) throws(EventError) {
        let fields = try Fields(value, at: "")
        guard let number = try fields.number("timestamp") else {
            throw fields.fault(.missingField, "timestamp", "is missing")
        }
        let timestamp = Timestamp(secondsOrMillisecondsSinceEpoch: number)
        // The years 0001 to 9999; what CloudWatch takes is the metric writer's business.
        guard (-62_135_596_800.0...253_402_300_799).contains(timestamp.secondsSinceEpoch) else {
            throw fields.fault(.badValue, "timestamp", "\(number) is no time in seconds or milliseconds since 1970")
        }
        let outcome = try fields.value("succeeded")
        guard case .bool(let succeeded) = outcome else {
            throw fields.fault(.wrongType, "succeeded", "must be true or false, not \(outcome.kindName)")
        }
        self.init(
            timestamp: timestamp, succeeded: succeeded,
            service: try fields.string("service"), executionSecs: try fields.duration("testExecutionSecs"),
            executionSeconds: try fields.duration("testExecutionSeconds"), groups: try fields.groups(),
            tagID: value["tagID"]?.stringValue, slaTarget: value["slaTarget"],
            interval: (try? fields.number("interval")).flatMap { Int(exactly: $0) }
        )
    }
}

extension Fields {
    /// A number, or a string that holds one as JSON would write it; `nil` when absent or null.
    fileprivate func number(_ key: String) throws(EventError) -> Double? {
        guard let value = object[key], value != .null else { return nil }
        if let number = value.doubleValue { return number }
        if let text = value.stringValue, let number = try? JSONValue(parsing: text).doubleValue { return number }
        throw fault(.wrongType, key, "must be a number or a string that holds one, not \(value.kindName)")
    }

    /// A number of seconds.
    fileprivate func duration(_ key: String) throws(EventError) -> Double? {
        guard let seconds = try number(key) else { return nil }
        guard seconds >= 0 else { throw fault(.badValue, key, "\(seconds) is no duration: it is below 0") }
        return seconds
    }

    /// `groups`, or `group` as older documentation spells it.
    fileprivate func groups() throws(EventError) -> [String] {
        let key = (object["groups"] ?? .null) == .null ? "group" : "groups"
        switch object[key] {
        case nil, .null: return []
        case .string(let group): return [group]
        case .array(let values):
            var groups: [String] = []
            for (index, value) in values.enumerated() {
                guard case .string(let group) = value else {
                    throw fault(.wrongType, "\(key)[\(index)]", "must be a string, not \(value.kindName)")
                }
                groups.append(group)
            }
            return groups
        case .some(let value): throw fault(.wrongType, key, "must be an array of strings, not \(value.kindName)")
        }
    }
}
