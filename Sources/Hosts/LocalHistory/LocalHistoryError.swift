public import Basics

/// What kind of failure the local history had.
public enum LocalHistoryErrorCode: String, ErrorCode {
    /// The file was written by a newer version of Tocsin.
    case newerVersion
    /// The file is no database, or its content is damaged.
    case damaged
    /// Another process holds the file.
    case locked
    /// The file or its folder cannot be written.
    case readOnly
    /// There is no room on the disk.
    case full
    /// The file was removed or replaced while it was open.
    case moved
    /// The file cannot be opened, or a statement failed for another reason.
    case failed
}

/// Why the local history could not be read or written.
public typealias LocalHistoryError = CodedError<LocalHistoryErrorCode>
