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
    /// How often the report is made; a page that is much older says so.
    public var every: Duration
    /// Files of other builders that the pages name: addresses relative to `index.html`, and what they are.
    public var links: [Link]

    /// A file that the pages name.
    public struct Link: Sendable, Hashable {
        /// Relative to `index.html`: `history.atom`.
        public var address: String
        /// For people: `Atom feed`.
        public var title: String
        /// Whether a feed reader can subscribe to it.
        public var isFeed: Bool

        /// Makes a link.
        public init(address: String, title: String, isFeed: Bool = false) {
            (self.address, self.title, self.isFeed) = (address, title, isFeed)
        }
    }

    /// The site of a report.
    public init(_ input: SLAReportInput, every: Duration = .seconds(300), links: [Link] = []) {
        self.input = input
        self.every = every
        self.links = links
    }

    /// All pages. The same input gives the same bytes.
    public func files() -> [ReportFile] {
        var files = [index()]
        for service in input.services {
            files.append(
                file(page(of: service)) { html in ServicePage(site: self, service: service).write(into: &html) })
        }
        for incident in input.incidents {
            files.append(
                file(page(of: incident)) { html in IncidentPage(site: self, incident: incident).write(into: &html) })
        }
        return files
    }

    /// The first page alone.
    public func index() -> ReportFile { file("index.html") { html in IndexPage(site: self).write(into: &html) } }

    func page(of service: SLAReportInput.Service) -> String { "services/\(service.id).html" }

    func page(of incident: Incident) -> String { "incidents/\(incident.id).html" }

    private func file(_ path: String, _ write: (inout HTML) -> Void) -> ReportFile {
        var html = HTML()
        write(&html)
        return ReportFile(path: path, contentType: "text/html; charset=utf-8", bytes: html.bytes)
    }

    // MARK: What all pages use

    var now: Timestamp { input.generatedAt }

    /// The time that the pages tell of.
    var period: Range<Timestamp> { (now - .seconds(input.days * 86_400))..<now }

    /// A service as the pages show it, with its state now.
    func entry(_ service: SLAReportInput.Service) -> ServiceEntry {
        var history = service.history
        history.name = service.displayName
        history.group = service.group
        let last = history.points.last { $0.attempts > 0 }
        return ServiceEntry(
            history: history, state: history.state(at: now), lastResult: last?.end, lastSeconds: last?.seconds,
            page: page(of: service))
    }

    /// What is going on, the newest first: incidents that are not over, and planned work that has begun.
    var current: [Incident] {
        input.incidents.filter { $0.startedAt(now) <= now && !$0.status(at: now).isOver }
    }

    /// Planned work of the future, the earliest first.
    var upcoming: [Incident] {
        input.incidents.filter { $0.isMaintenance && $0.startedAt(now) > now && !$0.status(at: now).isOver }
            .sorted { ($0.startedAt(now), $0.id) < ($1.startedAt(now), $1.id) }
    }

    /// Incidents that are over, the newest first.
    var past: [Incident] {
        input.incidents.filter { $0.status(at: now).isOver }
            .sorted { ($0.startedAt(now), $0.id) > ($1.startedAt(now), $1.id) }
    }

    /// The names of the services of an incident, for people.
    func services(of incident: Incident) -> String {
        guard !incident.services.isEmpty else { return "all services" }
        return incident.services.map { PageText.line($0, limit: 80) }.joined(separator: ", ")
    }
}

extension ServiceHistory {
    /// How the service is: by its newest results, unless these are too old to tell.
    func state(at now: Timestamp) -> ServiceState {
        if maintenance.contains(where: { $0.contains(now) }) { return .maintenance }
        guard let last = points.last(where: { $0.attempts > 0 }) else { return .unknown }
        // A metric of a period comes some minutes after it; three periods without any result are an answer.
        let patience = max(.seconds(900), last.length * 3)
        guard now - last.end <= patience else { return .unknown }
        if last.failures <= 0 { return .up }
        return last.successes > 0 ? .degraded : .down
    }
}
