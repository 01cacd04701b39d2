public import JSON

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
    /// strings, `group` may stand for `groups` and one string for a list of one, and the durations may be null or
    /// absent.
    ///
    /// Of what says nothing about the run (`tagID`, `slaTarget`, `interval`) the unusable is passed over.
    /// - Throws: `EventError` with a path within the message.
    public init(_ value: JSONValue) throws(EventError) {
        let fields = try Fields(value, at: "")
        guard let timestamp = try fields.number("timestamp") else {
            throw fields.fault(.missingField, "timestamp", "is missing")
        }
        // The years 0001 to 9999; what CloudWatch takes is the metric writer's business.
        guard (-62_135_596_800.0...253_402_300_799).contains(timestamp) else {
            throw fields.fault(.badValue, "timestamp", "\(timestamp) is no time in seconds since 1970")
        }
        let outcome = try fields.value("succeeded")
        guard case .bool(let succeeded) = outcome else {
            throw fields.fault(.wrongType, "succeeded", "must be true or false, not \(outcome.kindName)")
        }
        self.init(
            timestamp: Timestamp(secondsSinceEpoch: timestamp), succeeded: succeeded,
            service: try fields.string("service"), executionSecs: try fields.number("testExecutionSecs"),
            executionSeconds: try fields.number("testExecutionSeconds"), groups: try fields.groups(),
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
