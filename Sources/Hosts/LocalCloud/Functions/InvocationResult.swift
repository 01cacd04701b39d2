import JSON

/// What came of one invocation.
public struct InvocationResult: Sendable {
    /// The id the function saw.
    public let requestID: String
    /// The function's answer; for an error, the error as JSON, as a caller of Lambda gets it.
    public let payload: [UInt8]
    /// The answer's content type, when the function named one.
    public let contentType: String?
    /// Why the invocation failed; nil when it did not.
    public let error: FunctionError?
    /// The lines that the process wrote from the start of the invocation (of the process, for its first) to its end.
    public let log: [String]
    /// From handing over the event until the function asked for the next one.
    public let duration: Duration
    /// From the start of the process until it asked for its first event; only in the result of that first one.
    public let initDuration: Duration?
    /// The most memory the process has used so far, in bytes; 0 when it has ended.
    public let maxMemory: Int
}

/// Why an invocation failed, as the function or the platform says.
public struct FunctionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error, such as `EventError`, or the platform's `Sandbox.Timedout` and `Runtime.ExitError`.
    public let type: String
    /// What happened.
    public let message: String

    /// Both.
    public var description: String { "\(type): \(message)" }

    /// An error of the platform.
    init(_ type: String, _ message: String) {
        self.type = type
        self.message = message
    }

    /// The error in a report of the runtime, `{"errorMessage":…,"errorType":…}`.
    /// - Parameter header: the error type that the platform keeps, for a report that names none.
    init(report: [UInt8], header: String) {
        let report = try? JSONValue(parsing: report)
        type = report?["errorType"]?.stringValue ?? header
        message = report?["errorMessage"]?.stringValue ?? "the function reported an error without a message"
    }

    /// The payload that a caller gets for this error.
    var payload: [UInt8] {
        let json: JSONValue = ["errorMessage": .string(message), "errorType": .string(type)]
        return json.serialized()
    }
}
