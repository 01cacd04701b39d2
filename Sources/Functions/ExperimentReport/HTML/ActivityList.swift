internal import Basics
internal import JSON
internal import Markup

/// What was done, one activity below the other; many activities are summed up by their names.
struct ActivityList {
    let records: [ActivityRecord]
    let ifEmpty: String
    /// The start of the run.
    let start: Timestamp?

    /// Up to so many activities are shown one by one.
    static let maximumSingle = 100
    /// Of more activities, so many that failed are.
    static let maximumFailed = 50
    /// Names of which many activities have theirs summed up.
    static let maximumNames = 200

    func write(_ html: inout HTML, _ budget: inout OutputBudget) {
        guard !records.isEmpty else { return html.element("p", ["class": "note"], ifEmpty) }
        guard records.count > Self.maximumSingle else {
            for record in records { write(record, &html, &budget) }
            return
        }
        writeSums(&html)
        let bad = records.filter(\.isBad)
        guard !bad.isEmpty else { return }
        let title =
            bad.count > Self.maximumFailed
            ? "The first \(Self.maximumFailed) of \(Text.count(bad.count)) that failed" : "Those that failed"
        html.element("h3", title)
        for record in bad.prefix(Self.maximumFailed) { write(record, &html, &budget) }
    }

    // MARK: One activity

    private func write(_ record: ActivityRecord, _ html: inout HTML, _ budget: inout OutputBudget) {
        html.element("details", ["class": "activity"]) { html in
            html.element("summary") { html in
                Self.icon(record).draw(&html)
                html.element("span", ["class": "what"]) { html in
                    html.text(record.name + " ")
                    if record.kind != .activity { html.badge(record.kind.rawValue, record.kind.rawValue) }
                    if record.isBackground { html.badge("in the background") }
                    if record.isBad || record.status == .skipped { html.badge(Self.words(record)) }
                    if let error = record.error, record.isBad { html.element("span", ["class": "failure"], error) }
                }
                html.element("span", ["class": "when"]) { html in
                    html.text(Text.duration(record.duration))
                    if let start, let own = record.start {
                        html.element("small", [:]) { html in
                            html.empty("br")
                            html.text("at " + Text.offset((own - start) / .seconds(1)))
                        }
                    }
                }
            }
            html.element("div", ["class": "inside"]) { html in writeInside(record, &html, &budget) }
        }
    }

    private func writeInside(_ record: ActivityRecord, _ html: inout HTML, _ budget: inout OutputBudget) {
        html.element("dl", ["class": "facts"]) { html in
            func fact(_ name: String, _ value: String, isCode: Bool = false) {
                guard !value.isEmpty else { return }
                html.element("dt", name)
                html.element("dd") { html in
                    if isCode { html.element("code", value) } else { html.text(value) }
                }
            }
            fact("Call", record.call, isCode: true)
            fact("Started", record.start == nil ? "" : Text.moment(record.start))
            fact(
                "Should be",
                record.tolerance == nil ? "" : ProbeWords.tolerance(record.tolerance, output: record.output))
            let pauses = [
                record.pauses.before > 0 ? "\(Text.duration(record.pauses.before)) before" : nil,
                record.pauses.after > 0 ? "\(Text.duration(record.pauses.after)) after" : nil,
            ]
            fact("Pauses", Text.list(pauses.compactMap { $0 }))
        }
        if let output = record.output { write("Output", output, &html, &budget) }
        if let exception = record.exception { write("Exception", .string(exception), &html, &budget) }
    }

    private func write(_ name: String, _ value: JSONValue, _ html: inout HTML, _ budget: inout OutputBudget) {
        let (text, isCut) = budget.take(value)
        html.element("p", ["class": "note"], name)
        html.element("pre", ["tabindex": "0"], text)
        if isCut { html.element("p", ["class": "note"], "Cut here; the journal has all of it.") }
    }

    static func icon(_ record: ActivityRecord) -> Icon {
        switch record.status {
        case .failed, .aborted: .bad
        case .skipped: .skipped
        case .succeeded: record.toleranceMet == false ? .bad : .good
        }
    }

    private static func words(_ record: ActivityRecord) -> String {
        switch record.status {
        case .failed: "failed"
        case .aborted: "unexpected error"
        case .skipped: "left out"
        case .succeeded: record.toleranceMet == false ? "tolerance not met" : "succeeded"
        }
    }

    // MARK: Many activities

    private func writeSums(_ html: inout HTML) {
        var names: [String] = []
        let byName = Dictionary(grouping: records) { $0.name }
        var seen: Set<String> = []
        for record in records where seen.insert(record.name).inserted { names.append(record.name) }
        html.element("p", ["class": "lead"], "\(Text.count(records.count)) activities, summed up by their names.")
        html.table("Activities", ["Activity", "Runs", "Failed", "Typical", "Longest", "In all"]) { html in
            for name in names.prefix(Self.maximumNames) {
                let own = byName[name] ?? []
                let durations = own.compactMap(\.duration).sorted()
                html.element("tr") { html in
                    html.element("td", ["class": "name"], name)
                    html.element("td", Text.count(own.count))
                    html.element("td", Text.count(own.count(where: \.isBad)))
                    html.element("td", Text.duration(durations.isEmpty ? nil : durations[durations.count / 2]))
                    html.element("td", Text.duration(durations.last))
                    html.element("td", Text.duration(durations.isEmpty ? nil : durations.reduce(0, +)))
                }
            }
        }
        if names.count > Self.maximumNames {
            let rest = Text.count(names.count - Self.maximumNames)
            html.element("p", ["class": "note"], "Activities of \(rest) more names are in the journal.")
        }
    }
}
