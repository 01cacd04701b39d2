internal import Basics
internal import JSON
internal import Markup

extension ExperimentReport {
    /// One HTML page that holds all it needs: no script, no request, nothing to install.
    ///
    /// It says the verdict first, then what happened. A page on several runs begins with their trend. It stays under
    /// 5 MB: many activities are summed up, long outputs are cut, and of many runs the latest are told in full.
    public func html() -> String {
        var html = HTML()
        html.literal("<!DOCTYPE html>\n")
        html.element("html", ["lang": "en"]) { html in
            html.element("head") { html in writeHead(&html) }
            html.element("body") { html in
                html.element("a", ["class": "skip", "href": "#main"], "Skip to the report")
                Icon.marks(&html)
                if runs.count == 1 { writeSingle(runs[0], &html) } else { writeSeveral(&html) }
                html.element("footer") { html in
                    html.text("Made by Tocsin from \(Text.counted(runs.count, "journal")). Times are in UTC.")
                }
            }
        }
        return String(decoding: html.bytes, as: UTF8.self)
    }

    private func writeHead(_ html: inout HTML) {
        let digests = Stylesheet.all.map { style in
            let bytes = UnsafeBufferPointer(start: style.utf8Start, count: style.utf8CodeUnitCount)
            return "'sha256-\(Base64.encode(Digest.sha256(Array(bytes))))'"
        }.joined(separator: " ")
        html.empty("meta", ["charset": "utf-8"])
        html.empty(
            "meta",
            [
                "http-equiv": "Content-Security-Policy",
                "content": "default-src 'none'; style-src \(digests); base-uri 'none'; form-action 'none'",
            ])
        html.empty("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
        html.empty("meta", ["name": "referrer", "content": "no-referrer"])
        html.empty("meta", ["name": "color-scheme", "content": "light dark"])
        html.element("title", runs.count == 1 ? "\(Verdict(of: runs[0]).headline): \(runs[0].title)" : title)
        for style in Stylesheet.all {
            html.literal("<style>")
            html.literal(style)
            html.literal("</style>")
        }
    }

    private func writeMasthead(_ contents: [(id: String, heading: String)], _ html: inout HTML) {
        html.masthead(
            "Tocsin", "Experiment report", contents: contents.map { ("#" + $0.id, $0.heading) },
            label: "Parts of the report")
    }

    private func writeSingle(_ run: RunJournal, _ html: inout HTML) {
        let sections = RunSections(run: run, prefix: "")
        writeMasthead(run.isReadable ? sections.contents : [], &html)
        var budget = OutputBudget()
        html.element("main", ["id": "main"]) { html in
            html.element("h1", run.title)
            if !run.description.isEmpty { html.element("p", ["class": "lead"], run.description) }
            writeTags(run, &html)
            sections.writeVerdict(&html)
            if run.isReadable { sections.write(&html, &budget) }
        }
    }

    private func writeTags(_ run: RunJournal, _ html: inout HTML) {
        guard !run.tags.isEmpty else { return }
        html.element("ul", ["class": "badges", "aria-label": "Tags"]) { html in
            for tag in run.tags { html.element("li", ["class": "badge"], tag) }
        }
    }

    // MARK: Several runs

    /// The runs that are told in full: the latest, as long as the page is not longer than this many bytes.
    private static let maximumRuns = 25
    private static let roomForRuns = 2_500_000

    private func writeSeveral(_ html: inout HTML) {
        let trend = Trend(runs)
        let sections = TrendSections(trend: trend)
        let coverage = trend.tags.isEmpty && trend.contributions.isEmpty ? [] : [("coverage", "Coverage")]
        writeMasthead(
            runs.isEmpty ? [] : [("trend", "Trend"), ("experiments", "Experiments")] + coverage + [("runs", "Runs")],
            &html)
        html.element("main", ["id": "main"]) { html in
            html.element("h1", title)
            sections.writeVerdict(&html)
            if !runs.isEmpty {
                sections.write(&html)
                html.section("runs", "Runs") { html in writeRuns(&html) }
            }
        }
    }

    private func writeRuns(_ html: inout HTML) {
        var budget = OutputBudget()
        var told = 0
        html.element("p", ["class": "lead"], "The latest first.")
        for (index, run) in runs.enumerated().reversed() {
            guard told < Self.maximumRuns, html.bytes.count < Self.roomForRuns else { break }
            told += 1
            write(run, RunSections(run: run, prefix: "run-\(index + 1)-"), &html, &budget)
        }
        let rest = runs.dropLast(told).suffix(1_000)
        guard !rest.isEmpty else { return }
        html.element("h3", "Earlier runs")
        html.table("Earlier runs", ["Run", "Outcome", "Duration"]) { html in
            for run in rest.reversed() {
                html.element("tr") { html in
                    html.element("td", ["class": "name"]) { html in
                        html.text(run.title)
                        html.element("small", Text.moment(run.start))
                    }
                    html.element("td") { html in
                        let verdict = Verdict(of: run)
                        verdict.icon.draw(&html)
                        html.text(" " + verdict.headline)
                    }
                    html.element("td", Text.duration(run.duration))
                }
            }
        }
        let left = runs.count - told - rest.count
        if left > 0 { html.element("p", ["class": "note"], "\(Text.counted(left, "earlier run")) left out.") }
    }

    private func write(
        _ run: RunJournal, _ sections: RunSections, _ html: inout HTML, _ budget: inout OutputBudget
    ) {
        let verdict = Verdict(of: run)
        html.element("details", ["class": "activity run"]) { html in
            html.element("summary") { html in
                verdict.icon.draw(&html)
                html.element("span", ["class": "what", "id": sections.parent ?? ""]) { html in
                    html.element("strong", verdict.headline)
                    html.text(" · " + run.title)
                    html.element("small") { html in
                        html.empty("br")
                        html.text(Text.moment(run.start))
                    }
                }
                html.element("span", ["class": "when"], Text.duration(run.duration))
            }
            sections.writeVerdict(&html)
            if run.isReadable { sections.write(&html, &budget) }
        }
    }
}
