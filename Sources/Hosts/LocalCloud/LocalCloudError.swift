/// Why a part of the local cloud could not do its work.
public struct LocalCloudError: Error, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// Its name.
        public let description: String

        /// A file that is needed does not exist or cannot be run.
        public static let missingFile = Code(description: "missingFile")
        /// A process that was started ended on its own.
        public static let processEnded = Code(description: "processEnded")
        /// A server did not answer, or not within its time.
        public static let notReady = Code(description: "notReady")
        /// The local AWS answered with an error, or with something that is no answer.
        public static let badAnswer = Code(description: "badAnswer")
        /// The function is being stopped and takes no more events.
        public static let stopped = Code(description: "stopped")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed, where, and what to do about it.
    public let message: String
    /// The error below this one, if there is one.
    public let underlying: (any Error)?

    /// An error of this kind.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// The message, and the error below this one.
    public var description: String { underlying.map { "\(message) (\($0))" } ?? message }
}
