public import Basics

/// A time in which a service was known to work, or known to fail.
public struct HistorySpan: Sendable, Hashable {
    /// Whether all results were good.
    public var isGood: Bool
    /// The start of the first period.
    public var start: Timestamp
    /// Where the results change, stop, or maintenance starts; nil when it lasts.
    public var end: Timestamp?
    /// How many results were bad.
    public var failures = 0
    /// Why, as far as it is known.
    public var cause: String?
}

extension ServiceHistory {
    /// The times of which a part lies in a range, oldest first; whole, so they may start before it or end after it.
    ///
    /// Between them lie gaps and maintenance, of which nothing is known.
    /// - Parameter now: the last one lasts when the last result is no longer ago than a gap; the end of the range when
    ///   nil.
    public func spans(
        in range: Range<Timestamp>, now: Timestamp? = nil, gaps: HistoryGaps = HistoryGaps()
    ) -> [HistorySpan] {
        var scan = SpanScan(self, now: now ?? range.upperBound, gaps: gaps, onlyOutages: false)
        return scan.spans(in: range)
    }
}

/// Goes over the points of a history once, from the last change before a range to the first one after it.
struct SpanScan {
    private let history: ServiceHistory
    private let now: Timestamp
    private let gaps: GapFinder
    private let onlyOutages: Bool
    private var windows: MaintenanceCursor
    private var causes: ArraySlice<ServiceHistory.Cause>

    private var found: [HistorySpan] = []
    private var current: HistorySpan?
    /// The last measured point of the current span.
    private var last = 0
    /// The cause of the last outage, as long as no good result came after it.
    private var knownCause: String?

    /// - Parameter onlyOutages: good spans are left out, which is faster.
    init(_ history: ServiceHistory, now: Timestamp, gaps: HistoryGaps, onlyOutages: Bool) {
        self.history = history
        self.now = now
        self.gaps = GapFinder(history.points, gaps)
        self.onlyOutages = onlyOutages
        windows = MaintenanceCursor(history.maintenance)
        causes = history.causes[...]
    }

    mutating func spans(in range: Range<Timestamp>) -> [HistorySpan] {
        let points = history.points
        let end = range.upperBound.microseconds
        for index in startIndex(range.lowerBound)..<points.count {
            let point = points[index]
            if point.start.microseconds >= end, current == nil { break }
            // Most points: good ones, where only outages are of interest.
            if onlyOutages, current == nil, knownCause == nil, point.failures == 0 { continue }
            if point.attempts > 0 { take(point, index) }
        }
        endAtEndOfHistory()
        return found.filter { range.holdsPart(from: $0.start, to: $0.end) }
    }

    /// The place of the point from which on a range's spans are found: where the results change from good to bad or
    /// back, before the range.
    private func startIndex(_ time: Timestamp) -> Int {
        var index = history.points.firstIndex(from: time)
        var wasGood: Bool? = onlyOutages ? false : nil
        while index > 0 {
            let point = history.points[index - 1]
            let isGood = point.failures == 0
            if point.attempts > 0, isGood != wasGood, !isMaintenance(point.start) {
                guard wasGood == nil else { break }
                wasGood = isGood
            }
            index -= 1
        }
        return index
    }

    private func isMaintenance(_ time: Timestamp) -> Bool { history.maintenance.contains { $0.contains(time) } }

    private mutating func take(_ point: HistoryPoint, _ index: Int) {
        if current != nil {
            if let window = windows.window(after: history.points[last].start, startingUntil: point.start) {
                end(before: window)
            } else if gaps.isGap(from: last, to: point.start, next: index) {
                end(at: min(history.points[last].end, point.start))
            }
        }
        guard !windows.contains(point.start) else { return }
        let isGood = point.failures == 0
        if current?.isGood == !isGood { end(at: point.start) }
        if isGood { knownCause = nil }
        guard !isGood || !onlyOutages else { return }
        if current == nil { current = HistorySpan(isGood: isGood, start: point.start) }
        current?.failures += min(point.failures, point.attempts)
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

    /// Ends the span at the start of maintenance, or where the results stopped well before.
    private mutating func end(before window: Range<Timestamp>) {
        let isGap = gaps.isGap(from: last, to: window.lowerBound, next: nil)
        end(at: isGap ? min(history.points[last].end, window.lowerBound) : window.lowerBound)
    }

    private mutating func end(at time: Timestamp?) {
        guard var span = current else { return }
        current = nil
        span.end = time
        if !span.isGood {
            causes = causes.drop { $0.time < span.start }
            if let first = causes.first, time.map({ first.time < $0 || first.time == span.start }) ?? true {
                knownCause = first.text
            }
            span.cause = knownCause
        }
        found.append(span)
    }
}

extension [HistoryPoint] {
    /// The place of the first point that starts at a moment or later; the end when none does.
    public func firstIndex(from time: Timestamp) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].start < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Range<Timestamp> {
    /// Whether a part of a time lies in the range; of one that ends where the range starts none does.
    func holdsPart(from start: Timestamp, to end: Timestamp?) -> Bool {
        start < upperBound && (start >= lowerBound || end.map { $0 > lowerBound } ?? true)
    }
}
