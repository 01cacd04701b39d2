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

    /// Whether a part of it lies in a range; one that ends where the range starts does not.
    func overlaps(_ range: Range<Timestamp>) -> Bool {
        start < range.upperBound && (start >= range.lowerBound || end.map { $0 > range.lowerBound } ?? true)
    }
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
        var scan = OutageScan(self, now: now ?? range.upperBound, gaps: gaps)
        return scan.outages(in: range)
    }
}

/// Goes over the points of a history once, from the last good one before a range to the first good one after it.
private struct OutageScan {
    private let history: ServiceHistory
    private let now: Timestamp
    private let gaps: GapFinder
    private var windows: MaintenanceCursor
    private var causes: ArraySlice<ServiceHistory.Cause>

    private var found: [Outage] = []
    private var current: Outage?
    /// The last measured point of the current outage.
    private var last = 0
    /// The cause of the last outage, as long as no good result came after it.
    private var knownCause: String?

    init(_ history: ServiceHistory, now: Timestamp, gaps: HistoryGaps) {
        self.history = history
        self.now = now
        self.gaps = GapFinder(history.points, gaps)
        windows = MaintenanceCursor(history.maintenance)
        causes = history.causes[...]
    }

    mutating func outages(in range: Range<Timestamp>) -> [Outage] {
        let points = history.points
        var index = startIndex(range.lowerBound)
        while index < points.count, current != nil || points[index].start < range.upperBound {
            let point = points[index]
            if point.attempts > 0 { take(point, index) }
            index += 1
        }
        endAtEndOfHistory()
        return found.filter { $0.overlaps(range) }
    }

    /// The last point before a moment from which on all is known: a good one outside of maintenance.
    private func startIndex(_ time: Timestamp) -> Int {
        var index = history.points.firstIndex(from: time)
        while index > 0 {
            index -= 1
            let point = history.points[index]
            let isGood = point.attempts > 0 && point.failures == 0
            if isGood, !history.maintenance.contains(where: { $0.contains(point.start) }) { break }
        }
        return index
    }

    private mutating func take(_ point: HistoryPoint, _ index: Int) {
        if current != nil {
            if let window = windows.window(after: history.points[last].start, startingUntil: point.start) {
                end(before: window)
            } else if gaps.isGap(from: last, to: point.start, next: index) {
                end(at: min(history.points[last].end, point.start))
            }
        }
        guard !windows.contains(point.start) else { return }
        guard point.failures > 0 else {
            end(at: point.start)
            knownCause = nil
            return
        }
        current = current ?? Outage(start: point.start, end: nil, failures: 0)
        current?.failures += point.failures
        last = index
    }

    private mutating func endAtEndOfHistory() {
        guard current != nil else { return }
        if let window = windows.window(after: history.points[last].start, startingUntil: now) {
            end(before: window)
        } else {
            end(at: gaps.isGap(from: last, to: now, next: nil) ? history.points[last].end : nil)
        }
    }

    /// Ends the outage at the start of maintenance, or where the results stopped well before.
    private mutating func end(before window: Range<Timestamp>) {
        let isGap = gaps.isGap(from: last, to: window.lowerBound, next: nil)
        end(at: isGap ? min(history.points[last].end, window.lowerBound) : window.lowerBound)
    }

    private mutating func end(at time: Timestamp?) {
        guard var outage = current else { return }
        current = nil
        outage.end = time
        causes = causes.drop { $0.time < outage.start }
        if let first = causes.first, time.map({ first.time < $0 || first.time == outage.start }) ?? true {
            knownCause = first.text
        }
        outage.cause = knownCause
        found.append(outage)
    }
}

extension [HistoryPoint] {
    /// The place of the first point that starts at a moment or later.
    func firstIndex(from time: Timestamp) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].start < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
