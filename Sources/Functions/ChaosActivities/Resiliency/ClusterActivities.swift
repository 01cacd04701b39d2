import Experiments

/// The activities of `resiliencyvr.k8s` that ask the API server.
extension ChaosActivities {
    static var resiliencyCluster: [NativeActivity] { [] }
}
