import Experiments

/// Load on a URL, and the probes of its latency.
extension ChaosActivities {
    static var load: [NativeActivity] { [] }
}
