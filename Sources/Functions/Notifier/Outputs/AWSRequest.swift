import AWS
import AWSResources
import Basics
import JSON

/// A call of an AWS service that delivers a message.
struct AWSRequest: Sendable {
    let service: AWSService
    /// Such as `SendEmail`.
    let operation: String
    let input: JSONValue
    /// `nil` for the region of the function.
    var region: String?
    /// Where it goes, for people: a topic's or bus's ARN, the recipients of an e-mail.
    let destination: String
    /// What the output means, and the region that answered.
    var outcome: @Sendable (JSONValue, _ region: String) -> SendOutcome = { _, _ in .delivered(nil) }

    /// SNS's `Publish`, in the topic's own region.
    /// - Parameter more: other members of the input.
    static func publish(_ message: String, to topicARN: String, _ more: JSONObject = [:]) -> AWSRequest {
        let input: JSONObject = ["TopicArn": .string(topicARN), "Message": .string(message)]
        return AWSRequest(
            service: .sns, operation: "Publish", input: .object(input.merging(more)), region: ARN(topicARN)?.region,
            destination: topicARN)
    }
}

extension SendOutcome {
    /// What it means that a call of AWS failed, after the client's own attempts.
    ///
    /// Only an error about the message itself counts as a refusal: a digest is not halved because AWS is down or a
    /// permission is missing.
    init(ofAWS error: any Error) {
        let reason = "\(error)"
        guard let error = error as? AWSError else {
            self = .refused(reason: error is CancellationError ? "the invocation was cancelled" : reason)
            return
        }
        switch error.localCode {
        case .transport, .invalidResponse: self = .retry(after: nil, reason: reason)
        case .noCredentials, .credentialsFailed, .invalidConfiguration: self = .unauthorized(reason: reason)
        case .invalidParameter: self = .refused(reason: reason)
        case nil:
            if error.isThrottling || error.isRetryable || error.status ?? 0 >= 500 {
                self = .retry(after: nil, reason: reason)
            } else {
                self =
                    error.status == 403 || error.status == 404
                    ? .unauthorized(reason: reason) : .refused(reason: reason)
            }
        }
    }
}
