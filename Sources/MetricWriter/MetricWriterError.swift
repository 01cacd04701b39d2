public import FunctionRuntime

/// Why an invocation of the metric writer failed.
public struct MetricWriterError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable {
        /// The event holds nothing that could be a result.
        case unknownEvent
        /// No result of the event is usable.
        case noUsableResult
        /// Results could not be written now; the same event may succeed later.
        case notWritten
    }

    /// The kind of failure.
    public let code: Code
    /// What failed and what to do.
    public let message: String
    /// The error beneath, if any.
    public let underlying: (any Error)?

    init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// The message.
    public var description: String { message }
}

extension MetricWriterError: ReportableError {
    /// The code, for the platform's error report.
    public var errorType: String { code.rawValue }
}
