/// Why metrics could not be written, where it is not AWS that says so.
public struct MetricsError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable {
        /// The output takes no metrics now.
        case notWritten
    }

    /// The kind of failure.
    public let code: Code
    /// What failed.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
