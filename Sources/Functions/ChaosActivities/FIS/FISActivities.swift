import Experiments

/// The actions and probes of `chaosaws.fis`, and experiments of AWS FIS from a template or an inline definition.
extension ChaosActivities {
    static var fis: [NativeActivity] { [] }
}
