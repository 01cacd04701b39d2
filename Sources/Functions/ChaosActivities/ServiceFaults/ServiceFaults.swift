import Experiments

/// Reversible faults of managed services that need no agent.
extension ChaosActivities {
    static var serviceFaults: [NativeActivity] { [] }
}
