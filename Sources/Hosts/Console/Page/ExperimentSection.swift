internal import Basics
internal import Markup

/// The experiments: state, outcome, and the timeline of the last run over the metrics that it moved.
struct ExperimentSection {
    let snapshot: ConsoleSnapshot
    let form: Form

    func write(_ html: inout HTML) {
        html.section("experiments", "Experiments") { html in
            guard !snapshot.experiments.isEmpty else {
                return html.element("p", ["class": "note"]) { html in
                    html.text("No experiment yet. Put one into the folder ")
                    html.element("code", "experiments")
                    html.text(" beside your checks.")
                }
            }
            html.element("ul", ["class": "items"]) { html in
                for experiment in snapshot.experiments { write(experiment, &html) }
            }
        }
    }

    private var isRunning: Bool { snapshot.experiments.contains { $0.state == .running } }

    /// The run that ended last, whose timeline is open.
    private var latest: String? {
        snapshot.experiments.filter { !$0.activities.isEmpty }
            .max {
                ($0.activities.last?.start ?? snapshot.startedAt) < ($1.activities.last?.start ?? snapshot.startedAt)
            }?
            .id
    }

    private func write(_ experiment: ConsoleSnapshot.Experiment, _ html: inout HTML) {
        let tone = Self.tone(experiment)
        html.element("li", ["class": "experiment \(tone.rawValue)", "id": Words.id("experiment", experiment.id)]) {
            html in
            html.element("div", ["class": "item-head"]) { html in
                tone.draw(&html)
                html.element("h3", Words.line(experiment.title))
                html.element("span", ["class": "now"], Self.words(experiment))
                if let start = experiment.activities.first?.start {
                    html.element("span", ["class": "ago"]) { html in
                        html.time(start, now: snapshot.time)
                        let end = experiment.activities.compactMap(\.end).max()
                        if experiment.state != .running, let end { html.text(", \((end - start).rounded.text)") }
                    }
                }
                writeButton(experiment, &html)
            }
            if let problem = experiment.problem {
                html.element("p", ["class": "problem"], "Cannot be run: \(Words.line(problem, limit: 400))")
            }
            if !experiment.outcome.isEmpty { html.element("p", Words.line(experiment.outcome, limit: 600)) }
            if let timeline = ExperimentTimeline(experiment, snapshot) {
                let isOpen = experiment.state == .running || experiment.id == latest
                let id = Words.id("timeline", experiment.id)
                html.element("details", isOpen ? ["id": id, "open": ""] : ["id": id]) { html in
                    html.element("summary", "Timeline of the last run")
                    timeline.write(&html)
                }
            }
        }
    }

    private func writeButton(_ experiment: ConsoleSnapshot.Experiment, _ html: inout HTML) {
        let title = Words.line(experiment.title)
        if experiment.state == .running {
            form.button("Stop and roll back", "stop", describedFor: title, classes: "danger", &html)
        } else if experiment.problem == nil, !isRunning {
            let address = "\(form.path)plan?experiment=\(percentEncoded(experiment.id))"
            html.element("a", ["class": "button", "href": address]) { html in
                html.text("Show plan, then run")
                html.element("span", ["class": "aloud"], " \(title)")
            }
        }
    }

    static func tone(_ experiment: ConsoleSnapshot.Experiment) -> Tone {
        switch experiment.state {
        case .ready: experiment.problem == nil ? .quiet : .warn
        case .running: .busy
        case .passed: .good
        case .deviated, .failed: .bad
        case .interrupted: .warn
        }
    }

    private static func words(_ experiment: ConsoleSnapshot.Experiment) -> String {
        switch experiment.state {
        case .ready: experiment.problem == nil ? "not run yet" : "faulty"
        default: experiment.state.rawValue
        }
    }
}

extension Duration {
    /// Without the digits that nobody reads: whole seconds from ten seconds on.
    var rounded: Duration {
        self < .seconds(10)
            ? .milliseconds(Int64((self / .milliseconds(100)).rounded()) * 100) : .seconds(components.seconds)
    }
}
