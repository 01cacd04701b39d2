internal import Basics
internal import Markup
internal import ServiceHistory
internal import StatusPages
internal import TimeZones

/// One incident with its updates and what was learned.
struct IncidentPage {
    let site: StatusSite
    let incident: Incident

    func write(into html: inout HTML) {
        let title = PageText.line(incident.title)
        SitePage(site: site, title: "\(title) – \(PageText.line(site.input.title, limit: 80))", root: "../")
            .write(into: &html) { html in
                let view = IncidentView(site: site, incident: incident, root: "../")
                html.hero(view.state, title, view.summary, noteThen: site.then(view.summary))
                html.section("updates", "Updates") { html in view.writeUpdates(into: &html) }
                if let postMortem = incident.postMortem {
                    html.section("post-mortem", "What was learned") { html in html.paragraphs(postMortem.text) }
                }
                writeServices(&html)
            }
    }

    private func writeServices(_ html: inout HTML) {
        let services =
            incident.services.isEmpty
            ? [] : site.serviceNames.places(of: incident).map { site.input.services[$0] }
        // A name that no service has is shown as it was told.
        let others = incident.services.filter { !site.serviceNames.contains($0) }
        guard !services.isEmpty || !others.isEmpty else { return }
        html.section("services", "Affected services") { html in
            html.element("ul", ["class": "links"]) { html in
                for service in services {
                    html.element("li") { html in
                        html.element(
                            "a", ["href": "../\(StatusSite.page(of: service))"],
                            PageText.line(service.fullName))
                    }
                }
                for name in others { html.element("li", PageText.line(name)) }
            }
        }
    }
}

/// An incident as pages show it.
struct IncidentView {
    let site: StatusSite
    let incident: Incident
    /// From the page's folder to that of `index.html`.
    let root: String

    private var zone: TimeZoneRules { site.input.zone }

    /// The state whose colour and icon it has.
    var state: ServiceState {
        if incident.status(at: site.now).isOver { return .up }
        if incident.isMaintenance { return .maintenance }
        return incident.impact >= .major ? .down : .degraded
    }

    /// `Resolved after 25 m, major, payments/api`.
    var summary: String {
        let status = incident.status(at: site.now)
        let start = incident.startedAt(site.now)
        var when = "since \(PageText.moment(start, zone))"
        if let end = incident.endedAt(site.now) {
            when = "after \(PageText.length(end - start))"
        } else if let window = incident.window, start > site.now {
            when = "for \(PageText.moment(start, zone)) to \(PageText.moment(window.upperBound, zone))"
        } else if let window = incident.window {
            when += " until \(PageText.moment(window.upperBound, zone))"
        }
        let text = status.text.prefix(1).uppercased() + status.text.dropFirst()
        let impact = incident.isMaintenance || incident.impact == .none ? "" : " · \(incident.impact.rawValue)"
        return "\(text) \(when)\(impact) · \(site.services(of: incident))"
    }

    /// Title, summary and the newest update.
    func writeBrief(belowDay isBelowDay: Bool = false, into html: inout HTML) {
        html.element("article", ["class": "incident \(state.rawValue)"]) { html in
            html.element(isBelowDay ? "h4" : "h3") { html in
                StateIcon.write(state, into: &html)
                html.element("a", ["href": "\(root)\(site.page(of: incident))"], PageText.line(incident.title))
            }
            html.element("p", ["class": "note"], summary)
            if let update = incident.updates(at: site.now).last {
                html.element("p", PageText.line(update.text, limit: 300))
            }
        }
    }

    /// All updates, the newest first.
    func writeUpdates(into html: inout HTML) {
        html.element("ol", ["class": "updates"]) { html in
            for update in incident.updates(at: site.now).reversed() {
                html.element("li") { html in
                    html.element("p", ["class": "when"]) { html in
                        html.element(
                            "strong", update.status.text.prefix(1).uppercased() + update.status.text.dropFirst())
                        html.text(" · ")
                        html.element(
                            "time", ["datetime": update.time.iso8601(fractionDigits: 0)],
                            PageText.full(update.time, zone))
                    }
                    html.paragraphs(update.text)
                }
            }
        }
    }
}

extension HTML {
    /// Plain text with its paragraphs, which are divided by empty lines.
    mutating func paragraphs(_ text: String) {
        var paragraph: [String] = []
        var html = self
        func end() {
            if !paragraph.isEmpty {
                html.element("p") { html in
                    for (index, line) in paragraph.enumerated() {
                        if index > 0 { html.empty("br") }
                        html.text(line)
                    }
                }
            }
            paragraph = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let line = PageText.line(String(line), limit: 4_000)
            if line.isEmpty { end() } else { paragraph.append(line) }
        }
        end()
        self = html
    }
}
