import Experiments

/// The actions and probes of `chaosaws.route53`.
extension ChaosActivities {
    static var route53: [NativeActivity] { [] }
}
