import Basics
import ServiceHistory

/// Midnight UTC, from which the tests count minutes.
let origin = Timestamp(secondsSinceEpoch: 1_795_910_400)  // 2026-11-29

func minute(_ minutes: Double) -> Timestamp { origin + .seconds(minutes * 60) }

func minutes(_ range: Range<Double>) -> Range<Timestamp> { minute(range.lowerBound)..<minute(range.upperBound) }

extension ServiceHistory {
    /// A history from a text, one letter for each period: `S` all good, `F` all bad, `P` one of two bad, `0` no
    /// attempt, `.` no point.
    /// - Parameters:
    ///   - step: between the starts of two periods, in seconds.
    ///   - length: of each, in seconds.
    init(
        _ text: String, step: Int = 60, length: Int = 60, from start: Timestamp = origin, objective: Double? = nil,
        causes: [Cause] = [], maintenance: [Range<Timestamp>] = []
    ) {
        let points = text.enumerated().compactMap { place, letter -> HistoryPoint? in
            let counts: (attempts: Int, successes: Int)
            switch letter {
            case "S": counts = (1, 1)
            case "F": counts = (1, 0)
            case "P": counts = (2, 1)
            case "0": counts = (0, 0)
            default: return nil
            }
            return HistoryPoint(
                start: start + .seconds(place * step), length: .seconds(length), attempts: counts.attempts,
                successes: counts.successes)
        }
        self.init(
            name: "shop", kind: .check, objective: objective, points: points, causes: causes, maintenance: maintenance)
    }

    /// This history and a later one.
    func followed(by later: ServiceHistory) -> ServiceHistory {
        var whole = self
        whole.points += later.points
        return whole
    }
}

extension Outage {
    /// Such as `3-5 (2)`: from and to in minutes after the origin, failures; without an end when it lasts.
    var short: String {
        func text(_ time: Timestamp) -> String {
            let minutes = Double(time.microseconds - origin.microseconds) / 60_000_000
            return Int(exactly: minutes).map(String.init) ?? "\(minutes)"
        }
        return "\(text(start))-\(end.map(text) ?? "") (\(failures))"
    }
}

extension [Outage] {
    var short: String { map(\.short).joined(separator: ", ") }
}
