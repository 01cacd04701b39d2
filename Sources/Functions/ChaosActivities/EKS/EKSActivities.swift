import Experiments

/// The actions and probes of `chaosaws.eks`.
extension ChaosActivities {
    static var eks: [NativeActivity] { [] }
}
