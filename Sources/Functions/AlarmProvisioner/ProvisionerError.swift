public import Basics

/// Why alarms could not be planned or made.
public typealias ProvisionerError = CodedError<ProvisionerErrorCode>

/// The kinds of ``ProvisionerError``.
public enum ProvisionerErrorCode: String, ErrorCode {
    /// A variable, a rules file or an event is wrong; the text has every fault.
    case invalid
    /// The rules, or the alarms that exist, cannot be read: nothing was changed.
    case unavailable
    /// A safety limit: the plan would delete too much.
    case refused
}
