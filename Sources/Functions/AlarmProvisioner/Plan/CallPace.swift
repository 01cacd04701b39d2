import Basics

/// How many calls a second one account may make in one region.
public struct CallRates: Sendable, Hashable {
    /// `PutMetricAlarm` and its like, and `DeleteAlarms`.
    public var writes: Double
    /// `TagResource` and `UntagResource`.
    public var tags: Double

    /// Rates.
    public init(writes: Double, tags: Double) {
        self.writes = writes
        self.tags = tags
    }

    /// CloudWatch's quotas that every account has from the start.
    ///
    /// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    public static let cloudWatch = CallRates(writes: 3, tags: 5)

    func rate(of operation: String) -> Double { operation.hasSuffix("Resource") ? tags : writes }
}

/// When the next call of each operation may be made: a pure value.
///
/// A throttled operation is slowed to half its rate and waits, longer each time; each success speeds it up by a tenth,
/// up to its quota. Other programs of the account share that quota.
struct CallPace: Sendable {
    private static let slowestRate = 0.1
    private static let longestPause = 30.0

    private struct Lane: Sendable {
        var rate: Double
        var next: Timestamp
        /// How many calls in a row were throttled.
        var throttled = 0
    }

    private let rates: CallRates
    private var lanes: [String: Lane] = [:]

    init(_ rates: CallRates) { self.rates = rates }

    /// When a call of the operation may be made.
    func next(_ operation: String, at now: Timestamp) -> Timestamp { max(now, lanes[operation]?.next ?? now) }

    /// A call is made.
    mutating func note(_ operation: String, at now: Timestamp) {
        var lane = lanes[operation] ?? Lane(rate: rates.rate(of: operation), next: now)
        lane.next = now + .seconds(1 / lane.rate)
        lanes[operation] = lane
    }

    mutating func noteSuccess(_ operation: String) {
        guard var lane = lanes[operation] else { return }
        lane.throttled = 0
        lane.rate = min(rates.rate(of: operation), lane.rate * 1.1)
        lanes[operation] = lane
    }

    /// - Returns: how many calls in a row were throttled.
    mutating func noteThrottling(_ operation: String, at now: Timestamp) -> Int {
        var lane = lanes[operation] ?? Lane(rate: rates.rate(of: operation), next: now)
        lane.throttled += 1
        lane.rate = max(Self.slowestRate, lane.rate / 2)
        let pause = min(Self.longestPause, Double(1 << min(lane.throttled - 1, 10)))
        lane.next = now + .seconds(pause)
        lanes[operation] = lane
        return lane.throttled
    }
}
