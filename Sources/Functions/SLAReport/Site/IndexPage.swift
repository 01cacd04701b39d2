internal import Basics
internal import Markup
internal import ServiceHistory
internal import StatusPages
internal import TimeZones

/// The page that people open first: is something wrong, with what, since when.
struct IndexPage {
    let site: StatusSite

    /// Incidents of more days are left out; the feeds have them all.
    private static let maximumPast = 30

    func write(into html: inout HTML) {
        let entries = site.entries
        let overall = OverallState(entries)
        SitePage(site: site, title: "\(overall.sentence) – \(PageText.line(site.input.title, limit: 80))", root: "")
            .write(into: &html) { html in
                html.hero(
                    overall.state, overall.sentence, overall.note(at: site.now, site.input.zone),
                    headingThen: overall.pastSentence(at: site.now, site.input.zone))
                html.unread(site.input.unread)
                writeCurrent(&html)
                html.section("services", "Services") { html in
                    ServiceSection(
                        entries: entries, now: site.now, days: site.input.days, zone: site.input.zone
                    ).write(into: &html)
                    BarLegend.write(into: &html)
                }
                writeResponses(entries, &html)
                writePast(&html)
            }
    }

    private func writeCurrent(_ html: inout HTML) {
        let open = site.current + site.upcoming
        guard !open.isEmpty else { return }
        html.section("current", "Incidents and maintenance") { html in
            for incident in open { IncidentView(site: site, incident: incident, root: "").writeBrief(into: &html) }
        }
    }

    private func writeResponses(_ entries: [ServiceEntry], _ html: inout HTML) {
        let hours = min(48, site.input.days * 24)
        let range = (site.now - .seconds(hours * 3_600))..<site.now
        html.section("responses", "Response times of the last \(hours) hours") { html in
            ResponseChart(entries: entries, range: range, zone: site.input.zone).write(into: &html)
        }
    }

    private func writePast(_ html: inout HTML) {
        let past = site.past.filter { $0.startedAt(site.now) >= site.period.lowerBound }
        html.section("history", "Past incidents") { html in
            guard !past.isEmpty else {
                html.element("p", ["class": "lead"], "No incidents in \(HistoryReach.name(site.input.days)).")
                return
            }
            var day = ""
            for incident in past.prefix(Self.maximumPast) {
                let date = PageText.date(incident.startedAt(site.now), site.input.zone)
                if date != day { html.element("h3", ["class": "day"], date) }
                day = date
                IncidentView(site: site, incident: incident, root: "").writeBrief(belowDay: true, into: &html)
            }
            let left = past.count - Self.maximumPast
            if left > 0 { html.element("p", ["class": "note"], "\(counted(left, "earlier incident")) left out.") }
        }
    }
}

/// All services in one sentence.
struct OverallState {
    private let entries: [ServiceEntry]

    init(_ entries: [ServiceEntry]) { self.entries = entries }

    private func count(_ state: ServiceState) -> Int { entries.count { $0.state == state } }

    /// The worst state of any service; never green when a service was not checked.
    var state: ServiceState {
        for state in [ServiceState.down, .degraded, .unknown, .maintenance] where count(state) > 0 { return state }
        return entries.isEmpty ? .unknown : .up
    }

    /// `2 of 5 services are down`.
    var sentence: String { sentence(isPast: false) }

    /// `2 of 5 services were down on 12 Oct 2026, 14:05 UTC`.
    func pastSentence(at time: Timestamp, _ zone: TimeZoneRules) -> String {
        "\(sentence(isPast: true)) on \(PageText.full(time, zone))"
    }

    private func sentence(isPast: Bool) -> String {
        let (count, all) = (count(state), entries.count)
        let subject =
            count < all
            ? "\(count) of \(counted(all, "service"))"
            : all == 1 ? "The service" : all == 2 ? "Both services" : "All \(all) services"
        let verb = count == 1 ? (isPast ? "was" : "is") : isPast ? "were" : "are"
        switch state {
        case .up: return "\(subject) \(verb) up"
        case .down: return "\(subject) \(verb) down"
        case .degraded: return "\(subject) \(verb) degraded"
        case .maintenance: return "\(subject) \(verb) under maintenance"
        case .unknown where all == 0: return "No services were found"
        case .unknown: return "\(subject) \(isPast ? "had" : count == 1 ? "has" : "have") no current data"
        }
    }

    /// The services that are not up, and the age of the results.
    func note(at now: Timestamp, _ zone: TimeZoneRules) -> String {
        var parts: [String] = []
        for state in [ServiceState.down, .degraded, .unknown, .maintenance] {
            let names = entries.filter { $0.state == state }.map { PageText.line($0.history.displayName, limit: 60) }
            guard !names.isEmpty else { continue }
            let more = names.count > 4 ? " and \(names.count - 4) more" : ""
            parts.append("\(state.title): \(names.prefix(4).joined(separator: ", "))\(more).")
        }
        if let newest = entries.compactMap(\.lastResult).max() {
            parts.append("Newest result: \(PageText.full(min(newest, now), zone)).")
        } else {
            parts.append("There are no results.")
        }
        return parts.joined(separator: " ")
    }
}
