public import FunctionRuntime

/// Why the runtime cannot go on, or could not deliver one answer.
public struct LambdaRuntimeError: ReportableError, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: Sendable, Hashable {
        /// The environment names no usable Runtime API: the program was not started by Lambda.
        case environment
        /// The Runtime API cannot be reached, or broke the connection.
        case connectionLost
        /// The Runtime API sent something that is not HTTP/1.1, or not an invocation.
        case invalidMessage
        /// The Runtime API answered with another status than success.
        case refused(status: Int)
    }

    /// What kind of failure it is.
    public let code: Code

    /// What failed, and what to do where something can be done.
    public let message: String

    /// The error below this one, if any.
    public let underlying: (any Error)?

    init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// `Runtime.APIError`.
    public var errorType: String { "Runtime.APIError" }

    /// The message.
    public var description: String { message }
}
