internal import Basics
internal import Markup
internal import ServiceHistory
internal import StatusPages

/// The services: groups with bars, and their response times on one time axis.
struct ServicesPart {
    let snapshot: ConsoleSnapshot
    let form: Form
    /// The id of the form that the buttons of all services belong to.
    private static let check: StaticString = "check-service"

    func write(_ html: inout HTML) {
        html.section("services", "Services") { html in
            guard !snapshot.services.isEmpty else {
                html.element("p", ["class": "note"]) { html in
                    html.text("No service is watched yet. Name checks or tests in ")
                    html.element("code", "tocsin.yaml")
                    html.text(", which is read again when it is saved.")
                }
                return
            }
            let services = ServiceSection(entries: snapshot.services, now: snapshot.time) { entry, html in
                // A test runs by itself, in a process of its own.
                guard entry.history.kind == .check else { return }
                let name = entry.history.displayName
                form.button(
                    "Check now", of: Self.check, name: "service", value: name, describedFor: Words.line(name), &html)
            }
            services.write(into: &html)
            // One form for all: of a hundred services, a form each would be a tenth of the page.
            if snapshot.hasChecks { form.shared(Self.check, "check", &html) }
        }
    }
}

/// The response times of the last hour, one below the other, so that shared trouble is seen.
struct ResponsePart {
    let snapshot: ConsoleSnapshot

    private static let length = Duration.seconds(3_600)

    func write(_ html: inout HTML) {
        html.section("response-times", "Response times, last hour") { html in
            let range = snapshot.time - Self.length..<snapshot.time
            // By minute; of many services by two, for the page's weight.
            let steps = snapshot.services.count > 30 ? 30 : 60
            ResponseChart(entries: snapshot.services, range: range, steps: steps).write(into: &html)
        }
    }
}
