internal import Basics
internal import Markup
internal import ServiceHistory
internal import StatusPages
internal import TimeZones

/// All about one service: its objective and what is left of its error budget, outages with their causes, response
/// times.
struct ServicePage {
    let site: StatusSite
    let service: SLAReportInput.Service
    let entry: ServiceEntry
    /// The folder of its badges.
    let badges: String

    /// Of more outages the newest are shown.
    private static let maximumOutages = 200

    private var now: Timestamp { site.now }
    private var zone: TimeZoneRules { site.input.zone }

    func write(into html: inout HTML) {
        let name = PageText.line(entry.history.displayName, limit: 120)
        SitePage(site: site, title: "\(name) – \(PageText.line(site.input.title, limit: 80))", root: "../")
            .write(into: &html) { html in
                let sentence = sentence(entry)
                html.hero(entry.state, name, sentence, noteThen: site.then(sentence))
                html.unread(site.input.unread.filter { $0.service == service.id || $0.service == nil })
                writeIncidents(&html)
                writeAvailability(entry.history, &html)
                html.section("bars", "Results") { html in
                    for (unit, count) in [(HistoryBar.Unit.day, 90), (.hour, 48)] {
                        HistoryStrip(entry: entry, unit: unit, count: count, now: now, zone: zone).write(into: &html)
                    }
                    BarLegend.write(into: &html)
                }
                if entry.history.objective != nil {
                    html.section("objective", "Objective") { html in
                        BudgetView(history: entry.history, now: now, zone: zone).write(into: &html)
                    }
                }
                writeResponses(entry, &html)
                writeOutages(entry.history, &html)
                writeMaintenance(entry.history, &html)
                writeBadges(&html)
            }
    }

    /// `Up since 12 Oct 2026, 14:05 UTC. Newest result: …`.
    private func sentence(_ entry: ServiceEntry) -> String {
        var parts = service.details.map { [PageText.line($0, limit: 300)] } ?? []
        let last = entry.history.outages(in: site.period, now: now).last
        switch entry.state {
        case .down, .degraded:
            let since =
                last.map { " for \(PageText.length(now - $0.start)), since \(PageText.full($0.start, zone))" } ?? ""
            parts.append("\(entry.state.title)\(since)\(last?.cause.map { ": \(PageText.line($0))" } ?? "").")
        case .up:
            let since =
                last?.end.map { " since \(PageText.full($0, zone))" } ?? ", no outages in \(site.input.days) days"
            parts.append("Up\(since).")
        case .maintenance: parts.append("Under maintenance: results do not count.")
        case .unknown: parts.append("There are no current data, so nobody knows how it is.")
        }
        if let time = entry.lastResult {
            parts.append("Newest result: \(PageText.full(min(time, now), zone)).")
        }
        return parts.joined(separator: " ")
    }

    private func writeIncidents(_ html: inout HTML) {
        let incidents = (site.current + site.upcoming).filter { incident in
            incident.services.isEmpty || incident.services.contains { service.isCalled($0) }
        }
        guard !incidents.isEmpty else { return }
        html.section("current", "Incidents and maintenance") { html in
            for incident in incidents {
                IncidentView(site: site, incident: incident, root: "../").writeBrief(into: &html)
            }
        }
    }

    private func writeAvailability(_ history: ServiceHistory, _ html: inout HTML) {
        html.figures(
            [(1, "24 hours"), (7, "7 days"), (30, "30 days"), (90, "90 days")].map { days, name in
                let availability = history.availability(in: (now - .seconds(days * 86_400))..<now, now: now)
                let isBad = zip2(history.objective, availability.ratio).map { $1 * 100 + 1e-9 < $0 } ?? false
                let outages =
                    availability.attempts == 0
                    ? "no data"
                    : availability.outages == 0
                        ? "no outages"
                        : "\(counted(availability.outages, "outage")), \(PageText.length(availability.downtime)) down"
                return Figure(
                    name: name, value: availability.percentText, note: outages, tone: isBad ? "bad" : "")
            })
    }

    private func writeResponses(_ entry: ServiceEntry, _ html: inout HTML) {
        html.section("responses", "Response times") { html in
            for (days, steps, name) in [(1, 96, "Last 24 hours"), (30, 120, "Last 30 days")] {
                html.element("h3", name)
                ResponseChart(
                    entries: [entry], range: (now - .seconds(days * 86_400))..<now, zone: zone, steps: steps,
                    isLarge: true
                ).write(into: &html)
            }
        }
    }

    private func writeOutages(_ history: ServiceHistory, _ html: inout HTML) {
        let outages = history.outages(in: site.period, now: now)
        html.section("outages", "Outages") { html in
            guard !outages.isEmpty else {
                html.element(
                    "p", ["class": "lead"],
                    history.points.isEmpty ? "There are no data." : "None in \(site.input.days) days.")
                return
            }
            OutageTable(outages: outages.suffix(Self.maximumOutages).reversed(), now: now, zone: zone).write(
                into: &html)
            let left = outages.count - Self.maximumOutages
            if left > 0 { html.element("p", ["class": "note"], "\(counted(left, "earlier outage")) left out.") }
        }
    }

    private func writeBadges(_ html: inout HTML) {
        html.section("badges", "Badges for other pages") { html in
            html.element("ul", ["class": "links"]) { html in
                for (file, name) in [
                    ("health.svg", "Health"), ("uptime-30d.svg", "Availability of 30 days"),
                    ("response-time-24h.svg", "Response time of 24 hours"), ("health.json", "Health for shields.io"),
                ] {
                    html.element("li") { html in
                        html.element("a", ["href": "../badges/\(percentEncoded(badges))/\(file)"], name)
                    }
                }
            }
        }
    }

    private func writeMaintenance(_ history: ServiceHistory, _ html: inout HTML) {
        let windows = history.maintenance.filter { $0.upperBound > site.period.lowerBound }
        guard !windows.isEmpty else { return }
        html.section("maintenance", "Maintenance, which does not count") { html in
            html.table("Maintenance", ["From", "To", "Length"], classes: "outages") { html in
                for window in windows.suffix(Self.maximumOutages).reversed() {
                    html.element("tr") { html in
                        html.element("td", PageText.moment(window.lowerBound, zone))
                        html.element("td", PageText.moment(window.upperBound, zone))
                        html.element("td", PageText.length(window.upperBound - window.lowerBound))
                    }
                }
            }
        }
    }
}

/// Both values, when both are there.
private func zip2<A, B>(_ first: A?, _ second: B?) -> (A, B)? {
    guard let first, let second else { return nil }
    return (first, second)
}
