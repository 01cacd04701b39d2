internal import Basics
internal import JSON
internal import Markup

/// The parts of the page that tell of one run.
struct RunSections {
    let run: RunJournal
    /// Makes the ids of this run's parts differ from those of other runs; empty when there is only one.
    let prefix: String
    private let timeline: Timeline?

    init(run: RunJournal, prefix: String) {
        self.run = run
        self.prefix = prefix
        timeline = Timeline(of: run)
    }

    /// The id of the run's name, for a page on several runs.
    var parent: String? { prefix.isEmpty ? nil : prefix + "name" }

    /// The parts that this run has, for the table of contents.
    var contents: [(id: String, heading: String)] {
        var contents: [(String, String)] = []
        if timeline != nil { contents.append(("timeline", "Timeline")) }
        if !run.checks.isEmpty { contents.append(("steady-state", "Steady state")) }
        if !run.targets.isEmpty { contents.append(("targets", "Targets")) }
        contents.append(("method", "Method"))
        if run.declared.rollbacks > 0 || !run.rollbacks.isEmpty { contents.append(("rollbacks", "Rollbacks")) }
        contents.append(("run", "About the run"))
        return contents.map { (prefix + $0, $1) }
    }

    // MARK: Verdict

    func writeVerdict(_ html: inout HTML) {
        let verdict = Verdict(of: run)
        html.element(
            "section",
            [
                "class": "card verdict \(verdict.tone.rawValue)",
                "aria-labelledby": prefix + "verdict" + (parent.map { " " + $0 } ?? ""),
            ]
        ) { html in
            verdict.icon.draw(&html, large: true)
            html.element("div") { html in
                html.element(parent == nil ? "h2" : "h3", ["id": prefix + "verdict"], verdict.headline)
                html.element("p", verdict.sentence.plain)
                if !verdict.points.isEmpty {
                    html.element("ul", ["class": "points"]) { html in
                        for point in verdict.points {
                            html.element("li") { html in
                                point.icon.draw(&html)
                                html.element("span", point.text.plain)
                            }
                        }
                    }
                }
            }
        }
        html.figures(figures)
    }

    private var figures: [Figure] {
        var figures: [Figure] = []
        if let score = ResilienceScore(of: run) {
            let tone = score.value == 1 ? "good" : score.value < 0.5 ? "bad" : "warn"
            figures.append(
                Figure(name: "Score", value: Text.percent(score.value), note: "weighted probe success", tone: tone))
        }
        let deviations = Deviation.all(in: run)
        let times = deviations.compactMap(\.timeToRecovery)
        if let longest = times.max() {
            let note =
                times.count == 1 ? "until the steady state was met again" : "the longest of \(Text.count(times.count))"
            figures.append(Figure(name: "Time to recovery", value: Text.duration(longest), note: note))
        } else if !deviations.isEmpty {
            figures.append(Figure(name: "Time to recovery", value: "never", note: "within this run", tone: "bad"))
        }
        let checks = run.checks
        if !checks.isEmpty {
            let met = checks.count { $0.isMet == true }
            figures.append(
                Figure(
                    name: "Steady state met", value: "\(Text.count(met)) of \(Text.count(checks.count))", note: "checks"
                ))
        }
        if !run.targets.isEmpty {
            let open = run.openTargets.count
            let note = open == 0 ? "none still broken" : "\(open) still broken"
            figures.append(
                Figure(
                    name: "Targets hit", value: Text.count(run.targets.count), note: note,
                    tone: open == 0 ? "" : "alert"))
        }
        let failed = run.method.count { $0.status == .failed || $0.status == .aborted }
        figures.append(
            Figure(
                name: "Activities", value: Text.count(run.method.count),
                note: failed == 0 ? "none failed" : "\(Text.count(failed)) failed", tone: failed == 0 ? "" : "alert"))
        figures.append(
            Figure(name: "Duration", value: Text.duration(run.duration), note: "started \(Text.moment(run.start))"))
        return figures
    }

