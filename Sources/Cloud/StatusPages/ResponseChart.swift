public import Basics
public import Markup
internal import ServiceHistory
public import TimeZones

/// Response times of several services on one time axis, one curve below the other, so that shared trouble is seen.
///
/// A curve's path is its data: x counts the steps of the time axis, y is minus the milliseconds. Each stretch begins
/// with a place and goes on by distances: `M0-142l1-3` is 142 ms in step 0 and 145 ms in step 1. The page's script
/// reads the path to tell a value.
public struct ResponseChart {
    /// One curve each; a service that was not timed has none.
    public var entries: [ServiceEntry]
    /// What is shown.
    public var range: Range<Timestamp>
    /// Times are written in it.
    public var zone: TimeZoneRules
    /// How many means make a curve.
    public var steps: Int
    /// Whether curves are tall and have their names above them: for one service.
    public var isLarge: Bool

    /// A chart of these services.
    public init(
        entries: [ServiceEntry], range: Range<Timestamp>, zone: TimeZoneRules = .utc, steps: Int = 48,
        isLarge: Bool = false
    ) {
        self.entries = entries
        self.range = range
        self.zone = zone
        self.steps = max(1, steps)
        self.isLarge = isLarge
    }

    /// Writes the chart; the heading above it is the caller's.
    public func write(into html: inout HTML) {
        let curves = entries.compactMap { Curve($0, range, steps: steps) }
        guard !curves.isEmpty else {
            html.element("p", ["class": "note"], "Nothing was timed in this time.")
            return
        }
        let start = Int64(range.lowerBound.secondsSinceEpoch)
        let step = PageText.cut(stepLength / .seconds(1), digits: 2)
        html.element(
            "div",
            [
                "class": isLarge ? "curves large" : "curves", "data-s": String(start), "data-step": step,
                "data-z": zone.name,
            ]
        ) { html in
            html.element("ul") { html in
                for curve in curves { write(curve, &html) }
            }
            html.element("div", ["class": "curve-axis", "aria-hidden": "true"]) { html in
                html.literal("<span></span>")
                TimeAxis.write(ticks, minimumDistance: isLarge ? 0.08 : 0.13, into: &html)
                html.literal("<span></span>")
            }
        }
    }

    private var stepLength: Duration { (range.upperBound - range.lowerBound) / steps }

    private func write(_ curve: Curve, _ html: inout HTML) {
        let name = PageText.line(curve.name, limit: 80)
        let longest = PageText.seconds(Double(curve.longest ?? curve.highest) / 1_000)
        let highest = "\(curve.longest == nil ? "highest mean" : "max") \(longest)"
        let mean = PageText.seconds(Double(curve.mean) / 1_000)
        html.element("li") { html in
            html.element("span", ["class": "curve-name"], name)
            if isLarge { writeValue(mean, highest, &html) }
            html.element(
                "svg",
                [
                    "class": "c", "viewBox": "-.5 \(-curve.top) \(steps) \(curve.top)", "preserveAspectRatio": "none",
                    "role": "img", "aria-label": "\(name): mean \(mean), \(highest)",
                ]
            ) { html in
                if !curve.badSteps.isEmpty {
                    html.empty("path", ["class": "trouble", "d": curve.trouble], isSVG: true)
                }
                if isLarge { html.empty("path", ["class": "area", "d": curve.area], isSVG: true) }
                html.empty("path", ["class": "line", "d": curve.line], isSVG: true)
            }
            if !isLarge { writeValue(mean, highest, &html) }
        }
    }

    private func writeValue(_ mean: String, _ highest: String, _ html: inout HTML) {
        html.element("span", ["class": "curve-value"]) { html in
            html.text(isLarge ? "mean \(mean)" : mean)
            html.element("small", " \(highest)")
        }
    }

