internal import Basics
internal import ServiceHistory

/// How a service is at the report's end, by its last results and by what people have told.
struct ServiceCondition: Sendable, Hashable {
    /// The better first.
    enum Level: Int, Sendable, Comparable, CaseIterable {
        case operational, degraded, partialOutage, majorOutage

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// What is known of the newest results.
    enum Evidence: Sendable, Hashable {
        /// There never were results.
        case none
        /// The last result is older than it should be.
        case stale(since: Timestamp)
        case current
    }

    /// Without current results at least degraded: what nobody has checked is not operational.
    var level: Level
    /// Whether there are no current results, and nobody has told how the service is.
    var isUnknown: Bool
    var isUnderMaintenance: Bool
    var evidence: Evidence
    /// When the level changed for the last time, by the results.
    var changedAt: Timestamp?

    /// Results of this time before the report's end tell whether a service is degraded.
    static let recent = Duration.seconds(3_600)
    /// A share of good results below it is degraded.
    static let degradedBelow = 0.95

    /// - Parameters:
    ///   - incidents: those that are about the service.
    init(_ history: ServiceHistory, incidents: [Incident], at now: Timestamp) {
        let past = (now - .seconds(90 * 86_400))..<now
        let outage = history.outages(in: past).last
        let newest = history.points.last { $0.attempts > 0 && $0.start < now }
        level = .operational
        evidence = .current
        if let newest {
            let recent = history.availability(in: max(newest.start - Self.recent, past.lowerBound)..<now)
            if let outage, outage.end == nil {
                level = newest.successes > 0 ? .partialOutage : .majorOutage
            } else if let ratio = recent.ratio, ratio < Self.degradedBelow {
                level = .degraded
            }
            if Self.isStale(newest, in: history, at: now) { evidence = .stale(since: newest.end) }
        } else {
            evidence = .none
        }
        changedAt = outage.map { $0.end ?? $0.start }
        // What old results were like says nothing of now.
        if evidence != .current { level = .degraded }
        let told = incidents.filter { !$0.isMaintenance && !$0.status(at: now).isOver }.map { Level($0.impact) }.max()
        level = max(level, told ?? .operational)
        isUnknown = evidence != .current && told ?? .operational == .operational
        isUnderMaintenance =
            history.maintenance.contains { $0.contains(now) }
            || incidents.contains { $0.maintenance(at: now)?.contains(now) ?? false }
    }

    /// Results that stopped: nothing is known since then, which must not look like health.
    private static func isStale(_ newest: HistoryPoint, in history: ServiceHistory, at now: Timestamp) -> Bool {
        // The usual distance of the last results, of which one may be late or missing.
        let last = Array(history.points.reversed().lazy.filter { $0.attempts > 0 }.prefix(16))
        let distances = zip(last, last.dropFirst()).map { $0.start - $1.start }.sorted()
        let usual = distances.isEmpty ? newest.length : distances[distances.count / 2]
        return now - newest.end > max(usual * 3, .seconds(900))
    }
}

extension ServiceCondition.Level {
    /// What an incident's impact says of its services.
    init(_ impact: Incident.Impact) {
        self =
            switch impact {
            case .none: .operational
            case .minor: .degraded
            case .major: .partialOutage
            case .critical: .majorOutage
            }
    }
}

/// What several builders ask of the input.
extension SLAReportInput {
    /// Incidents whose services have the names of the metrics, `group/name`, also where people wrote other ones.
    ///
    /// A name that no service has stays.
    func named(_ incidents: [Incident]) -> [Incident] {
        incidents.map { incident in
            var incident = incident
            incident.services = incident.services.flatMap { name in
                let known = services.filter { $0.isCalled(name) }.map(\.history.displayName)
                return known.isEmpty ? [name] : known
            }
            return incident
        }
    }

    /// What services are called for people, by their names in the metrics, which incidents have.
    var namesForPeople: [String: String] {
        Dictionary(services.map { ($0.history.displayName, $0.fullName) }, uniquingKeysWith: { first, _ in first })
    }

    /// The condition of each service, in their order.
    var conditions: [ServiceCondition] {
        zip(services, ServiceNames(services).byService(incidents)).map { service, incidents in
            ServiceCondition(service.history, incidents: incidents, at: generatedAt)
        }
    }

    /// Planned work: what people have told of, and the windows of the configuration; the latest first.
    var plannedWork: [Incident] {
        let told = incidents.filter(\.isMaintenance)
        // Of another title it is other work, or its title would be lost.
        let windows = maintenance.filter { work in
            !told.contains { $0.window == work.range && $0.title == work.title }
        }.map { Incident($0, services: services) }
        return (told + windows).sorted { left, right in
            (left.startedAt(generatedAt), left.id) > (right.startedAt(generatedAt), right.id)
        }
    }
}

extension Incident {
    /// The incident with these names of its services, for people.
    func naming(_ names: [String: String]) -> Incident {
        var incident = self
        incident.services = services.map { names[$0] ?? $0 }
        return incident
    }

    /// A window of the configuration as planned work.
    init(_ maintenance: SLAReportInput.Maintenance, services: [SLAReportInput.Service]) {
        let key = "\(maintenance.title)\n\(maintenance.range.lowerBound.microseconds)"
        let id = "\(maintenance.range.lowerBound.iso8601Basic.prefix(8))-" + Digest.sha256Hex(key).prefix(10)
        let names = services.filter { maintenance.services.contains($0.id) }.map(\.fullName)
        self.init(
            id: id, title: maintenance.title, impact: .none, services: names, window: maintenance.range,
            isAutomatic: true,
            first: Update(
                id: "\(id)-plan", time: maintenance.range.lowerBound, status: .scheduled,
                text: "\(maintenance.title) is planned."))
    }
}
