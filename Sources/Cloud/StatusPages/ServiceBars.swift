internal import Basics
internal import Markup
internal import ServiceHistory
internal import TimeZones

/// The bars of one service, by hour or by day, as an image that takes a few hundred bytes.
///
/// A stretch of equal bars is one line with dashes: its width is that of the bars, its dashes leave the gaps. The image
/// is stretched to the width of its column. Bars stand on the same ground and differ in height, not in colour alone.
///
/// An element around the images has what they share: ``BarsFrame``.
struct ServiceBars {
    let bars: [HistoryBar]
    let unit: HistoryBar.Unit
    let zone: TimeZoneRules
    /// Of the service; said by readers of the screen together with what the bars show.
    let name: String

    /// Of more stretches than this, titles would weigh more than all the rest: only the newest have one.
    private static let maximumTitles = 6

    /// - Parameter frame: learns the causes and the start of the bars.
    func write(in frame: inout BarsFrame, into html: inout HTML) {
        guard let first = bars.first else { return }
        if unit == .day {
            frame.firstDay = PageText.isoDay(first.range.lowerBound, zone)
        } else {
            frame.firstHour = String(Int64(first.range.lowerBound.secondsSinceEpoch))
        }
        let attributes: HTML.Attributes = [
            "class": unit == .day ? "b days" : "b hours", "viewBox": "0 0 \(bars.count) 20",
            "preserveAspectRatio": "none", "role": "img", "aria-label": label, "data-b": code(&frame),
        ]
        html.element("svg", attributes) { html in
            let stretches = self.stretches
            let titled = stretches.indices.filter { stretches[$0].state != .up }.suffix(Self.maximumTitles)
            for state in HistoryBar.State.byWeight {
                let places = stretches.indices.filter { stretches[$0].state == state && !titled.contains($0) }
                let path = Self.path(places.map { stretches[$0] })
                if !path.isEmpty { html.empty("path", ["class": state.letter, "d": path], isSVG: true) }
            }
            for stretch in titled.map({ stretches[$0] }) {
                html.element("path", ["class": stretch.state.letter, "d": Self.path([stretch])]) { html in
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
    }

    /// A line from the left of the first bar to the right of the last one, for each stretch of one state; the places
    /// after the first are told by their distance: `M0 13h22m1 0h25`.
    private static func path(_ stretches: [Stretch]) -> String {
        var path = ""
        var end = 0
        for stretch in stretches {
            let start = stretch.places.lowerBound
            path += path.isEmpty ? "M\(start) \(stretch.state.middle)" : "m\(start - end) 0"
            path += "h\(stretch.places.count)"
            end = stretch.places.upperBound
        }
        return path
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

    /// What each bar shows, for the script: `52u,d12/288.0,36u,d7.0`.
    ///
    /// Per stretch of equal bars their number (not when it is 1), the state's letter, failures and attempts, the
    /// cause's place in the frame. Attempts are left out where they are those of the failures before.
    private func code(_ frame: inout BarsFrame) -> String {
        var stretches: [(count: Int, bar: Datum)] = []
        for bar in bars {
            let cause = bar.state == .up ? nil : bar.cause.flatMap { frame.place(of: PageText.line($0)) }
            let datum = Datum(state: bar.state, failures: bar.failures, attempts: bar.attempts, cause: cause)
            if stretches.last?.bar == datum {
                stretches[stretches.count - 1].count += 1
            } else {
                stretches.append((1, datum))
            }
        }
        var attempts = 0
        return stretches.map { count, bar in
            var text = count == 1 ? bar.state.letter : "\(count)\(bar.state.letter)"
            if bar.failures > 0 {
                text += "\(bar.failures)"
                if bar.attempts != attempts { text += "/\(bar.attempts)" }
                attempts = bar.attempts
            }
            return text + (bar.cause.map { ".\($0)" } ?? "")
        }.joined(separator: ",")
    }

    /// What is told of a bar; attempts without failures are not.
    private struct Datum: Equatable {
        let state: HistoryBar.State
        let failures: Int
        let attempts: Int
        let cause: Int?

        init(state: HistoryBar.State, failures: Int, attempts: Int, cause: Int?) {
            (self.state, self.failures, self.cause) = (state, failures, cause)
            self.attempts = failures > 0 ? attempts : 0
        }
    }
}

/// What the bars of many services share, for the script: causes and where the bars begin.
///
/// A hundred services that fail for the same cause have its text once.
struct BarsFrame {
    /// `2026-10-12`, of bars by day.
    fileprivate(set) var firstDay = ""
    /// Seconds since 1970, of bars by hour.
    fileprivate(set) var firstHour = ""
    private var causes: [String] = []
    private var places: [String: Int] = [:]

    /// The place of a cause; nil for an empty text.
    fileprivate mutating func place(of cause: String) -> Int? {
        guard !cause.isEmpty else { return nil }
        if let place = places[cause] { return place }
        causes.append(cause)
        places[cause] = causes.count - 1
        return causes.count - 1
    }

    /// Writes the element around the images that were written before.
    func write(_ classes: String, _ zone: TimeZoneRules, around bars: HTML, into html: inout HTML) {
        let attributes: HTML.Attributes = [
            "class": classes, "data-z": zone.name, "data-day": firstDay, "data-hour": firstHour,
            "data-c": causes.joined(separator: "\n"),
        ]
        html.element("div", attributes) { html in html.append(bars) }
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
