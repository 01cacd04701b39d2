import Experiments

/// The actions of `chaosaws.cloudwatch`: rules of EventBridge, and metric values.
extension ChaosActivities {
    static var eventRules: [NativeActivity] { [] }
}
