import Experiments

/// The activities of `resiliencyvr.ec2` that call AWS itself.
extension ChaosActivities {
    static var resiliencyInstances: [NativeActivity] { [] }
}
