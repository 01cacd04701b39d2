import Experiments

/// The actions, probes and the control of `chaosaws.s3`.
extension ChaosActivities {
    static var s3: [NativeActivity] { [] }
}
