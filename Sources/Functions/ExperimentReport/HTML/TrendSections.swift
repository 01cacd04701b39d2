internal import Basics
internal import Markup

/// The parts of the page that tell of several runs together.
struct TrendSections {
    let trend: Trend

    static let maximumColumns = 200
    static let maximumRows = 500

    private var all: Range<Int> { trend.runs.indices }

    // MARK: Verdict

    func writeVerdict(_ html: inout HTML) {
        let latest = trend.latest
        let bad = latest.filter { $0.outcome == .deviated }
        let unclear = latest.filter { !$0.isConclusive }
        let tone: Verdict.Tone = !bad.isEmpty ? .bad : unclear.isEmpty && !latest.isEmpty ? .good : .warn
        let open = trend.openTargets
        html.element(
            "section", ["class": "card verdict \(open.isEmpty ? tone.rawValue : "bad")", "aria-labelledby": "verdict"]
        ) { html in
            (!open.isEmpty || tone == .bad ? Icon.bad : tone == .good ? .good : .warning).draw(&html, large: true)
            html.element("div") { html in
                html.element("h2", ["id": "verdict"], headline(bad.count, unclear.count, latest.count))
                html.element(
                    "p",
                    "\(Text.counted(trend.runs.count, "run")) of \(Text.counted(latest.count, "experiment")), the latest "
                        + "of \(Text.moment(trend.runs.last?.start)).")
                html.element("ul", ["class": "points"]) { html in
                    func point(_ icon: Icon, _ text: String) {
                        html.element("li") { html in
                            icon.draw(&html)
                            html.element("span", text)
                        }
                    }
                    if !open.isEmpty {
                        point(.bad, "Still broken, or not known to be whole: \(Text.few(open.map(\.id), limit: 5)).")
                    }
                    for run in bad.prefix(5) { point(.bad, "\(run.title): deviated in its latest run.") }
                    for run in unclear.prefix(5) {
                        point(.warning, "\(run.title): \(Verdict(of: run).headline.lowercased()) in its latest run.")
                    }
                    let unreadable = trend.runs.count { !$0.isReadable }
                    if unreadable > 0 {
                        point(.unknown, "\(Text.counted(unreadable, "file")) could not be read as a journal.")
                    }
                }
            }
        }
        html.figures(figures)
    }

    private func headline(_ bad: Int, _ unclear: Int, _ count: Int) -> String {
        if count == 0 { return "Nothing to report" }
        if bad > 0 { return bad == count ? "All deviate" : "\(bad) of \(count) deviate" }
        if unclear > 0 { return unclear == count ? "No verdict" : "\(unclear) of \(count) without a verdict" }
        return count == 1 ? "Passed" : "All \(count) pass"
    }

    private var figures: [Figure] {
        let (passed, conclusive) = trend.passes(all)
        var figures = [
            Figure(
                name: "Pass rate", value: Text.percent(Double(passed), of: Double(conclusive)),
                note: "\(Text.count(passed)) of \(Text.counted(conclusive, "run")) with a verdict")
        ]
        if let score = trend.score {
            let tone = score == 1 ? "good" : score < 0.5 ? "bad" : "warn"
            figures.append(Figure(name: "Score", value: Text.percent(score), note: "latest runs, weighted", tone: tone))
        }
        let never = trend.neverRecovered
        let recovery = trend.meanTimeToRecovery(all)
        if recovery != nil || never > 0 {
            figures.append(
                Figure(
                    name: "Mean time to recovery", value: Text.duration(recovery),
                    note: never == 0
                        ? "until the steady state was met again" : "\(Text.counted(never, "run")) never recovered"))
        }
        let without = trend.runs.count - conclusive
        figures.append(
            Figure(
                name: "Runs", value: Text.count(trend.runs.count),
                note: without == 0 ? "each with a verdict" : "\(Text.count(without)) without a verdict"))
        let open = trend.openTargets.count
        let hit = trend.runs.reduce(0) { $0 + $1.targets.count }
        if hit > 0 {
            figures.append(
                Figure(
                    name: "Targets hit", value: Text.count(hit),
                    note: open == 0 ? "none still broken" : "\(open) still broken",
                    tone: open == 0 ? "" : "alert"))
        }
        return figures
    }

