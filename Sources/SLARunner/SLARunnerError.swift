/// Why the runner cannot start or go on.
public struct SLARunnerError: Error, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable {
        /// Variables are missing or wrong; the message is ready to print, one line for each.
        case invalidEnvironment
        /// An argument on the command line is unknown.
        case invalidArgument
        /// The command needs a shell and there is none.
        case noShell
        /// SNS says for certain that the topic is not there.
        case topicDoesNotExist
        /// An answer from AWS lacks what it must hold.
        case unexpectedAnswer
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed and what to do about it.
    public let message: String
    /// What lies beneath.
    public let underlying: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        (self.code, self.message, self.underlying) = (code, message, underlying)
    }

    /// The message, with what lies beneath.
    public var description: String { underlying.map { "\(message) [\($0)]" } ?? message }
}
