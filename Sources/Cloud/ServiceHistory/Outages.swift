public import Basics

/// A time in which a service failed, from its first bad result to its next good one.
public struct Outage: Sendable, Hashable {
    /// The start of the first period with a bad result.
    public var start: Timestamp
    /// The start of the next period with good results only; the end of the last period that was measured when the
    /// results stop; the start of maintenance; nil while it lasts.
    public var end: Timestamp?
    /// How many results were bad.
    public var failures: Int
    /// Why, as far as it is known.
    public var cause: String?

    /// Makes an outage.
    public init(start: Timestamp, end: Timestamp?, failures: Int, cause: String? = nil) {
        self.start = start
        self.end = end
        self.failures = failures
        self.cause = cause
    }

    /// How long it was, or has been so far.
    /// - Parameter now: the end of one that lasts.
    public func duration(now: Timestamp) -> Duration { max(.zero, (end ?? now) - start) }
}

extension ServiceHistory {
    /// The outages of which a part lies in a range, oldest first; whole, so they may start before it or end after it.
    ///
    /// An outage ends where the results stop for the length of a gap, because nothing is known from there on, and where
    /// maintenance starts. A failure that goes on afterwards is another outage.
    /// - Parameter now: the last outage lasts when the last result is no longer ago than a gap; the end of the range
    ///   when nil.
    public func outages(
        in range: Range<Timestamp>, now: Timestamp? = nil, gaps: HistoryGaps = HistoryGaps()
    ) -> [Outage] {
        var scan = SpanScan(self, now: now ?? range.upperBound, gaps: gaps, onlyOutages: true)
        return scan.spans(in: range).map {
            Outage(start: $0.start, end: $0.end, failures: $0.failures, cause: $0.cause)
        }
    }
}
