public import Basics
public import ServiceHistory

/// Makes incidents of outages, so that a report tells of them when nobody had the time to.
public struct AutomaticIncidents: Sendable {
    /// Outages that are shorter become no incidents; those that last become one when they are as long.
    public var threshold: Duration
    /// Of all incidents that are made.
    public var impact: Incident.Impact

    /// What services are called for people, by `group/name`; the others have their names.
    public var names: [String: String]

    /// Makes the rule.
    public init(
        threshold: Duration = .seconds(300), impact: Incident.Impact = .major, names: [String: String] = [:]
    ) {
        (self.threshold, self.impact, self.names) = (threshold, impact, names)
    }

    /// The incidents of outages that no person told of.
    ///
    /// The same outage gives the same incident at each report: its name and those of its updates follow from the
    /// service and the outage's start.
    /// - Parameters:
    ///   - outages: of each service by `group/name`, without planned work.
    ///   - incidents: of people: an outage that one of them covers in time and by service becomes none.
    public func incidents(
        of outages: [(service: String, outages: [Outage])], besides incidents: [Incident], at now: Timestamp
    ) -> [Incident] {
        outages.flatMap { service, outages in
            let told = incidents.filter { $0.concerns(service) && !$0.isAutomatic }
            return outages.filter { outage in
                let end = outage.end ?? now
                return end - outage.start >= threshold && !told.contains { $0.covers(outage.start, end, at: now) }
            }
            .map { incident(of: service, $0) }
        }
        .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    private func incident(of service: String, _ outage: Outage) -> Incident {
        let day = outage.start.iso8601Basic.prefix(8)
        let id = "\(day)-" + Digest.sha256Hex("\(service)\n\(outage.start.microseconds)").prefix(10)
        let name = names[service] ?? service
        let cause = outage.cause.map { ": \($0)" } ?? "."
        var incident = Incident(
            id: id, title: "\(name) is down", impact: impact, services: [service], isAutomatic: true,
            first: .init(
                id: "\(id)-start", time: outage.start, status: .investigating, text: "\(name) fails\(cause)"))
        guard let end = outage.end else { return incident }
        incident.title = "\(name) was down"
        let length = Duration.seconds((end - outage.start).components.seconds)
        incident.add(
            .init(
                id: "\(id)-end", time: end, status: .resolved,
                text: "\(name) works again after \(length.text) with \(counted(outage.failures, "failed result"))."))
        return incident
    }
}

extension Incident {
    /// Whether it was open, or planned, at some time of an outage.
    fileprivate func covers(_ start: Timestamp, _ end: Timestamp, at now: Timestamp) -> Bool {
        let (from, until) =
            isMaintenance ? (startedAt(now), maintenance(at: now)?.upperBound) : (createdAt, endedAt(now))
        return from <= end && start <= (until ?? (isMaintenance ? from : .max))
    }
}

extension Timestamp {
    fileprivate static let max = Timestamp(microseconds: .max)
}
