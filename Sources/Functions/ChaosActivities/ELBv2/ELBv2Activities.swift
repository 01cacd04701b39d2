import Experiments

/// The actions and probes of `chaosaws.elbv2`.
extension ChaosActivities {
    static var elbv2: [NativeActivity] { [] }
}
