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
}