    // MARK: Charts

    func write(_ html: inout HTML) {
        html.section("trend", "Trend") { html in
            let shown = Array(all.suffix(Self.maximumColumns))
            let words =
                all.count > shown.count
                ? "The latest \(shown.count) of \(Text.count(all.count)) runs, oldest first."
                : "All runs, oldest first."
            html.element("p", ["class": "lead"], words)
            writeOutcomes(shown, &html)
            writeColumns(
                "Score", "column", shown, { trend.scores[$0].map { $0 * 100 } }, top: 100, { "\(Text.number($0)) %" },
                &html)
            writeColumns(
                "Duration", "column", shown, { trend.runs[$0].duration }, top: nil, { Text.duration($0) }, &html)
            if shown.contains(where: { !trend.deviations[$0].isEmpty }) {
                writeColumns(
                    "Time to recovery", "column recovery", shown,
                    { trend.deviations[$0].compactMap(\.timeToRecovery).max() }, top: nil, { Text.duration($0) }, &html)
            }
        }
        writeExperiments(&html)
        writeCoverage(&html)
    }

    private func column(_ place: Int, of count: Int) -> (x: String, width: String) {
        let width = 100 / Double(max(count, 12))
        return (Text.number(Double(place) * width) + "%", Text.number(width * 0.8) + "%")
    }

    private func title(_ run: RunJournal) -> String { "\(run.title), \(Text.moment(run.start))" }

    private func writeOutcomes(_ shown: [Int], _ html: inout HTML) {
        html.element("figure", ["class": "chart"]) { html in
            html.element("figcaption", "Outcomes")
            let counts = Outcome.allCases.compactMap { outcome -> String? in
                let count = shown.count { trend.runs[$0].outcome == outcome }
                return count == 0 ? nil : "\(count) \(outcome.rawValue)"
            }
            html.element("svg", ["role": "img", "aria-label": "Outcomes: \(Text.list(counts))", "height": "26"]) {
                html in
                for (place, index) in shown.enumerated() {
                    let (x, width) = column(place, of: shown.count)
                    let verdict = Verdict(of: trend.runs[index])
                    // A low cell for what is not good, so that the shape tells it without the colour.
                    let height = verdict.tone == .good ? 22 : verdict.tone == .bad ? 10 : 16
                    html.element(
                        "rect",
                        [
                            "class": "cell \(verdict.tone.rawValue)", "x": x, "width": width, "y": String(24 - height),
                            "height": String(height), "rx": "2",
                        ]
                    ) { html in html.element("title", "\(verdict.headline): \(title(trend.runs[index]))") }
                }
            }
        }
        html.element("ul", ["class": "legend"]) { html in
            for (tone, words) in [
                ("good", "passed"), ("bad", "deviated"), ("warn", "no verdict, or no proof"),
                ("neutral", "nothing judged"),
            ] {
                guard shown.contains(where: { Verdict(of: trend.runs[$0]).tone.rawValue == tone }) else { continue }
                html.element("li") { html in
                    html.element("svg", ["aria-hidden": "true", "viewBox": "0 0 24 15"]) { html in
                        let height = tone == "good" ? 13 : tone == "bad" ? 6 : 9
                        html.empty(
                            "rect",
                            [
                                "class": "cell \(tone)", "x": "4", "width": "16", "y": String(14 - height),
                                "height": String(height), "rx": "2",
                            ], isSVG: true)
                    }
                    html.text(words)
                }
            }
        }
    }

