internal import Basics

/// When a time without results is a gap: a time of which nothing is known, neither up nor down.
///
/// A service that is checked every hour has no gap where one that is checked every ten seconds has, so the usual
/// distance of the results around it counts, from start to start. Metrics of different periods may follow each other.
public struct HistoryGaps: Sendable, Hashable {
    /// How many times the usual distance is still no gap.
    public var multiple: Double
    /// A shorter time without results is never a gap.
    public var minimum: Duration

    /// Makes a rule.
    public init(multiple: Double = 3, minimum: Duration = .seconds(300)) {
        self.multiple = multiple
        self.minimum = minimum
    }
}

/// Finds the gaps in the points of a history.
struct GapFinder {
    /// How many distances tell the usual one, on each side.
    static let sample = 15

    private let points: [HistoryPoint]
    private let multiple: Double
    /// In microseconds, as all lengths here: `Duration` is slow at division.
    private let minimum: Int64

    init(_ points: [HistoryPoint], _ gaps: HistoryGaps) {
        self.points = points
        multiple = gaps.multiple
        minimum = gaps.minimum.microseconds
    }

    /// Whether nothing is known between a measured point and a later moment.
    /// - Parameter next: the measured point that starts at this moment; nil at the end of the history.
    func isGap(from last: Int, to time: Timestamp, next: Int?) -> Bool {
        let distance = time.microseconds - points[last].start.microseconds
        return distance > minimum && distance > limit(from: last, next: next)
    }

    /// The longest distance that is no gap.
    ///
    /// The usual distance is the larger of two medians: of the distances before and of those after. So a service whose
    /// interval changed has no gaps on either side. It is at least the period, which is all that is known of a single
    /// point.
    private func limit(from last: Int, next: Int?) -> Int64 {
        let before = median(from: last, step: -1)
        let after = next.flatMap { median(from: $0, step: 1) }
        let usual = max(before ?? 0, after ?? 0, points[last].length.microseconds)
        return max(minimum, Int64(clamping: Double(usual) * multiple))
    }

    /// The median of the distances between the measured points from one on, in one direction, as long as their periods
    /// have the same length; the larger of the two in the middle.
    private func median(from start: Int, step: Int) -> Int64? {
        var distances: [Int64] = []
        var (from, index) = (start, start + step)
        while points.indices.contains(index), distances.count < Self.sample {
            let point = points[index]
            if point.attempts > 0 {
                guard point.length == points[start].length else { break }
                distances.append(abs(point.start.microseconds - points[from].start.microseconds))
                from = index
            }
            index += step
        }
        distances.sort()
        return distances.isEmpty ? nil : distances[distances.count / 2]
    }
}

extension Duration {
    /// The length in whole microseconds, clamped.
    var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return Int64(clamping: Int128(seconds) * 1_000_000 + Int128(attoseconds / 1_000_000_000_000))
    }
}

extension Int64 {
    /// The nearest number that can be held; 0 for what is no number.
    fileprivate init(clamping number: Double) {
        self = Int64(exactly: number.rounded()) ?? (number > 0 ? .max : number < 0 ? .min : 0)
    }
}
