import Experiments

/// The actions and probes of `chaosaws.iam`.
extension ChaosActivities {
    static var iam: [NativeActivity] { [] }
}
