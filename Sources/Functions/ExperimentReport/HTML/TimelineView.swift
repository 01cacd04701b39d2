internal import Basics
internal import Markup

/// Draws a timeline: one lane below the other, each with its name beside or, on a phone, above it.
///
/// Positions are percentages, so that the lanes fit any width while text and marks keep their size.
struct TimelineView {
    let timeline: Timeline

    init(_ timeline: Timeline) { self.timeline = timeline }

    func write(_ html: inout HTML) {
        html.element("p", ["class": "lead"]) { html in
            html.text("From \(Text.moment(timeline.start)), \(Text.duration(timeline.length)) in all.")
        }
        html.element("div", ["class": "timeline"]) { html in
            writeBands(&html)
            for lane in timeline.lanes { write(lane, &html) }
            writeAxis(&html)
        }
        writeLegend(&html)
    }

    private static func percent(_ share: Double) -> String { Text.number((share * 100_000).rounded() / 1_000) + "%" }

    private func row(
        _ classes: String, _ name: String, _ note: String, height: Int, label: String, _ html: inout HTML,
        _ content: (inout HTML) -> Void
    ) {
        html.element("div", ["class": "lane " + classes]) { html in
            html.element("div", ["class": "lane-name"]) { html in
                html.text(name)
                if !note.isEmpty { html.element("small", note) }
            }
            html.element(
                "svg", ["role": "img", "aria-label": label, "height": String(height), "width": "100%"], content)
        }
    }

    private func writeBackground(_ html: inout HTML) {
        for phase in timeline.phases {
            html.empty(
                "rect",
                [
                    "class": "band-" + phase.name, "x": Self.percent(phase.range.lowerBound),
                    "width": Self.percent(phase.range.upperBound - phase.range.lowerBound), "height": "100%",
                ], isSVG: true)
        }
        for tick in ticks.dropFirst() {
            let x = Self.percent(tick / timeline.length)
            html.empty("line", ["class": "grid", "x1": x, "x2": x, "y2": "100%"], isSVG: true)
        }
    }

    // MARK: Time

    private func writeBands(_ html: inout HTML) {
        let words = timeline.phases.map { phase in
            "\(phase.name) from \(Text.offset(phase.range.lowerBound * timeline.length))"
        }
        row("bands", "", "", height: 24, label: "Phases: \(Text.list(words))", &html) { html in
            writeBackground(&html)
            for phase in timeline.phases where phase.range.upperBound - phase.range.lowerBound > 0.16 {
                html.element(
                    "text", ["x": Self.percent(phase.range.lowerBound), "dx": "6", "y": "16"], phase.name)
            }
        }
    }

    private func writeAxis(_ html: inout HTML) {
        row("axis", "", "", height: 24, label: "Time since the start of the run", &html) { html in
            for tick in ticks {
                let share = tick / timeline.length
                let anchor = share < 0.03 ? "start" : share > 0.97 ? "end" : "middle"
                html.element(
                    "text", ["x": Self.percent(share), "y": "16", "text-anchor": anchor],
                    tick == 0 ? "0 s" : Text.offset(tick))
            }
        }
    }

    /// Round times, in seconds: at most seven.
    private var ticks: [Double] {
        let steps = [
            0.000_01, 0.000_1, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300,
            600, 1_200, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000, 31_536_000,
        ]
        let step = steps.first { timeline.length / $0 <= 6 } ?? timeline.length / 5
        return Array(stride(from: 0, through: timeline.length, by: step))
    }

    // MARK: Lanes

    private func write(_ lane: Timeline.Lane, _ html: inout HTML) {
        let notes = [lane.note, lane.valueRange.map { $0 == $1 ? $0 : "\($0) to \($1)" } ?? ""]
        let note = notes.filter { !$0.isEmpty }.joined(separator: " ")
        let good = lane.marks.count { $0.state == .good }
        let label = "\(lane.name): \(good) of \(Text.counted(lane.marks.count, "mark")) good"
        let height = lane.curves.isEmpty ? 28 : 52
        let classes = "\(lane.kind.rawValue)\(lane.isBackground ? " background" : "")"
        row(classes, lane.name, note, height: height, label: label, &html) { html in
            writeBackground(&html)
            for pause in lane.pauses {
                html.empty(
                    "line",
                    [
                        "class": "pause", "x1": Self.percent(pause.lowerBound), "x2": Self.percent(pause.upperBound),
                        "y1": "14", "y2": "14",
                    ], isSVG: true)
            }
            if !lane.curves.isEmpty { writeCurves(lane.curves, &html) }
            for stretch in lane.stretches {
                writeBar(stretch, "state \(stretch.state.rawValue)", y: 8, height: 12, &html)
            }
            let isDense = lane.marks.count > Timeline.maximumSymbols
            for mark in lane.marks {
                switch (lane.isObservation, isDense) {
                case (true, false): writeSymbol(mark, y: height == 52 ? 43 : 14, &html)
                case (true, true):
                    if lane.kind != .hypothesis { writeTick(mark, bottom: height == 52 ? 49 : 20, &html) }
                case (false, _):
                    writeBar(mark, "bar \(mark.state.rawValue)", y: 8, height: 12, &html)
                    if !isDense, mark.state == .bad || mark.state == .error { writeSymbol(mark, y: 14, &html) }
                }
            }
        }
    }

