public import Basics

/// What is known of one service over a time: results by period, why it failed, and when it was under maintenance.
///
/// It says nothing about where the results come from: CloudWatch's metrics, or the history of `tocsin up`.
public struct ServiceHistory: Sendable, Hashable {
    /// Where results come from.
    public enum Kind: String, Sendable, CaseIterable {
        /// An endpoint that `uptime-checker` checks.
        case check
        /// A command that `sla-runner` runs.
        case test
    }

    /// Why a service failed, from a time on.
    public struct Cause: Sendable, Hashable {
        /// When it was seen.
        public var time: Timestamp
        /// For people, without secrets: `[STATUS] (500) == 200`, `exit status 3: no such host`.
        public var text: String

        /// Makes a cause.
        public init(time: Timestamp, text: String) { (self.time, self.text) = (time, text) }
    }

    /// The name without the group.
    public var name: String
    /// The group; nil for none.
    public var group: String?
    /// Where results come from.
    public var kind: Kind
    /// The share of successful results that was promised, in per cent, such as 99.9; nil for none.
    public var objective: Double?
    /// Oldest first, without overlaps; where nothing was measured there is no point.
    public var points: [HistoryPoint]
    /// Oldest first.
    public var causes: [Cause]
    /// Planned work, oldest first: what fails then does not count.
    public var maintenance: [Range<Timestamp>]

    /// Makes a history.
    public init(
        name: String, group: String? = nil, kind: Kind, objective: Double? = nil, points: [HistoryPoint] = [],
        causes: [Cause] = [], maintenance: [Range<Timestamp>] = []
    ) {
        self.name = name
        self.group = group
        self.kind = kind
        self.objective = objective
        self.points = points
        self.causes = causes
        self.maintenance = maintenance
    }

    /// `group/name`, or the name alone.
    public var displayName: String { group.map { "\($0)/\(name)" } ?? name }
}

/// The results of a service in one period.
///
/// Kept in 40 bytes: a report of 1,000 services over 90 days has more than two million of them, in a function of 256
/// MB.
public struct HistoryPoint: Sendable, Hashable {
    /// The start of the period.
    public var start: Timestamp
    private var millisecondsLong: UInt32
    private var attemptCount: UInt32
    private var successCount: UInt32
    /// Below zero for none.
    private var meanSeconds: Double
    private var longestSeconds: Double

    /// Makes a point.
    /// - Parameters:
    ///   - length: up to 49 days, in whole milliseconds.
    ///   - attempts: up to 4 thousand millions.
    public init(
        start: Timestamp, length: Duration, attempts: Int, successes: Int, seconds: Double? = nil,
        maximumSeconds: Double? = nil
    ) {
        self.start = start
        millisecondsLong = UInt32(clamping: length.clampedNanoseconds / 1_000_000)
        attemptCount = UInt32(clamping: attempts)
        successCount = UInt32(clamping: successes)
        meanSeconds = seconds ?? -1
        longestSeconds = maximumSeconds ?? -1
    }

    /// The period's length: of metrics their period, of single results zero.
    public var length: Duration {
        get { .milliseconds(millisecondsLong) }
        set { millisecondsLong = UInt32(clamping: newValue.clampedNanoseconds / 1_000_000) }
    }

    /// How many results there were.
    public var attempts: Int {
        get { Int(attemptCount) }
        set { attemptCount = UInt32(clamping: newValue) }
    }

    /// How many of them were good.
    public var successes: Int {
        get { Int(successCount) }
        set { successCount = UInt32(clamping: newValue) }
    }

    /// The mean response time or run time in seconds, from 0; nil when nothing was timed.
    public var seconds: Double? {
        get { meanSeconds < 0 ? nil : meanSeconds }
        set { meanSeconds = newValue ?? -1 }
    }

    /// The longest one in seconds, from 0; nil when nothing was timed.
    public var maximumSeconds: Double? {
        get { longestSeconds < 0 ? nil : longestSeconds }
        set { longestSeconds = newValue ?? -1 }
    }

    /// The end of the period.
    public var end: Timestamp { start + length }

    /// How many results were bad; 0 when more good ones were counted than there were, as late metrics may have it.
    public var failures: Int { max(0, attempts - successes) }
}