    // MARK: Parts

    func write(_ html: inout HTML, _ budget: inout OutputBudget) {
        if let timeline {
            html.section(prefix + "timeline", "Timeline", below: parent) { html in TimelineView(timeline).write(&html) }
        }
        if !run.checks.isEmpty {
            html.section(prefix + "steady-state", "Steady state", below: parent) { html in writeSteadyState(&html) }
        }
        if !run.targets.isEmpty {
            html.section(prefix + "targets", "What was hit, and what became of it", below: parent) { html in
                writeTargets(&html)
            }
        }
        html.section(prefix + "method", "Method", below: parent) { html in
            let empty =
                run.declared.method == 0 ? "The experiment declares no activities." : "None of the activities was run."
            ActivityList(records: run.method, ifEmpty: empty, start: run.start).write(&html, &budget)
        }
        if run.declared.rollbacks > 0 || !run.rollbacks.isEmpty {
            html.section(prefix + "rollbacks", "Rollbacks", below: parent) { html in
                let empty = "None of the \(run.declared.rollbacks) rollbacks was played."
                ActivityList(records: run.rollbacks, ifEmpty: empty, start: run.start).write(&html, &budget)
            }
        }
        html.section(prefix + "run", "About the run", below: parent) { html in writeFacts(&html) }
    }

    private func writeSteadyState(_ html: inout HTML) {
        if !run.hypothesisTitle.isEmpty { html.element("p", ["class": "lead"], run.hypothesisTitle) }
        let score = ResilienceScore(of: run)
        let hasWeights = score?.parts.contains { $0.weight != 1 } ?? false
        var columns = ["Probe", "Before"]
        if !run.during.isEmpty { columns.append("During") }
        columns.append("After")
        if hasWeights { columns.append("Weight") }
        html.table("Probes of the steady state", columns, classes: "narrow") { html in
            for name in run.probeNames.prefix(100) {
                let records = run.checks.map { check in
                    (check.phase, check.probes.first { $0.name == name })
                }
                html.element("tr") { html in
                    let known = records.lazy.compactMap(\.1).first { $0.tolerance != nil }
                    let tolerance = known?.tolerance ?? declaredTolerance(of: name)
                    html.element("td", ["class": "name"]) { html in
                        html.text(name)
                        html.element("small", "should be " + ProbeWords.tolerance(tolerance, output: known?.output))
                    }
                    writeCell(&html, run.before, records.first { $0.0 == .before }?.1)
                    if !run.during.isEmpty { writeDuring(&html, records.filter { $0.0 == .during }.map(\.1)) }
                    writeCell(&html, run.after, records.first { $0.0 == .after }?.1)
                    if hasWeights {
                        let weight = score?.parts.first { $0.name == name }?.weight
                        html.element("td", weight.map(Text.number) ?? "–")
                    }
                }
            }
        }
    }

    private func declaredTolerance(of name: String) -> JSONValue? {
        let probes = run.journal["experiment"]?["steady-state-hypothesis"]?["probes"]?.arrayValue ?? []
        return probes.first { Text.line($0["name"]) == name }?["tolerance"]
    }

    private func writeCell(_ html: inout HTML, _ state: SteadyState?, _ record: ActivityRecord?) {
        html.element("td") { html in
            guard state != nil else { return html.element("span", ["class": "note"], "not checked") }
            guard let record else { return html.element("span", ["class": "note"], "not reached") }
            let (icon, words) = Self.words(record)
            icon.draw(&html)
            html.text(" " + words)
            if let error = record.error {
                html.element("small", error)
            } else if let output = record.output {
                html.element("small", ProbeWords.output(output))
            }
        }
    }

    private static func words(_ record: ActivityRecord) -> (Icon, String) {
        switch (record.status, record.toleranceMet) {
        case (.failed, _), (.aborted, _): (.unknown, "could not be run")
        case (.skipped, _): (.skipped, "dry run")
        case (_, true?): (.good, "met")
        case (_, false?): (.bad, "not met")
        case (_, nil): (.unknown, "not told")
        }
    }

