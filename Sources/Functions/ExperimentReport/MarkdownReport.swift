internal import Basics
internal import JSON

extension ExperimentReport {
    /// The report as Markdown that GitHub shows: in a job's summary, an issue or a comment.
    ///
    /// Texts from journals are code spans, where GitHub makes no links, mentions or markup of them. At most 60,000
    /// bytes: a comment may have 65,536.
    public func markdown() -> String {
        var text = Markdown()
        if runs.count == 1 {
            write(runs[0], &text, level: "#")
        } else {
            writeTrend(&text)
            for run in runs.reversed() {
                guard text.hasRoom else {
                    text.line("Earlier runs are left out here.")
                    break
                }
                write(run, &text, level: "##")
            }
        }
        return text.text
    }

    private func writeTrend(_ text: inout Markdown) {
        let trend = Trend(runs)
        text.line("# \(Markdown.code(title))")
        text.line(
            "\(Text.counted(runs.count, "run")) of \(Text.counted(trend.experiments.count, "experiment")), passed: "
                + "**\(trend.passRate(runs.indices))**.")
        let open = trend.openTargets
        if !open.isEmpty {
            text.line("**Still broken:** " + open.prefix(10).map { Markdown.code($0.id) }.joined(separator: ", "))
        }
        text.table(
            ["Experiment", "Latest run", "Passed", "Score", "Recovery", "Runs"],
            trend.experiments.prefix(100).map { group in
                let last = group.runs.last.map { runs[$0] }
                return [
                    Markdown.code(group.name), last.map { Markdown.headline(Verdict(of: $0)) } ?? "",
                    trend.passRate(group.runs),
                    group.runs.last { trend.scores[$0] != nil }.flatMap { trend.scores[$0] }.map { Text.percent($0) }
                        ?? "–",
                    Text.duration(trend.meanTimeToRecovery(group.runs)), Text.count(group.runs.count),
                ]
            })
    }

    private func write(_ run: RunJournal, _ text: inout Markdown, level: String) {
        let verdict = Verdict(of: run)
        text.line("\(level) \(Markdown.headline(verdict)): \(Markdown.code(run.title))")
        text.line(Markdown.line(verdict.sentence))
        if !verdict.points.isEmpty {
            text.line(
                verdict.points.map { "- \(Markdown.sign($0.icon)) \(Markdown.line($0.text))" }.joined(separator: "\n"))
        }
        guard run.isReadable else { return }
        let score = ResilienceScore(of: run).map { "score \(Text.percent($0.value)), " } ?? ""
        let recovery =
            Deviation.all(in: run).compactMap(\.timeToRecovery).max().map { "recovery \(Text.duration($0)), " } ?? ""
        text.line("Started \(Text.moment(run.start)), \(score)\(recovery)duration \(Text.duration(run.duration)).")
        writeSteadyState(run, &text, level: level + "#")
        writeTargets(run, &text, level: level + "#")
        writeActivities("Method", run.method, &text, level: level + "#")
        writeActivities("Rollbacks", run.rollbacks, &text, level: level + "#")
    }

    private func writeSteadyState(_ run: RunJournal, _ text: inout Markdown, level: String) {
        guard !run.checks.isEmpty else { return }
        text.line("\(level) Steady state")
        func cell(_ state: SteadyState?, _ name: String) -> String {
            guard let state else { return "not checked" }
            guard let probe = state.probes.first(where: { $0.name == name }) else { return "not reached" }
            if probe.status == .failed || probe.status == .aborted { return "⚠️ could not be run" }
            if probe.status == .skipped { return "dry run" }
            let output = probe.output.map { " " + Markdown.code(ProbeWords.output($0)) } ?? ""
            return (probe.toleranceMet == true ? "✅ met" : "❌ not met") + output
        }
        text.table(
            ["Probe", "Should be", "Before", "During", "After"],
            run.probeNames.prefix(50).map { name in
                let records = run.checks.compactMap { check in check.probes.first { $0.name == name } }
                let made = run.during.compactMap { check in check.probes.first { $0.name == name } }
                let met = made.count { $0.toleranceMet == true }
                return [
                    Markdown.code(name),
                    Markdown.code(ProbeWords.tolerance(records.first?.tolerance, output: records.first?.output)),
                    cell(run.before, name), run.during.isEmpty ? "not checked" : "\(met) of \(made.count) met",
                    cell(run.after, name),
                ]
            })
    }

