public import FunctionRuntime

/// Why the uptime checker could not start, or an invocation failed.
public struct UptimeCheckerError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable {
        /// The configuration has faults; the message names every one with its line.
        case wrongConfiguration
        /// The configuration could not be read from its source.
        case unreadableConfiguration
        /// The event is none that is understood.
        case wrongEvent
        /// The event, or the caller, names an endpoint that is not in the configuration.
        case unknownEndpoint
        /// The checks were made, and metrics, changes or state could not be written.
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

extension UptimeCheckerError: ReportableError {
    /// The code, for the platform's error report.
    public var errorType: String { code.rawValue }
}
