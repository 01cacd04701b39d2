/// What kinds of failure a target has; programs decide by it, so a case keeps its meaning once it is released.
public protocol ErrorCode: Sendable, Hashable {
    /// The name that a report shows, such as `notWritten`.
    var name: String { get }
}

extension ErrorCode where Self: RawRepresentable, RawValue == String {
    /// The case's own name.
    public var name: String { rawValue }
}

/// The one shape of errors in Tocsin: a code for programs, a message for people, and the error below.
///
/// Each target names its own with a type alias: `public typealias NotifierError = CodedError<NotifierErrorCode>`.
public struct CodedError<Code: ErrorCode>: Error, CustomStringConvertible {
    /// What kind of failure it is.
    public let code: Code
    /// What failed, where, and what to do about it; never a secret.
    public let message: String
    /// The error that caused this one.
    public let underlying: (any Error)?

    /// An error of this kind.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// The message alone: it tells of the underlying error where that helps.
    public var description: String { message }
}