    private func writeTargets(_ run: RunJournal, _ text: inout Markdown, level: String) {
        guard !run.targets.isEmpty else { return }
        text.line("\(level) Targets")
        let sorted = run.targets.filter(\.isOpen) + run.targets.filter { !$0.isOpen }
        text.table(
            ["Target", "Now", "By", "Reason"],
            sorted.prefix(50).map { target in
                let id = [target.kind, target.id, target.region].filter { !$0.isEmpty }.joined(separator: " ")
                return [
                    Markdown.code(id), "\(Markdown.sign(target.icon)) \(target.words)", Markdown.code(target.activity),
                    target.reason.isEmpty ? "" : Markdown.code(target.reason),
                ]
            })
        if sorted.count > 50 { text.line("\(Text.count(sorted.count - 50)) more are in the journal.") }
    }

    private func writeActivities(_ name: String, _ records: [ActivityRecord], _ text: inout Markdown, level: String) {
        guard !records.isEmpty else { return }
        text.line("\(level) \(name)")
        // Of many activities, those that failed matter most.
        let many = records.count > 50
        let shown = many ? Array(records.filter(\.isBad).prefix(50)) : records
        if many {
            text.line(
                "\(Text.counted(records.count, "activity", "activities")), "
                    + "\(Text.count(records.count(where: \.isBad))) failed.")
        }
        if !shown.isEmpty {
            text.table(
                ["Activity", "Kind", "Result", "Duration"],
                shown.map { record in
                    let sign = Markdown.sign(ActivityList.icon(record))
                    let error = record.error.map { " " + Markdown.code($0) } ?? ""
                    return [
                        Markdown.code(record.name), record.kind.rawValue + (record.isBackground ? ", background" : ""),
                        "\(sign) \(record.status.rawValue)\(error)", Text.duration(record.duration),
                    ]
                })
        }
        for record in shown {
            guard text.hasRoom, let output = record.output else { continue }
            text.fold(record.name, Text.block(output, limit: 1_000))
        }
    }
}

/// Writes Markdown in which no text of a journal can become markup.
private struct Markdown {
    private(set) var text = ""

    /// Whether another output or run may follow.
    var hasRoom: Bool { text.utf8.count < 50_000 }

    mutating func line(_ line: String) {
        guard text.utf8.count + line.utf8.count < 60_000 else { return }
        text += line + "\n\n"
    }

    mutating func table(_ columns: [String], _ rows: [[String]]) {
        var table = "| \(columns.joined(separator: " | ")) |\n|\(String(repeating: " --- |", count: columns.count))\n"
        for row in rows {
            let line = "| \(row.map { $0.replacingBytes("|", with: "\\|") }.joined(separator: " | ")) |\n"
            guard text.utf8.count + table.utf8.count + line.utf8.count < 58_000 else { break }
            table += line
        }
        line(String(table.dropLast()))
    }

    /// An output that opens on demand.
    mutating func fold(_ title: String, _ content: (text: String, isCut: Bool)) {
        let fence = String(repeating: "`", count: max(3, Self.longestRun(content.text) + 1))
        let note = content.isCut ? "\n\nCut here; the journal has all of it." : ""
        line("<details><summary>Output of <code>\(Self.html(title))</code></summary>")
        line("\(fence)text\n\(content.text)\n\(fence)\(note)")
        line("</details>")
    }

    static func headline(_ verdict: Verdict) -> String { "\(sign(verdict.icon)) \(verdict.headline)" }

    static func sign(_ icon: Icon) -> String {
        switch icon {
        case .good: "✅"
        case .bad: "❌"
        case .warning: "⚠️"
        case .interrupted: "⏸️"
        case .unknown: "❔"
        case .skipped: "➖"
        }
    }

    /// A text as a code span: with more backticks around it than it has in a row.
    static func code(_ text: String) -> String {
        guard !text.isEmpty else { return "–" }
        let fence = String(repeating: "`", count: longestRun(text) + 1)
        let space = text.hasPrefix("`") || text.hasSuffix("`") ? " " : ""
        return fence + space + text + space + fence
    }

    private static func longestRun(_ text: String) -> Int {
        var (longest, run) = (0, 0)
        for byte in text.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }

    static func line(_ sentence: Sentence) -> String {
        sentence.parts.map { $0.isQuoted ? code($0.text) : $0.text }.joined()
    }

    /// A text between tags of HTML, where Markdown means nothing.
    private static func html(_ text: String) -> String {
        text.replacingBytes("&", with: "&amp;").replacingBytes("<", with: "&lt;")
    }
}
