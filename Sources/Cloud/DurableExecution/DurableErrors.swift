public import Basics
internal import FunctionRuntime

/// Why a durable run cannot go on.
public typealias DurableError = CodedError<DurableErrorCode>

/// The kinds of failure of a durable run.
public enum DurableErrorCode: String, ErrorCode {
    /// A process ended inside a step that may run at most once.
    case interrupted
    /// The code asks for another operation than the recorded one, or for one inside of another one.
    case mismatch
    /// The record is not to be read or written now; the same run may go on later.
    case unavailable
    /// The service refuses for good: denied, invalid, gone.
    case refused
    /// More operations or data than the backend takes.
    case limit
    /// Another process has the run.
    case inUse
    /// A callback was not completed in time.
    case timedOut
}

/// The error of a step or callback that was remembered: its type and message.
public struct DurableFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The code of a `CodedError`, or the name of the Swift type; what the sender says for a callback.
    public let type: String
    /// What the error said, at most 16 KB.
    public let message: String

    /// The most bytes of a message: Lambda takes 32 KB for the whole error, as JSON.
    static let maximumMessageBytes = 16_384

    /// A failure of this type.
    public init(type: String, message: String) {
        self.type = ErrorReport.prefix(of: type, bytes: 256)
        self.message = ErrorReport.prefix(of: message, bytes: Self.maximumMessageBytes)
    }

    /// What is remembered of an error.
    public init(_ error: any Error) {
        if let failure = error as? DurableFailure {
            self = failure
            return
        }
        let type = (error as? any ReportableError)?.errorType ?? String(describing: Swift.type(of: error))
        self.init(type: type, message: String(describing: error))
    }

    /// Such as `unavailable: the bucket does not exist`.
    public var description: String { message.isEmpty ? type : "\(type): \(message)" }
}

/// The run goes on later, in another process; all operations throw it from now on.
///
/// Not a failure: code must let it through, and must not change anything outside on its way.
public struct DurableSuspension: Error, Sendable, Hashable, CustomStringConvertible {
    /// When there is something to do again; nil when only a callback can bring the run on.
    public let until: Timestamp?

    /// For people.
    public var description: String {
        "the run is suspended" + (until.map { " until \($0)" } ?? " until a callback is completed")
    }
}
