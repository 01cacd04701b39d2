import Experiments

/// The failure of an Availability Zone.
extension ChaosActivities {
    static var availabilityZones: [NativeActivity] { [] }
}
