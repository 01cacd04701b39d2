internal import JSON

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
