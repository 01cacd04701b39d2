public import Basics

/// The kinds of failure of a report.
public enum ReportErrorCode: String, ErrorCode {
    /// A variable, the configuration file or the event is wrong.
    case invalid
    /// The results could not be read; nothing was written, so that the last report stays.
    case unreadable
    /// Files could not be written; the others were.
    case unwritten
}

/// Why a report was not made, or not written whole.
public typealias ReportError = CodedError<ReportErrorCode>