    private func writeDuring(_ html: inout HTML, _ records: [ActivityRecord?]) {
        html.element("td") { html in
            let made = records.compactMap { $0 }
            guard !made.isEmpty else { return html.element("span", ["class": "note"], "not reached") }
            let met = made.count { $0.toleranceMet == true }
            (met == made.count ? Icon.good : .bad).draw(&html)
            html.text(" \(Text.count(met)) of \(Text.count(made.count)) met")
            if made.count < records.count {
                html.element("small", "\(Text.counted(records.count - made.count, "time")) not reached")
            }
        }
    }

    private func writeTargets(_ html: inout HTML) {
        let order = HitTarget.Outcome.allCases
        let sorted = run.targets.enumerated().sorted { left, right in
            let (first, second) = (left.element.outcome, right.element.outcome)
            let places = (first.flatMap(order.firstIndex) ?? 0, second.flatMap(order.firstIndex) ?? 0)
            return places.0 == places.1 ? left.offset < right.offset : places.0 < places.1
        }.map(\.element)
        let counts = [HitTarget.Outcome?](order.reversed().map { $0 } + [nil]).compactMap { outcome -> String? in
            let count = sorted.count { $0.outcome == outcome }
            return count == 0 ? nil : "\(Text.count(count)) \(outcome?.words ?? "not known")"
        }
        html.element("p", ["class": "lead"], Text.list(counts) + ".")
        html.table("Targets", ["Target", "Now", "By", "Before"]) { html in
            for target in sorted.prefix(300) {
                html.element("tr") { html in
                    html.element("td", ["class": "name"]) { html in
                        html.text(target.id.isEmpty ? "(no id)" : target.id)
                        html.element(
                            "small", [target.kind, target.region].filter { !$0.isEmpty }.joined(separator: " · "))
                    }
                    html.element("td", ["class": "name"]) { html in
                        target.icon.draw(&html)
                        html.text(" " + target.words)
                        if !target.reason.isEmpty { html.element("small", target.reason) }
                    }
                    html.element("td", target.activity)
                    html.element("td") { html in
                        if let before = target.before { html.element("code", Text.line(before, limit: 200)) }
                    }
                }
            }
        }
        if sorted.count > 300 {
            html.element("p", ["class": "note"], "\(Text.count(sorted.count - 300)) more targets are in the journal.")
        }
    }

    private func writeFacts(_ html: inout HTML) {
        let journal = run.journal
        html.element("dl", ["class": "facts"]) { html in
            func fact(_ name: String, _ value: String) {
                guard !value.isEmpty else { return }
                html.element("dt", name)
                html.element("dd", value)
            }
            fact("Run", Text.line(journal["tocsin"]?["run"]))
            fact("Started", Text.moment(run.start))
            fact("Ended", Text.moment(run.end))
            fact("Journal status", Text.line(journal["status"]) + (journal["deviated"] == true ? ", deviated" : ""))
            fact("Dry run", run.dry.map { "without \($0)" } ?? "")
            fact("Contributions", run.contributions.map { "\($0.name): \($0.level)" }.joined(separator: ", "))
            fact("Run by", Text.line(journal["node"]))
            fact("Platform", Text.line(journal["platform"]))
            fact("chaoslib version", Text.line(journal["chaoslib-version"], limit: 60))
        }
    }
}

/// How many bytes of outputs a page may still show, so that many large outputs cannot make it unusable.
struct OutputBudget {
    private(set) var left = 1_500_000

    /// The longest part of one output that is shown, in bytes.
    static let maximumOutput = 4_096

    /// What may be shown of a value.
    mutating func take(_ value: JSONValue) -> (text: String, isCut: Bool) {
        let shown = Text.block(value, limit: min(Self.maximumOutput, max(left, 80)))
        left -= shown.text.utf8.count
        return shown
    }
}
