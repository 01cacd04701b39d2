import Basics

/// How failed attempts are repeated: the value of `AWS_RETRY_MODE`, or of `retry_mode` in the profile.
///
/// Figures and codes are those of botocore 1.44. Its standard mode changed in 2026: shorter pauses after failures that
/// are not throttling, which cost more of the retry quota.
public enum RetryMode: String, Sendable, CaseIterable {
    /// botocore's oldest rules: 5 attempts (DynamoDB 10), pauses that double from up to a second, no retry quota.
    ///
    /// Unlike botocore's, its pauses end at 20 s, and a damaged answer of DynamoDB is an error in every mode.
    case legacy
    /// 3 attempts (DynamoDB 4), pauses that double from up to 50 ms, or from up to a second when throttled.
    ///
    /// All calls of a client share a retry quota: when most calls fail, there are no retries.
    case standard
    /// As ``standard``; and after the first throttling each request waits until the client's measured rate allows it.
    case adaptive

    /// The number of attempts when neither `AWS_MAX_ATTEMPTS` nor the profile's `max_attempts` is set.
    func defaultAttempts(_ serviceID: String) -> Int {
        let isDynamoDB = serviceID == "DynamoDB"
        return self == .legacy ? (isDynamoDB ? 10 : 5) : (isDynamoDB ? 4 : 3)
    }
}
