import Basics
import Glibc

/// Limits the rate of a client's requests after the service has throttled it: the retry mode `adaptive`, as a pure
/// value.
///
/// The limit follows CUBIC, the curve of TCP's congestion control: a throttled request lowers it to 70 % of the
/// measured rate; without throttling it first rises back to that rate and then goes beyond it to find a new limit.
/// Source: botocore 1.44's `retries/adaptive.py`, `bucket.py` and `throttling.py`.
struct ClientRateLimiter: Sendable {
    private static let minimumRate = 0.5
    private static let smoothing = 0.8
    private static let beta = 0.7
    private static let scale = 0.4

    // Requests each second, averaged over half seconds. Times are seconds since 1970.
    private var measuredRate = 0.0
    private var countedSince: Double
    private var count = 0.0

    // CUBIC.
    private var lastMaximum = 0.0
    private var recovery = 0.0
    private var lastThrottling: Double

    // The bucket of tokens, one for each request.
    private(set) var isEnabled = false
    private(set) var fillRate = 1.0
    private var capacity = 1.0
    private var tokens = 0.0
    private var filledAt: Double

    /// A limiter that does not limit, until ``noteAnswer(isThrottling:at:)`` is told of throttling.
    init(at now: Timestamp) {
        let now = now.seconds
        countedSince = now.rounded(.down)
        lastThrottling = now
        filledAt = now
    }

    /// Takes the token of one request.
    /// - Returns: nil when the request may be sent; otherwise how long to wait before asking again.
    mutating func take(at now: Timestamp) -> Duration? {
        guard isEnabled else { return nil }
        fill(at: now.seconds)
        guard tokens < 1 else {
            tokens -= 1
            return nil
        }
        return .seconds((1 - tokens) / fillRate) + .microseconds(2)  // not too early by a clock that rounds
    }

    /// Sets the limit after each attempt, whether it succeeded or not.
    mutating func noteAnswer(isThrottling: Bool, at now: Timestamp) {
        let now = now.seconds
        measure(at: now)
        if isThrottling {
            lastMaximum = isEnabled ? min(measuredRate, fillRate) : measuredRate
            recovery = cbrt(lastMaximum * (1 - Self.beta) / Self.scale)
            lastThrottling = now
            isEnabled = true
            setRate(lastMaximum * Self.beta, at: now)
        } else {
            let time = now - lastThrottling - recovery
            setRate(Self.scale * time * time * time + lastMaximum, at: now)
        }
    }

    private mutating func measure(at now: Double) {
        let halfSecond = (now * 2).rounded(.down) / 2
        count += 1
        guard halfSecond > countedSince else { return }
        let rate = count / (halfSecond - countedSince)
        measuredRate = rate * Self.smoothing + measuredRate * (1 - Self.smoothing)
        (count, countedSince) = (0, halfSecond)
    }

    /// Sets the limit; never to more than twice the measured rate.
    private mutating func setRate(_ wanted: Double, at now: Double) {
        fill(at: now)
        let rate = min(wanted, 2 * measuredRate)
        fillRate = max(rate, Self.minimumRate)
        capacity = max(rate, 1)
        tokens = min(tokens, capacity)
    }

    private mutating func fill(at now: Double) {
        // A clock that is set back adds nothing.
        tokens = min(capacity, tokens + max(0, now - filledAt) * fillRate)
        filledAt = now
    }
}

extension Timestamp {
    fileprivate var seconds: Double { Double(microseconds) / 1e6 }
}
