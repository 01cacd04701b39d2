/// Why a regular expression cannot be used.
public struct RegularExpressionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable, Hashable {
        /// The pattern is not a regular expression, or too large a one.
        case invalidPattern
        /// The search was given up: the text takes too much work or memory with this pattern.
        case limitReached
        /// The library failed otherwise: out of memory.
        case system
    }

    /// What kind of failure it is.
    public let code: Code
    /// What is wrong, for a person.
    public let message: String
    /// Where in the pattern, in characters from 0; 0 for the other kinds.
    public let offset: Int

    /// The message, and for a pattern the place, counted from 1.
    public var description: String {
        code == .invalidPattern ? "\(message) (at character \(offset + 1) of the pattern)" : message
    }
}
