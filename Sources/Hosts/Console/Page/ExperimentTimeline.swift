internal import Basics
internal import Markup
internal import ServiceHistory
internal import StatusPages

/// A run over the metrics that it moved: lanes of activities and alarms above charts of services, on one time axis.
///
/// Positions are percentages, so that the lanes fit any width while text and marks keep their size.
struct ExperimentTimeline {
    private let activities: [ConsoleSnapshot.Experiment.Activity]
    private let snapshot: ConsoleSnapshot
    /// The run.
    private let run: Range<Timestamp>
    /// What is shown: the run, with some time before and after it.
    private let range: Range<Timestamp>
    /// The services with results in the range, and those of them that failed in it or took half as long again.
    private let (measured, moved): ([ServiceEntry], [ServiceEntry])

    static let maximumLanes = 30
    static let maximumAlarms = 6
    static let maximumServices = 6

    /// - Returns: nil for an experiment that has not begun.
    init?(_ experiment: ConsoleSnapshot.Experiment, _ snapshot: ConsoleSnapshot) {
        (activities, self.snapshot) = (experiment.activities, snapshot)
        guard let start = activities.map(\.start).min() else { return nil }
        let end = max(activities.map { $0.end ?? snapshot.time }.max() ?? start, start + .seconds(1))
        let length = end - start
        run = start..<end
        range =
            start
            - max(length * 0.25, .seconds(20))..<max(min(end + max(length * 0.25, .seconds(30)), snapshot.time), end)
        let (range, run) = (range, run)
        measured = snapshot.services.filter { !Self.points($0, range).isEmpty }
        moved = measured.filter { Self.hasMoved(Self.points($0, range), in: run) }
    }

    // MARK: Places

    private func share(_ time: Timestamp) -> Double {
        min(max((time - range.lowerBound) / (range.upperBound - range.lowerBound), 0), 1)
    }

    private static func number(_ number: Double) -> String {
        let thousandths = Int((number * 100).rounded())
        return thousandths % 100 == 0
            ? "\(thousandths / 100)" : "\(thousandths / 100).\((thousandths % 100).magnitude.padded)"
    }

    private static func percent(_ share: Double) -> String { number(share * 100) + "%" }

    private func rectangle(
        _ classes: String, from start: Timestamp, to end: Timestamp, y: Int, height: String, _ title: String,
        _ html: inout HTML
    ) {
        let (left, right) = (share(start), share(end))
        html.element(
            "rect",
            [
                "class": classes, "x": Self.percent(left), "y": String(y), "width": Self.percent(max(right - left, 0)),
                "height": height, "rx": "2",
            ]
        ) { html in if !title.isEmpty { html.element("title", title) } }
    }

    private func row(
        _ classes: String, height: Int, label: String, _ html: inout HTML, name: (inout HTML) -> Void,
        content: (inout HTML) -> Void
    ) {
        html.element("div", ["class": "lane \(classes)"]) { html in
            html.element("div", ["class": "lane-name"], name)
            html.element("svg", ["role": "img", "aria-label": label, "height": String(height), "width": "100%"]) {
                html in
                rectangle("during", from: run.lowerBound, to: run.upperBound, y: 0, height: "100%", "", &html)
                for tick in ticks {
                    let x = Self.percent(share(tick))
                    html.empty("line", ["class": "tick", "x1": x, "x2": x, "y2": "100%"], isSVG: true)
                }
                content(&html)
            }
        }
    }

