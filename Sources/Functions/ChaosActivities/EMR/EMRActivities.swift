import Experiments

/// The actions and probes of `chaosaws.emr`.
extension ChaosActivities {
    static var emr: [NativeActivity] { [] }
}
