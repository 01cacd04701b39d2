import Basics
import Transport

/// The headers that tell a service which attempt of which call a request is.
///
/// They are added after the signature and not signed, as botocore does it.
/// Source: "Retry behavior" in the AWS SDKs and Tools reference guide, and botocore's `add_retry_headers`.
struct RetryHeaders: Sendable {
    /// A UUID, the same for all attempts of a call.
    let invocationID: String
    let maximumAttempts: Int
    /// How long the client waits for an answer; nil when it has no limit.
    let timeout: Duration?
    /// By how much the service's clock was ahead of this machine's in its last answer.
    private var skew: Duration?

    init(invocationID: String, maximumAttempts: Int, timeout: Duration?) {
        self.invocationID = invocationID
        self.maximumAttempts = maximumAttempts
        self.timeout = timeout
    }

    /// Notes the `Date` of an answer.
    mutating func note(serverTime: Timestamp?, at now: Timestamp) {
        if let serverTime { skew = serverTime - now }
    }

    /// Adds the headers of one attempt; the time until which its answer is waited for, by the service's clock, is known
    /// only after a first answer.
    func add(to headers: inout HTTPHeaders, attempt: Int, at now: Timestamp) {
        var parts = ["attempt=\(attempt)", "max=\(maximumAttempts)"]
        if let skew, let timeout { parts.insert("ttl=\((now + skew + timeout).iso8601Basic)", at: 0) }
        headers.set("amz-sdk-invocation-id", invocationID)
        headers.set("amz-sdk-request", parts.joined(separator: "; "))
    }
}
