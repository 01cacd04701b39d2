import Experiments

/// The actions and probes of Deployments, StatefulSets, DaemonSets and ReplicaSets, and the older ones of
/// `chaosk8s.actions` and `chaosk8s.probes`.
extension ChaosActivities {
    static var kubernetesWorkloads: [NativeActivity] { [] }
}
