import Experiments

/// The faults of `resiliencyvr` that cut hosts off from services: by URL, S3, DynamoDB, Kafka, Secrets Manager.
extension ChaosActivities {
    static var resiliencyNetworks: [NativeActivity] { [] }
}
