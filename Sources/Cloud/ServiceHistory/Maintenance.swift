internal import Basics

/// Goes forward over the times of maintenance.
struct MaintenanceCursor {
    private let windows: [Range<Timestamp>]
    private var place = 0

    /// The windows may overlap and need no order.
    init(_ windows: [Range<Timestamp>]) {
        var merged: [Range<Timestamp>] = []
        for window in windows.sorted(by: { $0.lowerBound < $1.lowerBound }) where !window.isEmpty {
            if let last = merged.last, window.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, window.upperBound)
            } else {
                merged.append(window)
            }
        }
        self.windows = merged
    }

    /// Whether a moment lies in maintenance; moments are asked for in their order.
    mutating func contains(_ time: Timestamp) -> Bool {
        guard place < windows.count else { return false }
        skip(to: time)
        return place < windows.count && windows[place].lowerBound <= time
    }

    /// The first window that starts after a moment outside of maintenance, but not after a second one.
    mutating func window(after time: Timestamp, startingUntil limit: Timestamp) -> Range<Timestamp>? {
        skip(to: time)
        return place < windows.count && windows[place].lowerBound <= limit ? windows[place] : nil
    }

    /// How much of a range is maintenance.
    func overlap(with range: Range<Timestamp>) -> Duration {
        windows.reduce(.zero) { total, window in
            let part = window.clamped(to: range)
            return total + (part.upperBound - part.lowerBound)
        }
    }

    private mutating func skip(to time: Timestamp) {
        while place < windows.count, windows[place].upperBound <= time { place += 1 }
    }
}
