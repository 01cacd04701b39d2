import Experiments

/// The actions and probes of `chaosk8s.chaosmesh`.
extension ChaosActivities {
    static var chaosMesh: [NativeActivity] { [] }
}
