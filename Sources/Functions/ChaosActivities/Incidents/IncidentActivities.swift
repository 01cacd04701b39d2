import Experiments

/// The probes of `chaosaws.incidents`.
extension ChaosActivities {
    static var incidents: [NativeActivity] { [] }
}
