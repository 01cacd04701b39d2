import Experiments

/// The actions and probes of `chaosaws.rds`.
extension ChaosActivities {
    static var rds: [NativeActivity] { [] }
}
