public import FunctionRuntime

/// Why the notifier could not start, or an invocation failed.
public struct NotifierError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable {
        /// The rules or the variables have faults; the message names every one, in a file with its line.
        case wrongConfiguration
        /// The rules could not be read from where they are.
        case unreadableConfiguration
        /// A secret could not be fetched or decrypted.
        case noSecret
        /// Notifications could not be sent; those that were are not sent again when the event comes again.
        case notSent
    }

    /// The kind of failure.
    public let code: Code
    /// What failed and what to do; never a secret.
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

extension NotifierError: ReportableError {
    /// The code, for the platform's error report.
    public var errorType: String { code.rawValue }
}
