import Experiments

/// The actions and probes of `chaosk8s.crd`, `namespace`, `secret`, `service` and `event`.
extension ChaosActivities {
    static var kubernetesObjects: [NativeActivity] { [] }
}
