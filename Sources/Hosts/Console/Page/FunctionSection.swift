internal import Basics
internal import Markup

/// The functions: how often they were invoked, how long they took, and their logs.
struct FunctionSection {
    let snapshot: ConsoleSnapshot

    /// So many invocations and log lines of each are shown.
    static let maximumInvocations = 12
    static let maximumLines = 40

    func write(_ html: inout HTML) {
        html.section("functions", "Functions") { html in
            guard !snapshot.functions.isEmpty else {
                return html.element("p", ["class": "note"], "No function runs.")
            }
            html.element("div", ["class": "functions"]) { html in
                html.element("div", ["class": "function head", "aria-hidden": "true"]) { html in
                    for column in ["Function"] + Self.columns { html.element("span", column) }
                }
                for function in snapshot.functions { write(function, &html) }
            }
        }
    }

    private static let columns = ["invocations", "errors", "cold starts", "p50", "p99", "memory"]

    private func write(_ function: ConsoleSnapshot.Function, _ html: inout HTML) {
        let durations = function.recent.map(\.milliseconds).sorted()
        let values = [
            Words.count(function.invocations), Words.count(function.errors), Words.count(function.starts),
            Self.percentile(50, of: durations), Self.percentile(99, of: durations),
            function.peakMemory > 0 ? Words.bytes(function.peakMemory) : "–",
        ]
        html.element("details", ["id": Words.id("function", function.name)]) { html in
            html.element("summary", ["class": "function"]) { html in
                html.element("span", ["class": "name"], Words.line(function.name))
                for (column, value) in zip(Self.columns, values) {
                    let isBad = column == "errors" && function.errors > 0
                    html.element("span", ["class": isBad ? "cell bad" : "cell"]) { html in
                        html.text(value)
                        html.element("small", " \(column)")
                    }
                }
            }
            html.element("div", ["class": "opened"]) { html in
                writeInvocations(function, &html)
                writeLog(function, &html)
            }
        }
    }

    /// The smallest value that so many per cent are not above.
    private static func percentile(_ percent: Int, of sorted: [Double]) -> String {
        guard !sorted.isEmpty else { return "–" }
        let rank = (sorted.count * percent + 99) / 100
        return Words.milliseconds(sorted[max(rank, 1) - 1])
    }

    private func writeInvocations(_ function: ConsoleSnapshot.Function, _ html: inout HTML) {
        guard !function.recent.isEmpty else {
            return html.element("p", ["class": "note"], "It has not been invoked yet.")
        }
        let count = function.recent.count
        html.element(
            "p", ["class": "note"],
            "p50 and p99 are of the last \(count == 1 ? "invocation" : "\(Words.count(count)) invocations").")
        html.table("Invocations of \(Words.line(function.name))", ["Time", "Duration", "Cold start", "Outcome"]) {
            html in
            for invocation in function.recent.prefix(Self.maximumInvocations) {
                html.element("tr") { html in
                    html.element("td") { html in html.time(invocation.time, now: snapshot.time) }
                    html.element("td", Words.milliseconds(invocation.milliseconds))
                    html.element("td", invocation.coldStart.map(Words.milliseconds) ?? "–")
                    html.element(
                        "td", ["class": invocation.error == nil ? "" : "bad"],
                        invocation.error.map { Words.line($0, limit: 300) } ?? "done")
                }
            }
        }
    }

    private func writeLog(_ function: ConsoleSnapshot.Function, _ html: inout HTML) {
        guard !function.log.isEmpty else { return html.element("p", ["class": "note"], "It has logged nothing.") }
        let lines = function.log.suffix(Self.maximumLines).map { Words.line($0, limit: 1_000) }
        html.element(
            "pre", ["tabindex": "0", "aria-label": "Log of \(Words.line(function.name))"], lines.joined(separator: "\n")
        )
    }
}
