internal import Basics
internal import Markup

/// What an experiment would do, with the button that starts it: it is there only below the plan.
struct PlanPage {
    let experiment: ConsoleSnapshot.Experiment
    let snapshot: ConsoleSnapshot
    let plan: Result<ConsolePlan, any Error>
    /// What led here; nil for nothing.
    let result: ActionResult?
    let form: Form

    func page() -> HTML {
        let title = Words.line(experiment.title)
        return PageFrame.page("Plan: \(title) · Tocsin", icon: .busy) { html in
            html.element("main", ["id": "main", "class": "alone wide"]) { html in
                html.element("p", ["class": "back"]) { html in
                    html.element("a", ["href": form.path], "← Back to the console")
                }
                if let result {
                    html.element(
                        "p", ["id": "result", "class": "banner \(result.tone)", "role": "status"], result.text)
                }
                html.element("section", ["class": "card", "aria-labelledby": "plan"]) { html in
                    html.element("h1", ["id": "plan"], title)
                    switch plan {
                    case .success(let plan): write(plan, &html)
                    case .failure(let error):
                        html.element(
                            "p", ["class": "problem"], "Cannot be run: \(Words.line("\(error)", limit: 1_000))")
                    }
                }
            }
        }
    }

    private func write(_ plan: ConsolePlan, _ html: inout HTML) {
        html.element("p", "Nothing has been done yet. This is what a run does, and how it puts things back:")
        html.element(
            "pre", ["class": "plan", "tabindex": "0", "aria-label": "Plan"], Words.block(plan.text, limit: 100_000))
        html.element("div", ["class": "buttons"]) { html in
            if let refusal = plan.refusal {
                html.element("p", ["class": "problem"], "Cannot be run: \(Words.line(refusal, limit: 1_000))")
            } else if let running = snapshot.experiments.first(where: { $0.state == .running }) {
                html.element(
                    "p", ["class": "problem"],
                    "“\(Words.line(running.title))” is running. Only one experiment runs at a time.")
            } else {
                form.button(
                    "Run it now", "run",
                    fields: [("experiment", experiment.id), ("plan", plan.digest)],
                    classes: "primary", isLive: false, &html)
            }
            html.element("a", ["class": "button", "href": form.path], "Back without running")
        }
    }
}
