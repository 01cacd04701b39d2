import Experiments

/// The faults of `resiliencyvr` that run a document of Systems Manager on hosts.
extension ChaosActivities {
    static var resiliencyHosts: [NativeActivity] { [] }
}