    private func writeColumns(
        _ name: String, _ classes: String, _ shown: [Int], _ value: (Int) -> Double?, top: Double?,
        _ words: (Double) -> String, _ html: inout HTML
    ) {
        let values = shown.map(value)
        guard let greatest = values.compactMap({ $0 }).max() else { return }
        let top = max(top ?? greatest, 1e-9)
        html.element("figure", ["class": "chart"]) { html in
            let latest = values.last.flatMap { $0 }.map(words) ?? "none"
            html.element("figcaption", "\(name): up to \(words(greatest)), \(latest) in the latest run")
            html.element("svg", ["role": "img", "aria-label": "\(name) of each run", "height": "64"]) { html in
                html.empty("line", ["class": "grid", "x2": "100%", "y1": "62", "y2": "62"], isSVG: true)
                for (place, (index, value)) in zip(shown, values).enumerated() {
                    guard let value else { continue }
                    let (x, width) = column(place, of: shown.count)
                    let height = max(value / top * 58, 1.5)
                    html.element(
                        "rect",
                        [
                            "class": classes, "x": x, "width": width, "y": Text.number(62 - height),
                            "height": Text.number(height), "rx": "2",
                        ]
                    ) { html in html.element("title", "\(words(value)): \(title(trend.runs[index]))") }
                }
            }
        }
    }

    // MARK: Tables

    private func writeExperiments(_ html: inout HTML) {
        html.section("experiments", "Experiments") { html in
            html.table("Experiments", ["Experiment", "Latest run", "Passed", "Score", "Recovery", "Runs"]) { html in
                for group in trend.experiments.prefix(Self.maximumRows) {
                    guard let last = group.runs.last else { continue }
                    html.element("tr") { html in
                        html.element("td", ["class": "name"], group.name)
                        html.element("td", ["class": "name"]) { html in
                            let verdict = Verdict(of: trend.runs[last])
                            verdict.icon.draw(&html)
                            html.text(" " + verdict.headline)
                            html.element("small", Text.moment(trend.runs[last].start))
                        }
                        html.element("td", trend.passRate(group.runs))
                        html.element("td") { html in
                            let scores = group.runs.compactMap { trend.scores[$0] }
                            html.text(scores.last.map { Text.percent($0) } ?? "–")
                            if scores.count > 1 { html.element("small", Self.change(scores)) }
                        }
                        html.element("td", Text.duration(trend.meanTimeToRecovery(group.runs)))
                        html.element("td", Text.count(group.runs.count))
                    }
                }
            }
            writeRest(trend.experiments.count, &html)
        }
    }

    /// `up from 75 %`.
    private static func change(_ scores: [Double]) -> String {
        let (now, then) = (scores[scores.count - 1], scores[scores.count - 2])
        return now == then ? "as before" : "\(now > then ? "up" : "down") from \(Text.percent(then))"
    }

    private func writeRest(_ count: Int, _ html: inout HTML) {
        guard count > Self.maximumRows else { return }
        html.element("p", ["class": "note"], "\(Text.count(count - Self.maximumRows)) more are left out.")
    }

    private func writeCoverage(_ html: inout HTML) {
        guard !trend.tags.isEmpty || !trend.contributions.isEmpty else { return }
        html.section("coverage", "Coverage") { html in
            html.element("p", ["class": "lead"], "What the experiments are about, by their contributions and tags.")
            html.table("Coverage", ["About", "Experiments", "Runs", "Passed", "Latest run"]) { html in
                for group in trend.contributions.prefix(Self.maximumRows) {
                    writeCoverage(
                        group, "contribution, \(group.level.isEmpty ? "of another level" : group.level)", &html)
                }
                for group in trend.tags.prefix(Self.maximumRows) { writeCoverage(group, "tag", &html) }
            }
        }
    }

    private func writeCoverage(_ group: Trend.Group, _ kind: String, _ html: inout HTML) {
        html.element("tr") { html in
            html.element("td", ["class": "name"]) { html in
                html.text(group.name)
                html.element("small", kind)
            }
            html.element("td", Text.count(Set(group.runs.map { trend.runs[$0].title }).count))
            html.element("td", Text.count(group.runs.count))
            html.element("td", trend.passRate(group.runs))
            html.element("td") { html in
                guard let last = group.runs.last else { return }
                let verdict = Verdict(of: trend.runs[last])
                verdict.icon.draw(&html)
                html.text(" " + verdict.headline)
            }
        }
    }
}
