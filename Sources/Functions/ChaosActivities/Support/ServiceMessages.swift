import AWS
import Basics
import Experiments

/// Tells a service's refusal by its message alone, as much of chaosaws does: `FailedActivity(e.response["Error"]
/// ["Message"])`.
///
/// Other failures, such as an invalid argument or no connection, stay what they are.
/// - Parameter prefix: what chaosaws writes before the message.
func tellingMessage<R>(_ prefix: String = "", _ body: () async throws -> R) async throws -> R {
    do { return try await body() } catch let error as AWSFailure where error.error.localCode == nil {
        throw ExperimentError(
            .activityFailed, "chaoslib.exceptions.ActivityFailed: \(prefix)\(error.message)", underlying: error.error)
    }
}

/// What a call finds; nil when the service answers with one of these errors, since what it is asked for does not exist.
func found<R>(unless codes: String..., body: () async throws -> R?) async throws -> R? {
    do { return try await body() } catch let error as AWSFailure where codes.contains(error.code) { return nil }
}
