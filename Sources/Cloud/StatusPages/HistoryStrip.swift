public import Basics
public import Markup
public import ServiceHistory
public import TimeZones

/// The bars of one service over the whole width, with their time axis: for a page about it.
public struct HistoryStrip {
    /// The service.
    public var entry: ServiceEntry
    /// The length of a bar's time.
    public var unit: HistoryBar.Unit
    /// How many bars.
    public var count: Int
    /// The end of the last one.
    public var now: Timestamp
    /// Days begin at its midnight.
    public var zone: TimeZoneRules

    /// The strip of a service.
    public init(entry: ServiceEntry, unit: HistoryBar.Unit, count: Int, now: Timestamp, zone: TimeZoneRules) {
        self.entry = entry
        self.unit = unit
        self.count = count
        self.now = now
        self.zone = zone
    }

    /// Writes a heading, the bars and the axis.
    public func write(into html: inout HTML) {
        let bars = entry.history.bars(unit, count: count, until: now, zone: zone)
        html.element("h3", "Last \(counted(count, unit == .day ? "day" : "hour"))")
        var frame = BarsFrame()
        var inside = HTML()
        ServiceBars(
            bars: bars, unit: unit, zone: zone, name: PageText.line(entry.history.name, limit: 80)
        ).write(in: &frame, into: &inside)
        let ticks =
            unit == .day ? TimeAxis.months(days: count, until: now, zone) : TimeAxis.hours(count, until: now, zone)
        TimeAxis.write(ticks, minimumDistance: 0.08, into: &inside)
        frame.write(unit == .day ? "rows strip" : "rows strip of-hours", zone, around: inside, into: &html)
    }
}

/// What the bars' heights and colours mean.
public enum BarLegend {
    /// Writes the legend.
    public static func write(into html: inout HTML) {
        html.element("ul", ["class": "legend"]) { html in
            for state in HistoryBar.State.byWeight.reversed() {
                html.element("li") { html in
                    html.element(
                        "svg",
                        ["class": "b key", "viewBox": "0 0 3 20", "aria-hidden": "true", "preserveAspectRatio": "none"]
                    ) { html in
                        html.empty("path", ["class": state.letter, "d": "M0 \(state.middle)h3"], isSVG: true)
                    }
                    html.text(state.title)
                }
            }
        }
    }
}
