import Basics
import Configuration
import ConfigurationSources
import ServiceHistory
import TimeZones
import YAML

/// The report's file: title, services and planned work.
///
///     title: Shop
///     timeZone: Europe/Berlin
///     objective: 99.9
///     services:
///       - {name: web/shop, displayName: Web shop, objective: 99.95}
///     maintenance:
///       - {title: Move of the database, start: 2026-12-01T22:00:00Z, duration: 2h, services: [web/shop]}
///       - title: Patches
///         weekly: {start: "03:00", duration: 1h, timezone: Europe/Berlin, every: [Sunday]}
struct ReportConfiguration: Sendable {
    /// What is said about a service.
    struct Service: Sendable {
        /// `group/name`, as in the metrics.
        var name: String
        var displayName: String?
        /// For people, in the place of the one in the metrics.
        var group: String?
        var details: String?
        var objective: Double?
        /// Whether the report leaves the service out.
        var isHidden = false
    }

    /// Planned work.
    struct Maintenance: Sendable {
        /// When it is.
        enum Time: Sendable {
            case once(Range<Timestamp>)
            case weekly(WeeklyWindow)
        }

        var title: String
        var time: Time
        /// `group/name`; empty for all.
        var services: [String]
    }

    var title: String?
    var zone: NamedTimeZone?
    var baseURL: String?
    var objective: Double?
    var days: Int?
    /// Outages that last as long become incidents; nil for none.
    var incidentsAfter: Duration? = .seconds(300)
    var services: [Service] = []
    var maintenance: [Maintenance] = []

    /// A configuration that says nothing.
    init() {}

    /// Reads a file.
    /// - Throws: `YAMLError`, or `ConfigurationError` with every fault.
    init(parsing bytes: [UInt8]) throws {
        let diagnostics = Diagnostics()
        if let file = ConfigurationSection(try YAMLNode(parsing: bytes), path: "", diagnostics: diagnostics) {
            read(file)
        }
        try diagnostics.check()
    }

    private mutating func read(_ file: ConfigurationSection) {
        title = file.text("title")
        zone = file.value("timeZone", expected: NamedTimeZone.expected) { NamedTimeZone($0) }
        baseURL = file.has("baseURL") ? file.url("baseURL", default: "") : nil
        objective = Self.objective(file)
        days = file.integer("days", in: 1...HistoryResolution.maximumDays)
        if let incidents = file.section("incidents") {
            let isOn = incidents.flag("automatic", default: true)
            let after = incidents.duration("after", default: .seconds(300))
            incidentsAfter = isOn ? after : nil
            incidents.close()
        }
        for section in file.sections("services") { read(service: section) }
        var zones: [String: TimeZoneRules] = [:]
        for section in file.sections("maintenance") { read(maintenance: section, &zones) }
        file.close(allowing: true)
    }

    private static func objective(_ section: ConfigurationSection) -> Double? {
        section.has("objective")
            ? section.number("objective", default: ReportSettings.defaultObjective, in: 0...100) : nil
    }

    private mutating func read(service section: ConfigurationSection) {
        let service = Service(
            name: section.requiredText("name", expected: "the service's name in the metrics: name or group/name"),
            displayName: section.text("displayName"), group: section.text("group"),
            details: section.text("description"), objective: Self.objective(section),
            isHidden: section.flag("hidden", default: false))
        section.close()
        if services.contains(where: { $0.name == service.name }) {
            section.fault("name", "the service \(service.name) is there twice")
        }
        services.append(service)
    }

    private mutating func read(maintenance section: ConfigurationSection, _ zones: inout [String: TimeZoneRules]) {
        let title = section.text("title", default: "Maintenance")
        let services = section.texts("services", acceptsOne: true).map(\.text)
        if let weekly = section.section("weekly") {
            if let window = WeeklyWindow(weekly, zones: &zones) {
                maintenance.append(Maintenance(title: title, time: .weekly(window), services: services))
            }
        } else {
            let time = "a time with its offset, such as 2026-12-01T22:00:00+01:00"
            let start = section.value("start", expected: time) { Timestamp(iso8601: $0) }
            let end = section.value("end", expected: time) { Timestamp(iso8601: $0) }
            let duration = section.duration("duration")
            if !section.has("start") { section.fault("start", expected: "\(time), or weekly") }
            if section.has("end") == section.has("duration") { section.fault("end", "give either end or duration") }
            if let start {
                let end = end ?? start + (duration ?? .zero)
                if start < end {
                    maintenance.append(Maintenance(title: title, time: .once(start..<end), services: services))
                } else if section.has("end") != section.has("duration") {
                    section.fault(section.has("end") ? "end" : "duration", "the maintenance ends before it begins")
                }
            }
        }
        section.close()
    }
}

extension ReportConfiguration {
    /// What is said about a service, by its full name.
    func service(_ name: String) -> Service? { services.first { $0.name == name } }

    /// Planned work that overlaps a time, weekly windows laid out, the earliest first.
    func maintenance(
        in range: Range<Timestamp>
    ) -> [(title: String, range: Range<Timestamp>, services: [String])] {
        maintenance.flatMap { work in
            switch work.time {
            case .once(let time): (time.overlaps(range) ? [time] : []).map { (work.title, $0, work.services) }
            case .weekly(let window): window.openings(in: range).map { (work.title, $0, work.services) }
            }
        }.sorted { ($0.1.lowerBound, $0.0) < ($1.1.lowerBound, $1.0) }
    }

    /// Names that maintenance has and no service has: a slip would leave its failures counted.
    func unknownServices(among names: Set<String>) -> [String] {
        var unknown: [String] = []
        for name in services.map(\.name) + maintenance.flatMap(\.services)
        where !names.contains(name) && !unknown.contains(name) {
            unknown.append(name)
        }
        return unknown
    }
}