    /// Quarters of an hour, full hours of a day, or days.
    private var ticks: [TimeAxis.Tick] {
        let length = range.upperBound - range.lowerBound
        func place(_ time: Timestamp) -> Double { (time - range.lowerBound) / length }
        let midnights = TimeAxis.midnights(in: range, zone)
        var ticks: [TimeAxis.Tick]
        if length > .seconds(4 * 86_400) {
            let every = max(1, midnights.count / 7)
            ticks = midnights.enumerated().filter { $0.offset % every == 0 }
                .map { TimeAxis.Tick(place: place($0.element), text: PageText.day($0.element, zone)) }
        } else {
            let quarter: Int64 = 900_000_000
            let first = range.lowerBound.microseconds / quarter + 1
            let last = range.upperBound.microseconds / quarter
            let hours: Int64 = length > .seconds(30 * 3_600) ? 24 : length > .seconds(8 * 3_600) ? 4 : 1
            let minutes = length > .seconds(2 * 3_600) ? hours * 60 : 15
            ticks = (first <= last ? Array(first...last) : []).compactMap { number in
                let time = Timestamp(microseconds: number * quarter)
                let date = PageText.civil(time, zone)
                guard (date.hour * 60 + date.minute) % minutes == 0 else { return nil }
                return TimeAxis.Tick(
                    place: place(time),
                    text: date.hour == 0 && date.minute == 0 ? PageText.day(time, zone) : PageText.clock(time, zone))
            }
        }
        return ticks + [TimeAxis.Tick(place: 1, text: "now")]
    }
}

/// The means of a service's response times, step by step.
private struct Curve {
    let name: String
    /// Milliseconds; nil where nothing was timed.
    private let values: [Int?]
    /// The steps in which a result was bad.
    let badSteps: [Int]
    /// The highest of the means that are drawn.
    let highest: Int
    let mean: Int
    /// The longest of all durations; nil where only means are known.
    let longest: Int?

    init?(_ entry: ServiceEntry, _ range: Range<Timestamp>, steps: Int) {
        name = entry.history.displayName
        let length = (range.upperBound - range.lowerBound) / .seconds(1)
        var sums = [(seconds: Double, weight: Double)](repeating: (0, 0), count: steps)
        var bad = [Bool](repeating: false, count: steps)
        var longest: Double? = 0
        let points = entry.history.points
        for point in points[points.partitionPoint { $0.start < range.lowerBound }...] {
            guard point.start < range.upperBound else { break }
            let place = Double(steps) * ((point.start - range.lowerBound) / .seconds(1)) / length
            let step = min(steps - 1, max(0, Int(place)))
            if point.failures > 0 { bad[step] = true }
            guard let seconds = point.seconds, seconds.isFinite else { continue }
            let weight = Double(max(1, point.attempts))
            sums[step].seconds += min(max(seconds, 0), 1e6) * weight
            sums[step].weight += weight
            // A single result is its own mean.
            let most = point.maximumSeconds ?? (point.attempts == 1 ? seconds : nil)
            longest = most.flatMap { most in longest.map { max($0, min(most, 1e6)) } }
        }
        self.longest = longest.map { Int(($0 * 1_000).rounded()) }
        values = sums.map { $0.weight > 0 ? Int(($0.seconds / $0.weight * 1_000).rounded()) : nil }
        badSteps = bad.indices.filter { bad[$0] }
        let timed = sums.filter { $0.weight > 0 }
        guard !timed.isEmpty else { return nil }
        highest = values.compactMap(\.self).max() ?? 0
        let total = timed.reduce((0, 0)) { ($0.0 + $1.seconds, $0.1 + $1.weight) }
        mean = Int((total.0 / total.1 * 1_000).rounded())
    }

    /// The upper end of the scale, in milliseconds: a tenth above the highest value.
    var top: Int { max(10, highest + highest / 10) }

    /// Values that stand beside one another, in the middle of their steps.
    private var stretches: [[(x: Int, y: Int)]] {
        var stretches: [[(x: Int, y: Int)]] = [[]]
        for (step, value) in values.enumerated() {
            if let value {
                stretches[stretches.count - 1].append((step, value))
            } else if stretches.last?.isEmpty == false {
                stretches.append([])
            }
        }
        return stretches.filter { !$0.isEmpty }
    }

    var line: String {
        stretches.map { points in
            // A single value becomes a short line.
            let end = points.count == 1 ? "h.4" : ""
            let steps = zip(points.dropFirst(), points).map { next, last in
                next.y > last.y ? "1-\(next.y - last.y)" : "1 \(last.y - next.y)"
            }
            return "M\(points[0].x)-\(points[0].y)" + (steps.isEmpty ? "" : "l" + steps.joined(separator: " ")) + end
        }.joined()
    }

    var area: String {
        stretches.map { points in
            "M\(points[0].x) 0 " + points.map { "\($0.x)-\($0.y)" }.joined(separator: " ") + "V0z"
        }.joined()
    }

    /// The whole height of the steps in which a result was bad.
    var trouble: String { badSteps.map { "M\($0 == 0 ? "-" : String($0 - 1)).5 0h1V-\(top)h-1z" }.joined() }
}
