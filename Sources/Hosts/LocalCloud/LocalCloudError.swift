public import Basics

/// What kind of failure a part of the local cloud had.
public enum LocalCloudErrorCode: String, ErrorCode {
    /// A file that is needed does not exist or cannot be run.
    case missingFile
    /// A process that was meant to go on ended by itself.
    case processEnded
    /// A server did not answer within its time.
    case notReady
    /// The local AWS answered with something that it should not have.
    case badAnswer
    /// The function is being stopped and takes no more events.
    case stopped
}

/// Why a part of the local cloud could not do its work.
public typealias LocalCloudError = CodedError<LocalCloudErrorCode>
