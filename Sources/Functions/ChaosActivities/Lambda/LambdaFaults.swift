import Experiments

/// Faults of Lambda functions by their configuration, and by the parameter of the failure-lambda library.
extension ChaosActivities {
    static var lambdaFaults: [NativeActivity] { [] }
}
