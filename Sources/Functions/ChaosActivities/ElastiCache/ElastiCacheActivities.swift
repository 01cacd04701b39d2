import Experiments

/// The actions and probes of `chaosaws.elasticache`.
extension ChaosActivities {
    static var elastiCache: [NativeActivity] { [] }
}
