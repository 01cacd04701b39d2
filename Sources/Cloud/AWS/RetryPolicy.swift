import Basics
import JSON
import Transport

/// Decides what follows each failed attempt of one call: AWS's standard retry mode as a pure value.
///
/// Source: "Retry behavior" in the AWS SDKs and Tools reference guide. The codes and figures are botocore's.
struct RetryPolicy: Sendable {
    /// What to do next.
    enum Action: Sendable, Equatable {
        /// Try again after this time.
        case retry(after: Duration)
        /// Fetch other credentials and try again at once.
        case refreshCredentials
        /// Sign with the clock changed by this much, and try again at once.
        case correctClock(by: Duration)
        /// Give the error to the caller.
        case giveUp
    }

    private static let maximumBackoff = Duration.seconds(20)
    /// When a server asks for a longer pause than this there is no retry.
    private static let maximumRetryAfter = Duration.seconds(60)
    /// A smaller difference of the clocks does not matter: a signature is valid for at least five minutes.
    private static let toleratedSkew = Duration.seconds(240)

    let maximumAttempts: Int
    /// No attempt starts after it.
    private let deadline: Timestamp?
    /// The number of the current attempt, from 1.
    private(set) var attempt = 1
    /// How many tokens a success puts back into the quota.
    private(set) var refund = 1
    private var hasRefreshed = false
    private var hasCorrectedClock = false

    init(maximumAttempts: Int, deadline: Timestamp? = nil) {
        self.maximumAttempts = maximumAttempts
        self.deadline = deadline
    }

    /// What to do after a failed attempt.
    ///
    /// Counts the next attempt when there is one.
    /// - Parameters:
    ///   - now: this machine's time.
    ///   - skew: by how much the clock of signatures is already changed.
    ///   - random: 0..<1.
    mutating func action(
        after failure: AttemptFailure, now: Timestamp, skew: Duration, random: Double, quota: inout RetryQuota
    ) -> Action {
        // These two corrections happen at most once each and do not count as attempts.
        if failure.isExpiredCredentials, !hasRefreshed {
            hasRefreshed = true
            return .refreshCredentials
        }
        if failure.mayBeClockSkew, !hasCorrectedClock, let serverTime = failure.serverTime {
            let measured = serverTime - now
            if abs(measured - skew) > Self.toleratedSkew {
                hasCorrectedClock = true
                return .correctClock(by: measured)
            }
        }
        guard failure.isRetryable, attempt < maximumAttempts else { return .giveUp }
        let backoff = min(Self.maximumBackoff, .seconds(1 << min(attempt - 1, 10))) * random
        let pause = max(backoff, failure.retryAfter ?? .zero)
        guard pause <= Self.maximumRetryAfter, deadline.map({ now + pause < $0 }) ?? true else { return .giveUp }
        let cost = failure.isTimeout ? 10 : 5
        guard quota.take(cost) else { return .giveUp }
        refund = cost
        attempt += 1
        return .retry(after: pause)
    }
}

private func abs(_ duration: Duration) -> Duration { duration < .zero ? .zero - duration : duration }

/// A bucket of tokens.
///
/// It is empty when most calls fail, and then there are no retries that would flood the service.
struct RetryQuota: Sendable {
    private static let capacity = 500
    private(set) var available = capacity

    /// Takes tokens; false, without taking any, when there are too few.
    mutating func take(_ cost: Int) -> Bool {
        guard cost <= available else { return false }
        available -= cost
        return true
    }

    /// Puts tokens back after a success.
    mutating func giveBack(_ amount: Int) { available = min(Self.capacity, available + amount) }
}

/// The facts about a failed attempt on which the retry decision depends.
struct AttemptFailure: Sendable {
    /// The service's error code; empty when there was no response.
    var code = ""
    /// The HTTP status, when there was a response.
    var status: Int?
    /// The kind of network failure, when there was no response.
    var transportCode: TransportError.Code?
    /// The response's `Date`.
    var serverTime: Timestamp?
    /// How long the server asks to wait.
    var retryAfter: Duration?
}

extension AttemptFailure {
    private static let throttlingCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException", "KMSThrottlingException",
    ]
    private static let transientCodes: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete", "IDPCommunicationError",
    ]
    private static let expiredCodes: Set<String> = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]
    private static let skewCodes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure",
    ]

    var isThrottling: Bool { Self.throttlingCodes.contains(code) || status == 429 }
    var isExpiredCredentials: Bool { Self.expiredCodes.contains(code) }
    var isTimeout: Bool { transportCode == .timedOut }

    /// The response to a HEAD request has no body and so no code: the status stands for it.
    var mayBeClockSkew: Bool { Self.skewCodes.contains(code) || code == "403" }

    var isRetryable: Bool {
        if let transportCode {
            return switch transportCode {
            case .nameNotResolved, .connectFailed, .timedOut, .tlsFailed, .connectionClosed, .malformedResponse,
                .proxyFailed:
                true
            default: false
            }
        }
        return isThrottling || Self.transientCodes.contains(code) || [500, 502, 503, 504].contains(status)
    }

    /// A failure without a response.
    init(_ error: TransportError) { transportCode = error.code }

    /// An error that the service answered, with what the headers say about the time of the next attempt.
    init(code: String, status: Int, headers: HTTPHeaders, now: Timestamp) {
        self.code = code
        self.status = status
        serverTime = headers["Date"].flatMap { Timestamp(httpDate: $0) }
        if let milliseconds = headers["x-amz-retry-after"].flatMap({ Int64($0) }), milliseconds >= 0 {
            retryAfter = .milliseconds(milliseconds)
        } else if let value = headers["Retry-After"] {
            let date = Timestamp(httpDate: value).map { $0 - (serverTime ?? now) }
            retryAfter = Int64(value).map { .seconds($0) } ?? date
            if let pause = retryAfter, pause < .zero { retryAfter = nil }
        }
    }
}
