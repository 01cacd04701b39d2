internal import Basics
internal import JSON

/// Operations and updates in the form of Lambda's API.
extension DurableOperation {
    /// Reads an operation of an event, whose times are milliseconds, or of an answer, whose times are text.
    /// - Returns: nil for one without an id or of an unknown type or status.
    init?(lambda json: JSONValue) {
        guard let id = json["Id"]?.stringValue,
            let kind = json["Type"]?.stringValue.flatMap(Kind.init),
            let status = json["Status"]?.stringValue.flatMap(Status.init)
        else { return nil }
        let subtype = json["SubType"]?.text.flatMap { $0 == kind.lambdaSubtype ? nil : $0 }
        let identity = Identity(
            id: id, parent: json["ParentId"]?.text, kind: kind, subtype: subtype, name: json["Name"]?.stringValue ?? "")
        self.init(identity, status)
        let details = json.operationDetails
        // What others send to a callback need not be JSON.
        result = json.operationPayload.map { text in (try? JSONValue(parsing: text)) ?? .string(text) }
        failure = details?["Error"]?.objectValue.map { error in
            DurableFailure(
                type: error["ErrorType"]?.stringValue ?? "", message: error["ErrorMessage"]?.stringValue ?? "")
        }
        attempts = details?["Attempt"]?.intValue.map { Int($0) } ?? 0
        due = (details?["NextAttemptTimestamp"] ?? details?["ScheduledEndTimestamp"])?.lambdaTime
        callbackID = details?["CallbackId"]?.stringValue
        replaysChildren = details?["ReplayChildren"]?.boolValue ?? false
        if identity.kind == .execution, status == .started { due = json["StartTimestamp"]?.lambdaTime }
    }
}

extension JSONValue {
    /// The member of an operation that is named by its type.
    fileprivate var operationDetails: JSONValue? {
        switch self["Type"]?.stringValue {
        case "STEP": self["StepDetails"]
        case "WAIT": self["WaitDetails"]
        case "CALLBACK": self["CallbackDetails"]
        case "CONTEXT": self["ContextDetails"]
        case "CHAINED_INVOKE": self["ChainedInvokeDetails"]
        default: self["ExecutionDetails"]
        }
    }

    /// The text of an operation's result, or of the execution's input.
    var operationPayload: String? {
        (operationDetails?["Result"] ?? operationDetails?["InputPayload"])?.stringValue
    }

    /// Text that is not empty.
    fileprivate var text: String? { stringValue.flatMap { $0.isEmpty ? nil : $0 } }

    fileprivate var lambdaTime: Timestamp? {
        intValue.map { Timestamp(millisecondsSinceEpoch: $0) } ?? stringValue.flatMap { Timestamp(iso8601: $0) }
    }
}

extension DurableOperation.Kind {
    /// What AWS's own libraries call an operation that has no name of its own for its kind; the console shows it.
    fileprivate var lambdaSubtype: String? {
        switch self {
        case .step: "Step"
        case .wait: "Wait"
        case .callback: "Callback"
        case .context: "RunInChildContext"
        case .execution, .chainedInvoke: nil
        }
    }
}

extension DurableUpdate {
    /// A child's larger result is not recorded but made again from its operations.
    static let maximumChildResultBytes = 256 << 10

    /// The update as `CheckpointDurableExecution` takes it, and about how many bytes it has in a request.
    /// - Throws: `DurableError.limit` for what Lambda would refuse.
    func lambda() throws(DurableError) -> (json: JSONValue, bytes: Int) {
        var json: JSONObject = ["Id": .string(identity.id)]
        json["ParentId"] = identity.parent.map { .string($0) }
        // An empty one is refused.
        if !identity.name.isEmpty { json["Name"] = .string(identity.name) }
        json["Type"] = .string(identity.kind.rawValue)
        json["SubType"] = (identity.subtype ?? identity.kind.lambdaSubtype).map { .string($0) }
        json["Action"] = .string(action.rawValue)
        json["Error"] = failure?.lambda
        switch (identity.kind, action) {
        case (.wait, .start): json["WaitOptions"] = ["WaitSeconds": .integer(try seconds(delay, 1...31_622_400))]
        case (.step, .retry):
            json["StepOptions"] = ["NextAttemptDelaySeconds": .integer(try seconds(delay, 1...31_622_400))]
        case (.callback, .start):
            var options: JSONObject = [:]
            if let delay { options["TimeoutSeconds"] = .integer(try seconds(delay, 1...99_999_999)) }
            if let heartbeat { options["HeartbeatTimeoutSeconds"] = .integer(try seconds(heartbeat, 1...99_999_999)) }
            json["CallbackOptions"] = .object(options)
        default: break
        }
        // Names and keys have 600 bytes at most.
        let head = 600 + (failure.map { 2 * $0.message.utf8.count } ?? 0)
        guard let result else { return (.object(json), head) }
        let payload = result.description
        let size = payload.utf8.count
        if identity.kind == .context, size > Self.maximumChildResultBytes {
            json["ContextOptions"] = ["ReplayChildren": true]
            return (.object(json), head)
        }
        guard identity.kind == .execution || size <= DurableLimits.lambda.resultBytes else {
            throw DurableError(
                .limit,
                "the result of \(identity.quoted) has \(size) bytes, and Lambda takes \(DurableLimits.lambda.resultBytes): store "
                    + "it elsewhere, in S3 for instance, and give its key as the result")
        }
        json["Payload"] = .string(payload)
        return (.object(json), head + size)
    }

    /// Whole seconds, rounded up, so that nothing ends too early.
    private func seconds(_ duration: Duration?, _ range: ClosedRange<Int64>) throws(DurableError) -> Int64 {
        let (whole, attoseconds) = (duration ?? .zero).components
        let seconds = max(whole + (attoseconds > 0 ? 1 : 0), range.lowerBound)
        guard seconds <= range.upperBound else {
            throw DurableError(
                .limit, "\(identity.quoted) asks for \(seconds) s, and Lambda takes \(range.upperBound) s at most")
        }
        return seconds
    }
}

extension DurableFailure {
    /// `{"ErrorType":…,"ErrorMessage":…}`.
    var lambda: JSONValue { ["ErrorType": .string(type), "ErrorMessage": .string(message)] }
}
