import Basics
import ServiceHistory

/// The arithmetic once more, without any thought of speed: it asks for every single minute what is known of it.
struct SlowHistory {
    enum State { case up, down, unknown }

    let history: ServiceHistory
    let now: Timestamp
    let gaps: HistoryGaps

    /// The points that count.
    let counted: [HistoryPoint]

    init(history: ServiceHistory, now: Timestamp, gaps: HistoryGaps = HistoryGaps()) {
        self.history = history
        self.now = now
        self.gaps = gaps
        counted = history.points.filter { point in
            point.attempts > 0 && !history.maintenance.contains { $0.contains(point.start) }
        }
    }

    func isMaintenance(_ time: Timestamp) -> Bool { history.maintenance.contains { $0.contains(time) } }

    /// What is known of a moment: what the last result says, unless it is too long ago.
    func state(at time: Timestamp) -> State {
        guard !isMaintenance(time), let last = counted.last(where: { $0.start <= time }) else { return .unknown }
        let windows = history.maintenance.filter { !$0.isEmpty && $0.lowerBound > last.start }.map(\.lowerBound)
        guard !windows.contains(where: { $0 <= time }) else { return .unknown }
        let next = counted.first { $0.start > time }
        let end = ([next?.start ?? now] + windows).min() ?? now
        let isBeforeMaintenance = windows.contains { $0 <= end }
        if end - last.start > limit(from: last, to: isBeforeMaintenance ? nil : next), time >= last.end {
            return .unknown
        }
        return last.failures == 0 ? .up : .down
    }

    /// The time without results that is no gap.
    private func limit(from last: HistoryPoint, to next: HistoryPoint?) -> Duration {
        let measured = history.points.filter { $0.attempts > 0 }
        func usual(_ points: [HistoryPoint]) -> Duration {
            let alike = points.prefix { $0.length == points.first?.length }
            let distances = zip(alike, alike.dropFirst()).map { max($0.start, $1.start) - min($0.start, $1.start) }
            let near = distances.prefix(15).sorted()
            return near.isEmpty ? .zero : near[near.count / 2]
        }
        let before = usual(measured.filter { $0.start <= last.start }.reversed())
        let after = next.map { next in usual(measured.filter { $0.start >= next.start }) } ?? .zero
        return max(gaps.minimum, max(before, after, last.length) * gaps.multiple)
    }

    /// The runs of minutes in which the service is known to fail, in minutes from the origin.
    func outages(in minutes: Range<Int>) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for minute in minutes where state(at: origin + .seconds(minute * 60)) == .down {
            // Two outages can touch where the first one ends with a gap or with maintenance of no minute.
            if let last = runs.last, last.upperBound == minute {
                runs[runs.count - 1] = last.lowerBound..<minute + 1
            } else {
                runs.append(minute..<minute + 1)
            }
        }
        return runs
    }
}