    /// Round times within the range: at most five.
    private var ticks: [Timestamp] {
        let seconds = (range.upperBound - range.lowerBound) / .seconds(1)
        let steps: [Double] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400,
        ]
        let step = Int64(steps.first { seconds / $0 <= 5 } ?? seconds / 4)
        let first = Int64(range.lowerBound.secondsSinceEpoch) / step + 1
        return (0..<6).map { Timestamp(secondsSinceEpoch: Double((first + $0) * step)) }.filter {
            $0 < range.upperBound
        }
    }

    // MARK: Drawing

    func write(_ html: inout HTML) {
        html.element("div", ["class": "timeline"]) { html in
            for lane in lanes.prefix(Self.maximumLanes) { write(lane, &html) }
            for alarm in firing.prefix(Self.maximumAlarms) { write(alarm, &html) }
            for service in shown { write(service, &html) }
            writeAxis(&html)
        }
        writeKeys(&html)
        let rest = rest
        if !rest.isEmpty { html.element("p", ["class": "note"], rest.joined(separator: " · ")) }
    }

    /// What the lanes leave out, so that nobody takes what is not drawn for what did not happen.
    private var rest: [String] {
        var rest: [String] = []
        func tell(_ count: Int, _ one: String, _ many: String, _ words: String) {
            if count > 0 { rest.append("\(Words.count(count)) \(count == 1 ? one : many) \(words)") }
        }
        tell(lanes.count - Self.maximumLanes, "more activity", "more activities", "not shown")
        tell(firing.count - Self.maximumAlarms, "more alarm", "more alarms", "fired")
        tell(moved.count - Self.maximumServices, "more service", "more services", "moved")
        if moved.isEmpty {
            rest.append(measured.isEmpty ? "No service has results of this time" : "No service moved")
        } else {
            tell(measured.count - moved.count, "other service", "other services", "did not move")
        }
        if !measured.isEmpty {
            tell(snapshot.services.count - measured.count, "service has", "services have", "no results of this time")
        }
        return rest
    }

    /// Activities of one name and kind, such as a probe before and after the method.
    private var lanes: [[ConsoleSnapshot.Experiment.Activity]] {
        var lanes: [[ConsoleSnapshot.Experiment.Activity]] = []
        for activity in activities {
            if let place = lanes.firstIndex(where: { $0[0].name == activity.name && $0[0].kind == activity.kind }) {
                lanes[place].append(activity)
            } else {
                lanes.append([activity])
            }
        }
        return lanes
    }

    private static func kind(_ activity: ConsoleSnapshot.Experiment.Activity) -> String {
        ["probe", "action", "hypothesis", "rollback"].contains(activity.kind) ? activity.kind : "action"
    }

    private func write(_ lane: [ConsoleSnapshot.Experiment.Activity], _ html: inout HTML) {
        let name = Words.line(lane[0].name)
        let kind = Self.kind(lane[0])
        let bad = lane.count { !$0.isGood }
        let label = "\(kind) \(name): \(bad == 0 ? "good" : "\(bad) of \(lane.count) bad")"
        row(kind, height: 24, label: label, &html) { html in
            html.element("span", name)
            html.element("small", kind)
        } content: { html in
            for activity in lane {
                let end = activity.end ?? snapshot.time
                let state = activity.end == nil ? "open" : activity.isGood ? "" : "bad"
                let words = activity.end == nil ? "running" : activity.isGood ? "good" : "bad"
                rectangle(
                    "bar \(state)", from: activity.start, to: end, y: 6, height: "12",
                    "\(name): \(words), \(Words.clock(activity.start, now: snapshot.time)), \((end - activity.start).rounded.text)",
                    &html)
            }
        }
    }

    // MARK: Alarms

    private var firing: [ConsoleSnapshot.Alarm] {
        snapshot.alarms.filter { alarm in periods(alarm).contains { $0.overlaps(range) } }
    }

    /// When an alarm fired, as far as its history tells.
    private func periods(_ alarm: ConsoleSnapshot.Alarm) -> [Range<Timestamp>] {
        var periods: [Range<Timestamp>] = []
        var start: Timestamp?
        for change in alarm.changes.sorted(by: { $0.time < $1.time }) {
            if change.state == "ALARM" {
                start = start ?? change.time
            } else if let begun = start {
                periods.append(begun..<max(begun, change.time))
                start = nil
            }
        }
        if let start, start <= snapshot.time { periods.append(start..<snapshot.time) }
        return periods
    }

    private func write(_ alarm: ConsoleSnapshot.Alarm, _ html: inout HTML) {
        let name = Words.line(alarm.name)
        row("alarm-lane", height: 24, label: "alarm \(name) fired", &html) { html in
            html.element("span", name)
            html.element("small", "alarm")
        } content: { html in
            for period in periods(alarm) where period.overlaps(range) {
                rectangle(
                    "bar bad", from: period.lowerBound, to: period.upperBound, y: 9, height: "6",
                    "\(name): fired from \(Words.clock(period.lowerBound, now: snapshot.time)) to "
                        + Words.clock(period.upperBound, now: snapshot.time), &html)
            }
        }
    }

    // MARK: Services

    /// The results of a service within the range; each serves until the next one.
    private static func points(_ entry: ServiceEntry, _ range: Range<Timestamp>) -> [HistoryPoint] {
        entry.history.points.suffix(5_000).filter { $0.start >= range.lowerBound && $0.start < range.upperBound }
    }

    /// Those that moved, as many as there is room for; the first two when none did.
    private var shown: ArraySlice<ServiceEntry> {
        moved.isEmpty ? measured.prefix(2) : moved.prefix(Self.maximumServices)
    }

    private static func hasMoved(_ points: [HistoryPoint], in run: Range<Timestamp>) -> Bool {
        if points.contains(where: { $0.failures > 0 }) { return true }
        let before = points.filter { $0.start < run.lowerBound }.compactMap(\.seconds)
        let during = points.filter { run.contains($0.start) }.compactMap(\.seconds)
        guard !before.isEmpty, !during.isEmpty else { return false }
        return mean(during) > max(mean(before) * 1.5, 0.02)
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }

    private func write(_ entry: ServiceEntry, _ html: inout HTML) {
        let points = Self.points(entry, range)
        let name = Words.line(entry.history.displayName)
        let failures = points.reduce(0) { $0 + $1.failures }
        let attempts = points.reduce(0) { $0 + $1.attempts }
        let slowest = points.compactMap(\.seconds).max()
        let note = slowest.map { "up to \(Words.milliseconds($0 * 1_000))" } ?? ""
        let label = "service \(name): \(failures) of \(Words.counted(attempts, "result")) bad, \(note)"
        row("service-lane", height: 48, label: label, &html) { html in
            html.element("span", name)
            html.element("small", note)
        } content: { html in
            writeCurve(points, slowest ?? 0, &html)
            let reach = reach(points)
            for (index, point) in points.enumerated() {
                let next = index + 1 < points.count ? points[index + 1].start : range.upperBound
                let end = point.length > .zero ? point.end : min(next, point.start + reach)
                let state = point.attempts == 0 ? "none" : point.failures == 0 ? "good" : "bad"
                let time = Words.clock(point.start, now: snapshot.time)
                let result = point.failures == 0 ? "up" : "\(point.failures) of \(point.attempts) failed"
                let cause =
                    point.failures > 0
                    ? entry.history.causes.last { $0.time <= end && $0.time >= point.start - reach } : nil
                rectangle(
                    "result \(state)", from: point.start, to: end, y: 38, height: "6",
                    "\(time): \(result)" + (cause.map { ", \(Words.line($0.text))" } ?? ""), &html)
            }
        }
    }

    /// How long a single result stands for: twice the usual time between two of them.
    private func reach(_ points: [HistoryPoint]) -> Duration {
        let gaps = zip(points, points.dropFirst()).map { $1.start - $0.start }.sorted()
        return gaps.isEmpty ? .seconds(10) : gaps[gaps.count / 2] * 2
    }

    private func writeCurve(_ points: [HistoryPoint], _ slowest: Double, _ html: inout HTML) {
        let timed = points.compactMap { point in point.seconds.map { (point.start + point.length / 2, $0) } }
        guard timed.count > 1, slowest > 0 else { return }
        let places = timed.map { (x: share($0.0) * 1_000, y: 100 - $0.1 / slowest * 96) }
        let line = places.map { "\(Self.number($0.x)) \(Self.number($0.y))" }.joined(separator: "L")
        html.element(
            "svg",
            [
                "x": "0", "y": "4", "width": "100%", "height": "30", "viewBox": "0 0 1000 100",
                "preserveAspectRatio": "none",
            ]
        ) { html in
            html.empty(
                "path",
                [
                    "class": "moved-area",
                    "d": "M\(Self.number(places[0].x)) 100L\(line)L\(Self.number(places[places.count - 1].x)) 100z",
                ],
                isSVG: true)
            html.empty("path", ["class": "moved", "d": "M\(line)"], isSVG: true)
        }
    }

    // MARK: Around it

    private func writeAxis(_ html: inout HTML) {
        row("clock", height: 20, label: "Time of the day", &html) { _ in
        } content: { html in
            for tick in ticks {
                let share = share(tick)
                let anchor = share < 0.04 ? "start" : share > 0.96 ? "end" : "middle"
                html.element(
                    "text", ["x": Self.percent(share), "y": "15", "text-anchor": anchor],
                    Words.clock(tick, now: snapshot.time))
            }
        }
    }

    private func writeKeys(_ html: inout HTML) {
        html.element("p", ["class": "note keys"]) { html in
            for (classes, words) in [
                ("action", "action"), ("probe", "probe"), ("hypothesis", "steady state"), ("rollback", "rollback"),
            ] where activities.contains(where: { Self.kind($0) == classes }) {
                html.element("span", ["class": "sample \(classes)"], words)
            }
            html.element("span", ["class": "sample during"], "the run")
        }
    }
}

extension FixedWidthInteger {
    /// With two digits.
    fileprivate var padded: String { self < 10 ? "0\(self)" : "\(self)" }
}
