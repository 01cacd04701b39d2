internal import Basics
internal import Markup
internal import ServiceHistory
internal import StatusPages
internal import TimeZones

/// The report as pages for people: `index.html`, one page for each service and one for each incident.
///
/// Each page holds all it needs and asks nobody for anything, so the files can be served from a bucket or opened from a
/// folder.
public struct StatusSite: Sendable {
    /// What the pages tell.
    public var input: SLAReportInput

    /// The site of a report.
    public init(_ input: SLAReportInput) { self.init(input, input.conditions) }

    init(_ input: SLAReportInput, _ conditions: [ServiceCondition]) {
        self.input = input
        entries = zip(input.services, conditions).map { service, condition in
            Self.entry(service, condition, at: input.generatedAt)
        }
        names = input.namesForPeople
        let now = input.generatedAt
        incidents = input.incidents.filter { !$0.isMaintenance } + input.plannedWork
        current = incidents.filter { $0.startedAt(now) <= now && !$0.status(at: now).isOver }
        upcoming = incidents.filter { $0.isMaintenance && $0.startedAt(now) > now && !$0.status(at: now).isOver }
            .sorted { ($0.startedAt(now), $0.id) < ($1.startedAt(now), $1.id) }
        serviceNames = ServiceNames(input.services)
        incidentsByService = serviceNames.byService(input.incidents)
        openByService = serviceNames.byService(current + upcoming)
        badgeKeys = input.badgeKeys
    }

    /// Services as the pages show them, in their order.
    let entries: [ServiceEntry]
    /// What services are called for people, by the names that incidents have.
    private let names: [String: String]
    /// Failures and planned work.
    let incidents: [Incident]
    /// What is going on, the newest first: incidents that are not over, and planned work that has begun.
    ///
    /// Kept, because each service's page asks for it.
    let current: [Incident]
    /// Planned work of the future, the earliest first.
    let upcoming: [Incident]
    let serviceNames: ServiceNames
    private let incidentsByService: [[Incident]]
    /// What is going on, and will be.
    private let openByService: [[Incident]]
    private let badgeKeys: [String]

    /// Files of the other builders that each page names, relative to `index.html`.
    static let links: [(address: String, title: String)] = [
        ("history.atom", "Atom feed"), ("calendar.ics", "Calendar of incidents and maintenance"),
        ("api/v2/summary.json", "JSON"),
    ]

    /// All pages.
    ///
    /// The same input gives the same bytes.
    public func files() -> [ReportFile] { (0..<count).map(file(at:)) }

    /// How many pages there are.
    var count: Int { 1 + input.services.count + incidents.count }

    /// The page at a place: the first page, then those of services, then those of incidents.
    ///
    /// All of them at once would not fit into the memory of a function.
    func file(at place: Int) -> ReportFile {
        guard place > 0 else { return index() }
        let service = place - 1
        if service < input.services.count {
            let page = ServicePage(
                site: self, service: input.services[service], entry: entries[service], badges: badgeKeys[service],
                incidents: incidentsByService[service], open: openByService[service])
            return file(Self.page(of: page.service)) { html in page.write(into: &html) }
        }
        let incident = incidents[service - input.services.count]
        return file(page(of: incident)) { html in IncidentPage(site: self, incident: incident).write(into: &html) }
    }

    /// The first page alone.
    public func index() -> ReportFile { file("index.html") { html in IndexPage(site: self).write(into: &html) } }

    static func page(of service: SLAReportInput.Service) -> String { "services/\(service.id).html" }

    func page(of incident: Incident) -> String { "incidents/\(incident.id).html" }

    private func file(_ path: String, _ write: (inout HTML) -> Void) -> ReportFile {
        var html = HTML()
        write(&html)
        return ReportFile(path: path, contentType: "text/html; charset=utf-8", bytes: html.bytes)
    }

    // MARK: What all pages use

    var now: Timestamp { input.generatedAt }

    /// How a page that is too old says what was so when it was made: `On 12 Oct 2026, 14:05 UTC: Up since …`.
    func then(_ text: String) -> String { "On \(PageText.full(now, input.zone)): \(text)" }

    /// The time that the pages tell of.
    var period: Range<Timestamp> { (now - .seconds(input.days * 86_400))..<now }

    private static func entry(
        _ service: SLAReportInput.Service, _ condition: ServiceCondition, at now: Timestamp
    ) -> ServiceEntry {
        var history = service.history
        history.name = service.displayName
        history.group = service.group
        let last = history.points.last { $0.attempts > 0 && $0.start < now }
        return ServiceEntry(
            history: history, state: condition.state, lastResult: last.map { min($0.end, now) },
            lastSeconds: last?.seconds, certificateDays: service.certificateDays, page: page(of: service))
    }

    /// Incidents that are over, the newest first.
    var past: [Incident] {
        incidents.filter { $0.status(at: now).isOver }
            .sorted { ($0.startedAt(now), $0.id) > ($1.startedAt(now), $1.id) }
    }

    /// The names of the services of an incident, for people.
    func services(of incident: Incident) -> String {
        guard !incident.services.isEmpty else { return "all services" }
        return incident.services.map { PageText.line(names[$0] ?? $0, limit: 80) }.joined(separator: ", ")
    }
}

extension ServiceCondition {
    /// What a page shows of it: never green without a check.
    var state: ServiceState {
        if isUnderMaintenance { return .maintenance }
        if isUnknown { return .unknown }
        switch level {
        case .operational: return .up
        case .degraded, .partialOutage: return .degraded
        case .majorOutage: return .down
        }
    }
}
