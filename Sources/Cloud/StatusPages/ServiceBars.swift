internal import Basics
internal import Markup
internal import ServiceHistory
internal import TimeZones

/// The bars of one service, by hour or by day, as an image that takes a few hundred bytes.
///
/// A stretch of equal bars is one line with dashes: its width is that of the bars, its dashes leave the gaps. The image
/// is stretched to the width of its column. Bars stand on the same ground and differ in height, not in colour alone.
struct ServiceBars {
    let bars: [HistoryBar]
    let unit: HistoryBar.Unit
    let zone: TimeZoneRules
    /// Of the service; said by readers of the screen together with what the bars show.
    let name: String

    /// Of more stretches than this, titles would weigh more than all the rest: only the newest have one.
    private static let maximumTitles = 6

    func write(into html: inout HTML) {
        guard let first = bars.first else { return }
        var causes: [String] = []
        let code = self.code(&causes)
        let start =
            unit == .day
            ? PageText.isoDay(first.range.lowerBound, zone) : String(Int64(first.range.lowerBound.secondsSinceEpoch))
        let classes = unit == .day ? "b days" : "b hours"
        let box = "0 0 \(bars.count) 20"
        let attributes: HTML.Attributes =
            causes.isEmpty
            ? [
                "class": classes, "viewBox": box, "preserveAspectRatio": "none", "role": "img", "aria-label": label,
                "data-s": start, "data-b": code,
            ]
            : [
                "class": classes, "viewBox": box, "preserveAspectRatio": "none", "role": "img", "aria-label": label,
                "data-s": start, "data-b": code, "data-c": causes.joined(separator: "\n"),
            ]
        html.element("svg", attributes) { html in
            let stretches = self.stretches
            let titled = stretches.indices.filter { stretches[$0].state != .up }.suffix(Self.maximumTitles)
            for state in HistoryBar.State.byWeight {
                let path = stretches.indices.filter { stretches[$0].state == state && !titled.contains($0) }
                    .map { stretches[$0].path }.joined()
                if !path.isEmpty { html.empty("path", ["class": state.letter, "d": path], isSVG: true) }
            }
            for stretch in titled.map({ stretches[$0] }) {
                html.element("path", ["class": stretch.state.letter, "d": stretch.path]) { html in
                    html.element("title", title(stretch))
                }
            }
        }
    }

    // MARK: Stretches

    /// Bars of one state beside one another.
    private struct Stretch {
        let state: HistoryBar.State
        var places: Range<Int>

        /// A line from the left of the first bar to the right of the last one.
        var path: String { "M\(places.lowerBound) \(state.middle)h\(places.count)" }
    }

    private var stretches: [Stretch] {
        var stretches: [Stretch] = []
        for (place, bar) in bars.enumerated() {
            if let last = stretches.last, last.state == bar.state {
                stretches[stretches.count - 1].places = last.places.lowerBound..<place + 1
            } else {
                stretches.append(Stretch(state: bar.state, places: place..<place + 1))
            }
        }
        return stretches
    }

    /// For readers without scripts: `3 Oct to 4 Oct: down, 12 of 288 failed: [STATUS] (500) == 200`.
    private func title(_ stretch: Stretch) -> String {
        let bars = self.bars[stretch.places]
        guard let first = bars.first, let last = bars.last else { return "" }
        var text = time(first)
        if bars.count > 1 { text += " to \(time(last))" }
        text += ": \(stretch.state.title)"
        let failures = bars.reduce(0) { $0 + $1.failures }
        if failures > 0 { text += ", \(failures) of \(bars.reduce(0) { $0 + $1.attempts }) failed" }
        if let cause = bars.lazy.compactMap(\.cause).first { text += ": \(PageText.line(cause))" }
        return text
    }

    private func time(_ bar: HistoryBar) -> String {
        unit == .day ? PageText.day(bar.range.lowerBound, zone) : PageText.moment(bar.range.lowerBound, zone)
    }

    /// `shop, last 90 days: 2 down, 1 degraded, 87 up`.
    private var label: String {
        let counts = HistoryBar.State.byWeight.reversed().compactMap { state in
            let count = bars.count { $0.state == state }
            return count == 0 ? nil : "\(count) \(state.title)"
        }
        return "\(name), last \(counted(bars.count, unit == .day ? "day" : "hour")): \(counts.joined(separator: ", "))"
    }

    // MARK: For the script

    /// What each bar shows, for the script: per stretch of equal bars their number (not when it is 1), the state's
    /// letter, failures and attempts, the cause's place in `causes`: `52u,d12/288.0,36u`.
    private func code(_ causes: inout [String]) -> String {
        var parts: [(count: Int, text: String)] = []
        for bar in bars {
            var text = bar.state.letter
            if bar.failures > 0 { text += "\(bar.failures)/\(bar.attempts)" }
            if let cause = bar.cause.map({ PageText.line($0) }), !cause.isEmpty, bar.state != .up {
                let place = causes.firstIndex(of: cause) ?? causes.count
                if place == causes.count { causes.append(cause) }
                text += ".\(place)"
            }
            if parts.last?.text == text {
                parts[parts.count - 1].count += 1
            } else {
                parts.append((1, text))
            }
        }
        return parts.map { $0.count == 1 ? $0.text : "\($0.count)\($0.text)" }.joined(separator: ",")
    }
}

extension HistoryBar.State {
    /// Those that matter most are drawn last.
    static let byWeight: [HistoryBar.State] = [.noData, .up, .maintenance, .degraded, .down]

    /// The name in classes and in the data for the script.
    var letter: String {
        switch self {
        case .up: "u"
        case .degraded: "g"
        case .down: "d"
        case .maintenance: "m"
        case .noData: "n"
        }
    }

    /// Half of what is above the bar's lower end, as the style has its height: 14, 17, 20, 9 and 4 of 20.
    var middle: String {
        switch self {
        case .up: "13"
        case .degraded: "11.5"
        case .down: "10"
        case .maintenance: "15.5"
        case .noData: "18"
        }
    }

    var title: String {
        switch self {
        case .up: "up"
        case .degraded: "degraded"
        case .down: "down"
        case .maintenance: "maintenance"
        case .noData: "without data"
        }
    }
}
