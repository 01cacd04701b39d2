import Basics

/// Decides what follows each failed attempt of one call, as a pure value.
///
/// Sources: "Retry behavior" in the AWS SDKs and Tools reference guide; figures and order of botocore 1.44.
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
        /// Wait this long before the error is given to the caller, who would poll again at once.
        case giveUpAfterPause(Duration)
    }

    private static let maximumBackoff = Duration.seconds(20)
    /// When a server's `Retry-After` is longer than this there is no retry.
    private static let maximumRetryAfter = Duration.seconds(60)
    /// By how much `x-amz-retry-after` can make a pause longer.
    private static let maximumAddition = Duration.seconds(5)
    /// A smaller difference of the clocks does not matter: a signature is valid for at least five minutes.
    private static let toleratedSkew = Duration.seconds(240)

    let maximumAttempts: Int
    private let mode: RetryMode
    private let serviceID: String
    private let traits: OperationTraits
    /// No attempt starts after it.
    private let deadline: Timestamp?
    /// The number of the current attempt, from 1.
    private(set) var attempt = 1
    /// How many tokens a success puts back into the quota.
    private(set) var refund = 1
    private var hasRefreshed = false
    private var hasCorrectedClock = false

    /// - Parameter maximumAttempts: from 1; nil for the mode's default.
    init(
        _ mode: RetryMode = .standard, maximumAttempts: Int? = nil, serviceID: String = "",
        traits: OperationTraits = OperationTraits(), deadline: Timestamp? = nil
    ) {
        self.mode = mode
        self.maximumAttempts = maximumAttempts ?? mode.defaultAttempts(serviceID)
        self.serviceID = serviceID
        self.traits = traits
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
        guard attempt < maximumAttempts, mayRepeat(after: failure) else { return .giveUp }
        let pause = pause(after: failure, random: random)
        guard pause <= Self.maximumRetryAfter, deadline.map({ now + pause < $0 }) ?? true else { return .giveUp }
        if mode != .legacy {
            let cost = failure.isThrottling ? 5 : 14
            guard quota.take(cost) else { return traits.isLongPoll ? .giveUpAfterPause(pause) : .giveUp }
            refund = cost
        }
        attempt += 1
        return .retry(after: pause)
    }

    private func mayRepeat(after failure: AttemptFailure) -> Bool {
        if traits.isSentOnce, failure.mayHaveRun { return false }
        return mode == .legacy ? failure.isRetryableInLegacyMode(serviceID) : failure.isRetryable
    }

    /// The pause before the next attempt: random up to a limit that doubles with each attempt.
    private func pause(after failure: AttemptFailure, random: Double) -> Duration {
        let doubled = Double(1 << min(attempt - 1, 20))
        guard mode != .legacy else {
            return min(.seconds((serviceID == "DynamoDB" ? 0.05 : random) * doubled), Self.maximumBackoff)
        }
        let scale = failure.isThrottling ? 1 : serviceID == "DynamoDB" ? 0.025 : 0.05
        let backoff = min(.seconds(scale * doubled), Self.maximumBackoff) * random
        if let asked = failure.retryAfter { return max(backoff, min(asked, backoff + Self.maximumAddition)) }
        return max(backoff, failure.standardRetryAfter ?? .zero)
    }
}

private func abs(_ duration: Duration) -> Duration { duration < .zero ? .zero - duration : duration }

/// A bucket of tokens.
///
/// It is empty when most calls fail, and then there are no retries that would flood the service.
struct RetryQuota: Sendable {
    private let capacity: Int
    private(set) var available: Int

    /// A full one.
    init(capacity: Int = 500) { (self.capacity, available) = (capacity, capacity) }

    /// Takes tokens; false, without taking any, when there are too few.
    mutating func take(_ cost: Int) -> Bool {
        guard cost <= available else { return false }
        available -= cost
        return true
    }

    /// Puts tokens back after a success.
    mutating func giveBack(_ amount: Int) { available = min(capacity, available + amount) }
}