    /// One of very many marks: a tick, taller for what is not good.
    private func writeTick(_ mark: Timeline.Mark, bottom: Int, _ html: inout HTML) {
        let height = mark.state == .good || mark.state == .skipped ? 5 : 12
        writeBar(mark, "state \(mark.state.rawValue)", y: bottom - height, height: height, &html)
    }

    private func writeBar(_ mark: Timeline.Mark, _ classes: String, y: Int, height: Int, _ html: inout HTML) {
        html.element(
            "rect",
            [
                "class": classes, "x": Self.percent(mark.range.lowerBound), "y": String(y), "height": String(height),
                "width": Self.percent(mark.range.upperBound - mark.range.lowerBound), "rx": "2",
            ]
        ) { html in html.element("title", mark.title) }
    }

    private func writeSymbol(_ mark: Timeline.Mark, y: Int, _ html: inout HTML) {
        html.element(
            "use",
            [
                "class": "mark \(mark.state.rawValue)", "href": "#mark-\(mark.state.rawValue)",
                "x": Self.percent(mark.range.lowerBound), "y": String(y),
            ]
        ) { html in html.element("title", mark.title) }
    }

    /// A probe's values as curves whose lowest and highest points are the least and the greatest value.
    private func writeCurves(_ curves: [[(at: Double, value: Double)]], _ html: inout HTML) {
        let values = curves.joined().map(\.value)
        let least = values.min() ?? 0
        let span = (values.max() ?? 0) - least
        func x(_ share: Double) -> String { Text.number((share * 10_000).rounded() / 10) }
        func y(_ value: Double) -> String {
            Text.number((100 - (span > 0 ? (value - least) / span : 0.5) * 100).rounded())
        }
        html.element(
            "svg",
            [
                "x": "0", "y": "6", "width": "100%", "height": "26", "viewBox": "0 0 1000 100",
                "preserveAspectRatio": "none",
            ]
        ) { html in
            for curve in curves {
                guard let first = curve.first, let last = curve.last else { continue }
                let points = curve.map { "\(x($0.at)) \(y($0.value))" }.joined(separator: "L")
                html.empty(
                    "path", ["class": "area", "d": "M\(x(first.at)) 110L\(points)L\(x(last.at)) 110z"], isSVG: true)
                html.empty("path", ["class": "curve", "d": "M\(points)L\(x(last.at)) \(y(last.value))"], isSVG: true)
            }
        }
    }

    private func writeLegend(_ html: inout HTML) {
        html.element("ul", ["class": "legend"]) { html in
            func entry(_ text: String, _ draw: (inout HTML) -> Void) {
                html.element("li") { html in
                    html.element("svg", ["aria-hidden": "true", "viewBox": "0 0 24 15"], draw)
                    html.text(text)
                }
            }
            func bar(_ classes: String, _ text: String, lane: String) {
                entry(text) { html in
                    html.element("g", ["class": lane]) { html in
                        html.empty(
                            "rect",
                            ["class": classes, "x": "1", "y": "3", "width": "22", "height": "9", "rx": "2"], isSVG: true
                        )
                    }
                }
            }
            func symbol(_ name: String, _ text: String) {
                entry(text) { html in
                    html.empty(
                        "use", ["class": "mark \(name)", "href": "#mark-\(name)", "x": "12", "y": "8"], isSVG: true)
                }
            }
            let lanes = timeline.lanes
            if lanes.contains(where: { $0.kind == .hypothesis }) {
                symbol("good", "met")
            }
            if lanes.contains(where: { $0.marks.contains { $0.state == .bad } }) { symbol("bad", "not met, or failed") }
            if lanes.contains(where: { $0.marks.contains { $0.state == .error } }) {
                symbol("error", "could not be run")
            }
            if lanes.contains(where: { $0.kind == .action }) { bar("bar", "action", lane: "") }
            if lanes.contains(where: { $0.kind == .probe && !$0.isObservation }) { bar("bar", "probe", lane: "probe") }
            if lanes.contains(where: \.isBackground) { bar("bar", "in the background", lane: "background") }
            if lanes.contains(where: { $0.kind == .rollback }) { bar("bar", "rollback", lane: "rollback") }
            if lanes.contains(where: { !$0.pauses.isEmpty }) {
                entry("pause") { html in
                    html.empty("line", ["class": "pause", "x1": "0", "x2": "24", "y1": "8", "y2": "8"], isSVG: true)
                }
            }
        }
    }
}
