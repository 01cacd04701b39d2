public import Basics

/// Why a service could not be described or adjusted.
///
/// Nothing was changed, unless the code says otherwise.
public typealias AdjusterError = CodedError<AdjusterErrorCode>

/// The kinds of ``AdjusterError``.
public enum AdjusterErrorCode: String, ErrorCode {
    /// `config.yaml` or a variable is wrong; the text has every fault.
    case invalidConfiguration
    /// The wanted settings are not possible: out of range, pinned, no pair of Fargate's, or not in JSON.
    case invalidInput
    /// The service cannot be adjusted, or not now: its controller, a deployment in flight, another adjuster.
    case refused
    /// AWS or the state store gave no answer, or denied one.
    case unavailable
    /// The adjustment was begun and did not succeed; the outcome tells what the service is on.
    case failed
}

/// Beneath an ``AdjusterError`` `refused`: the same request may succeed later.
struct ServiceBusy: Error {}

extension AdjusterError {
    /// Whether only another adjustment or deployment is in the way.
    var isBusy: Bool { underlying is ServiceBusy || (underlying as? AdjusterError)?.isBusy == true }
}
