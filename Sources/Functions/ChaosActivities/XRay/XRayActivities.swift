import Experiments

/// The probes of `chaosaws.xray`.
extension ChaosActivities {
    static var xray: [NativeActivity] { [] }
}
