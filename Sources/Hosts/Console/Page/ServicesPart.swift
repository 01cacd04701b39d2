internal import Basics
internal import Markup
internal import ServiceHistory
internal import StatusPages

/// The services: groups with bars, and their response times on one time axis.
struct ServicesPart {
    let snapshot: ConsoleSnapshot
    let form: Form

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
                let name = entry.history.displayName
                form.button("Check now", "check", fields: [("service", name)], describedFor: Words.line(name), &html)
            }
            services.write(into: &html)
            html.element("h3", ["id": "response-heading"], "Response times of the last hour")
            ResponseChart(entries: snapshot.services, range: snapshot.time - .seconds(3_600)..<snapshot.time)
                .write(into: &html)
        }
    }
}
