import Experiments

/// The actions and probes of `chaosk8s.pod`.
extension ChaosActivities {
    static var kubernetesPods: [NativeActivity] { [] }
}
