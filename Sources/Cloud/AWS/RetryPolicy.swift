import Basics
internal import JSON
internal import Transport

/// Decides, for one call, what follows each failed attempt: AWS's standard retry mode as a pure value.
///
/// Source: "Retry behavior" in the AWS SDKs and Tools reference guide; the codes and figures are botocore's.
struct RetryPolicy: Sendable {
    /// What to do next.
    enum Action: Sendable, Equatable {
        /// Try again after this time.
        case retry(after: Duration)
        /// Fetch other credentials and try again at once.
        case refreshCredentials
        /// Sign with the clock moved by this much, and try again at once.
        case correctClock(by: Duration)
        /// Give the error to the caller.
        case giveUp
    }

    static let maximumBackoff = Duration.seconds(20)
    /// A server that asks for a longer pause than this gets no retry.
    static let maximumRetryAfter = Duration.seconds(60)
    /// Clocks closer than this are right enough for a signature, which is good for five minutes and more.
    static let toleratedSkew = Duration.seconds(240)

    let maximumAttempts: Int
    /// No attempt starts after this moment.
    let deadline: Timestamp?
    /// The attempt under way, from 1.
    private(set) var attempt = 1
    /// What a success gives back to the quota.
    private(set) var refund = 1
    private var hasRefreshed = false
    private var hasCorrectedClock = false

    init(maximumAttempts: Int, deadline: Timestamp? = nil) {
        self.maximumAttempts = maximumAttempts
        self.deadline = deadline
    }

    /// - Parameters:
    ///   - now: this machine's time.
    ///   - skew: what the signature's clock was already moved by.
    ///   - random: 0..<1.
    mutating func action(
        after failure: AttemptFailure, now: Timestamp, skew: Duration, random: Double, quota: inout RetryQuota
    ) -> Action {
        // These two repairs happen once each and do not count as attempts.
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

/// A bucket of tokens that ends retrying when most calls fail, so that a service in trouble is not flooded.
struct RetryQuota: Sendable {
    static let capacity = 500
    private(set) var available = capacity

    /// Takes so many tokens if they are there.
    mutating func take(_ cost: Int) -> Bool {
        guard cost <= available else { return false }
        available -= cost
        return true
    }

    /// Puts tokens back after a success.
    mutating func giveBack(_ amount: Int) { available = min(Self.capacity, available + amount) }
}

/// A failed attempt as far as the retry decision is concerned.
struct AttemptFailure: Sendable {
    /// The service's error code; empty when there was no response.
    var code = ""
    /// The HTTP status, when there was a response.
    var status: Int?
    /// The network's failure, when there was no response.
    var transportCode: TransportError.Code?
    /// The server's clock.
    var serverTime: Timestamp?
    /// How long the server wants to be left alone.
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

    /// A HEAD response has no body and so no code, only its status.
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

    /// A refusal, with what the response's headers say about when to come back.
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
