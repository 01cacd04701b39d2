import Experiments

/// Any operation of AWS as an action or a probe.
extension ChaosActivities {
    static var awsCalls: [NativeActivity] { [] }
}
