import Experiments

/// The faults of `resiliencyvr.k8s` that run a document of Systems Manager on the hosts of pods.
extension ChaosActivities {
    static var resiliencyPods: [NativeActivity] { [] }
}
