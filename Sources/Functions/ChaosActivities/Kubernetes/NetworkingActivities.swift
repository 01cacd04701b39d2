import Experiments

/// The actions and probes of `chaosk8s.networking`.
extension ChaosActivities {
    static var kubernetesNetworking: [NativeActivity] { [] }
}
