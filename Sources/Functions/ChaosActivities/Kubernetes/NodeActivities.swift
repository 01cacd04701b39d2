import Experiments

/// The actions and probes of `chaosk8s.node`.
extension ChaosActivities {
    static var kubernetesNodes: [NativeActivity] { [] }
}
