internal import Basics
internal import Markup
internal import TimeZones

/// The words below bars and curves that say which time they show.
enum TimeAxis {
    /// A word at a place of the axis.
    struct Tick {
        /// 0 at the left end, 1 at the right one.
        let place: Double
        let text: String
    }

    /// Writes the axis; words that would touch the one before, or the last one, are left out.
    static func write(_ ticks: [Tick], minimumDistance: Double = 0.13, into html: inout HTML) {
        html.element("svg", ["class": "ticks"]) { html in
            let last = ticks.last?.place ?? 1
            var previous = -1.0
            for (index, tick) in ticks.enumerated() {
                let isLast = index == ticks.count - 1
                guard isLast || tick.place - previous >= minimumDistance && last - tick.place >= minimumDistance else {
                    continue
                }
                previous = tick.place
                let anchor = tick.place < 0.04 ? "start" : tick.place > 0.96 ? "end" : "middle"
                html.element("text", ["x": percent(tick.place), "y": "14", "text-anchor": anchor], tick.text)
            }
        }
    }

    /// A place as a percentage with two digits.
    static func percent(_ place: Double) -> String { PageText.cut(place * 100, digits: 2) + "%" }

    /// The midnights of the zone in a range.
    static func midnights(in range: Range<Timestamp>, _ zone: TimeZoneRules) -> [Timestamp] {
        let first = PageText.civil(range.lowerBound, zone).daysSinceEpoch
        let last = PageText.civil(range.upperBound, zone).daysSinceEpoch
        guard first <= last, last - first < 1_000 else { return [] }
        return (first...last).map { day in
            Timestamp(microseconds: Int64(zone.time(ofLocal: Int(day * 86_400))) * 1_000_000)
        }.filter { range.contains($0) }
    }

    /// For bars by hour: midnights, at the places where their bars begin.
    static func hours(_ count: Int, until now: Timestamp, _ zone: TimeZoneRules) -> [Tick] {
        // The last bar is the hour that has begun.
        let hour = Duration.seconds(3_600)
        let end = now + (hour - .microseconds((now.microseconds - 1).flooredDivision(by: 3_600_000_000).remainder + 1))
        let length = hour * count
        return midnights(in: (end - length)..<end, zone).map { midnight in
            Tick(place: 1 - (end - midnight) / length, text: PageText.day(midnight, zone))
        } + [Tick(place: 1, text: "now")]
    }

    /// For bars by day: the firsts of months.
    static func months(days: Int, until now: Timestamp, _ zone: TimeZoneRules) -> [Tick] {
        let today = PageText.civil(now - .microseconds(1), zone).daysSinceEpoch
        let first = today - Int64(days) + 1
        return (first...today).compactMap { day in
            let date = CivilDate(secondsSinceEpoch: day * 86_400)
            guard date.day == 1 else { return nil }
            return Tick(place: Double(day - first) / Double(days), text: PageText.monthName(date.month))
        } + [Tick(place: 1, text: "today")]
    }
}
