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
    /// All that are about it.
    let incidents: [Incident]
    /// Those that go on, then planned work of the future.
    let open: [Incident]

    /// Of more outages the newest are shown.
    private static let maximumOutages = 200

    private var now: Timestamp { site.now }
    private var zone: TimeZoneRules { site.input.zone }
    private var reach: HistoryReach { HistoryReach(days: site.input.days, of: [entry.history], until: now) }
    /// `in 90 days`, or since when there are results.
    private var time: String { HistoryReach.time(of: entry.history, days: site.input.days, until: now, zone) }

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
                    for (unit, count) in [(HistoryBar.Unit.day, reach.days), (.hour, reach.hours)] {
                        HistoryStrip(entry: entry, unit: unit, count: count, now: now, zone: zone).write(into: &html)
                    }
                    BarLegend.write(into: &html)
                }
                if entry.history.objective != nil {
                    html.section("objective", "Objective") { html in
                        BudgetView(
                            history: entry.history, now: now, zone: zone, days: reach.budgetDays
                        ).write(into: &html)
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
        var parts = service.details.map { [Self.sentence($0)] } ?? []
        let last = entry.history.outages(in: site.period, now: now).last
        switch entry.state {
        case .down, .degraded:
            let since =
                last.map { " for \(PageText.length(now - $0.start)), since \(PageText.full($0.start, zone))" } ?? ""
            parts.append("\(entry.state.title)\(since)\(last?.cause.map { ": \(PageText.line($0))" } ?? "").")
        case .up:
            let since =
                last?.end.map { " since \(PageText.full($0, zone))" } ?? ", no outages \(time)"
            parts.append("Up\(since).")
        case .maintenance: parts.append("Under maintenance: results do not count.")
        case .unknown: parts.append("There are no current data, so nobody knows how it is.")
        }
        if let time = entry.lastResult {
            parts.append("Newest result: \(PageText.full(min(time, now), zone)).")
        }
        if let days = entry.certificateDays { parts.append("Its certificate \(CertificateText.long(days)).") }
        return parts.joined(separator: " ")
    }

    /// The description with a full stop: another sentence follows.
    private static func sentence(_ text: String) -> String {
        let line = PageText.line(text, limit: 300)
        guard let last = line.last, !last.isPunctuation else { return line }
        return line + "."
    }

    private func writeIncidents(_ html: inout HTML) {
        guard !open.isEmpty else { return }
        html.section("current", "Incidents and maintenance") { html in
            for incident in open {
                IncidentView(site: site, incident: incident, root: "../").writeBrief(into: &html)
            }
        }
    }

    private func writeAvailability(_ history: ServiceHistory, _ html: inout HTML) {
        html.figures(
            reach.ranges.map { days in
                let availability = history.availability(in: (now - .seconds(days * 86_400))..<now, now: now)
                let tone = AvailabilityTone.of(availability, objective: history.objective)
                let outages =
                    availability.attempts == 0
                    ? "no data"
                    : availability.outages == 0
                        ? "no outages"
                        : "\(counted(availability.outages, "outage")), \(PageText.length(availability.downtime)) down"
                return Figure(
                    name: HistoryReach.name(days), value: availability.percentText, note: outages, tone: tone)
            })
    }

    private func writeResponses(_ entry: ServiceEntry, _ html: inout HTML) {
        html.section("responses", "Response times") { html in
            for (days, steps) in [(1, 96), (min(30, site.input.days), 120)].prefix(site.input.days > 1 ? 2 : 1) {
                html.element("h3", "Last \(HistoryReach.name(days))")
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
                    history.points.isEmpty ? "There are no data." : "None \(time).")
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
                let ranges = site.input.badgeRanges
                let uptime = ranges.last { $0.length <= .seconds(30 * 86_400) } ?? ranges[0]
                for (file, name) in [
                    ("health.svg", "Health"),
                    (
                        "uptime-\(uptime.text).svg",
                        "Availability of \(HistoryReach.name(Int(uptime.length.components.seconds / 86_400)))"
                    ),
                    ("response-time-24h.svg", "Response time of 24 hours"), ("health.json", "Health for shields.io"),
                ] {
                    html.element("li") { html in
                        html.element("a", ["href": "../badges/\(percentEncoded(badges))/\(file)"], name)
                    }
                }
            }
        }
    }

    /// What is done in each window of this service; two plans can have one window.
    private var titlesOfMaintenance: [Range<Timestamp>: [String]] {
        var titles: [Range<Timestamp>: [String]] = [:]
        func add(_ title: String, _ window: Range<Timestamp>) {
            let title = PageText.line(title)
            if titles[window, default: []].contains(title) { return }
            titles[window, default: []].append(title)
        }
        for work in site.input.maintenance where work.services.isEmpty || work.services.contains(service.id) {
            add(work.title, work.range)
        }
        for incident in incidents {
            if let window = incident.maintenance(at: now) { add(incident.title, window) }
        }
        return titles
    }

    private func writeMaintenance(_ history: ServiceHistory, _ html: inout HTML) {
        // A window of the file that an incident plans, too, is in the history twice.
        var windows: [Range<Timestamp>] = []
        for window in history.maintenance where window.upperBound > site.period.lowerBound && windows.last != window {
            windows.append(window)
        }
        guard !windows.isEmpty else { return }
        let titles = titlesOfMaintenance
        html.section("maintenance", "Maintenance, which does not count") { html in
            html.table("Maintenance", ["From", "To", "Length", "Work"], classes: "outages") { html in
                for window in windows.suffix(Self.maximumOutages).reversed() {
                    html.element("tr") { html in
                        html.element("td", PageText.moment(window.lowerBound, zone))
                        html.element("td", PageText.moment(window.upperBound, zone))
                        html.element("td", PageText.length(window.upperBound - window.lowerBound))
                        html.element("td", titles[window, default: []].joined(separator: "; "))
                    }
                }
            }
        }
    }
}
