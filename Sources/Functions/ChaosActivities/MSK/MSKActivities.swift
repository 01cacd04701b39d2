import Experiments

/// The actions and probes of `chaosaws.msk`.
extension ChaosActivities {
    static var msk: [NativeActivity] { [] }
}
