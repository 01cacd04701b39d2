public import Basics
public import ServiceHistory

/// Makes incidents of outages, so that a report tells of them when nobody had the time to.
///
/// The same outage gives the same incident at each report, though results become coarser with their age: its name and
/// those of its updates follow from the service and the hour in which the outage starts, which is the same for a period
/// of up to an hour.
public struct AutomaticIncidents: Sendable {
    /// Outages of less bad time become no incidents; those that last become one when they have as much.
    public var threshold: Duration
    /// Of all incidents that are made.
    public var impact: Incident.Impact

    /// What services are called for people, by `group/name`; the others have their names.
    public var names: [String: String]

    /// Periods of results are at most as long, and start with the hour then.
    private static let hour = Duration.seconds(3_600)

    /// Makes the rule.
    public init(
        threshold: Duration = .seconds(300), impact: Incident.Impact = .major, names: [String: String] = [:]
    ) {
        (self.threshold, self.impact, self.names) = (threshold, impact, names)
    }

    /// The incidents of outages that no person told of.
    ///
    /// Outages of a service that start in the same hour are one incident.
    /// - Parameters:
    ///   - services: with planned work, which is not bad time.
    ///   - range: outages of which a part lies in it.
    ///   - incidents: of people: an outage that one of them covers in time and by service becomes none.
    public func incidents(
        of services: [ServiceHistory], in range: Range<Timestamp>, besides incidents: [Incident], at now: Timestamp
    ) -> [Incident] {
        services.flatMap { history in
            let service = history.displayName
            let told = incidents.filter { $0.concerns(service) && !$0.isAutomatic }
            let outages = history.outages(in: range, now: now).filter { outage in
                !told.contains { $0.covers(outage.start, outage.end ?? now, at: now) }
            }
            return outages.groupedByHour.compactMap { group in
                incident(of: service, group.map { MeasuredOutage($0, in: history, now: now) }, range)
            }
        }
        .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    /// The incident of the outages of an hour; nil when they have too little bad time.
    private func incident(of service: String, _ outages: [MeasuredOutage], _ range: Range<Timestamp>) -> Incident? {
        guard let first = outages.first, outages.reduce(.zero, { $0 + $1.badTime }) >= threshold,
            let id = id(of: service, first, outages.last?.end, range)
        else { return nil }
        let name = names[service] ?? service
        var incident = Incident(
            id: id, title: "\(name) \(outages.last?.end == nil ? "is" : "was") down", impact: impact,
            services: [service], isAutomatic: true,
            first: .init(
                id: "\(id)-start", time: first.start, status: .investigating,
                text: first.startText(name, again: false)))
        for (index, outage) in outages.enumerated() {
            let suffix = index == 0 ? "" : "-\(index + 1)"
            if index > 0 {
                incident.add(
                    .init(
                        id: "\(id)-start\(suffix)", time: outage.start, status: .investigating,
                        text: outage.startText(name, again: true)))
            }
            guard let end = outage.end else { continue }
            incident.add(
                .init(id: "\(id)-end\(suffix)", time: end, status: .resolved, text: outage.endText(name)))
        }
        return incident
    }

    /// - Returns: nil for an outage that is over and of which the start is no longer known: a name by the first result
    ///   that is still there would change every hour.
    private func id(
        of service: String, _ outage: MeasuredOutage, _ end: Timestamp?, _ range: Range<Timestamp>
    ) -> String? {
        guard outage.isCutOff, outage.start < range.lowerBound + Self.hour else {
            let hour = outage.start.hour
            return "\(hour.iso8601Basic.prefix(8))-" + Digest.sha256Hex("\(service)\n\(hour.microseconds)").prefix(10)
        }
        return end == nil ? "earlier-" + Digest.sha256Hex("\(service)\nearlier").prefix(10) : nil
    }
}

/// An outage with what its points tell.
private struct MeasuredOutage {
    /// What comes after an outage.
    private enum Ending {
        case success, maintenance, nothing
    }

    let start: Timestamp
    let end: Timestamp?
    /// How long the service failed, as its results let one guess: of a period with one bad result among ten a tenth.
    ///
    /// A failed check stands for the time until the next one, however long the metric's period is. So the same outage
    /// has the same bad time by the minute and by the hour.
    private(set) var badTime = Duration.zero
    /// Whether the history begins with it.
    let isCutOff: Bool
    private let failures: Int
    private let cause: String?
    /// Its start and its end are as exact.
    private var firstPeriod = Duration.zero
    private var lastPeriod = Duration.zero
    private var ending = Ending.nothing

    init(_ outage: Outage, in history: ServiceHistory, now: Timestamp) {
        (start, end, failures, cause) = (outage.start, outage.end, outage.failures, outage.cause)
        let points = history.points
        isCutOff = points.first { $0.attempts > 0 }.map { $0.start >= outage.start } ?? false
        let until = outage.end ?? now
        var pending: HistoryPoint?
        for point in points[points.firstIndex(from: outage.start)...] where point.attempts > 0 {
            if let pending { add(pending, until: min(point.start, until)) }
            pending = nil
            guard point.failures > 0, point.start < until || point.start == outage.start else {
                if point.failures == 0, point.start == until { ending = .success }
                break
            }
            if firstPeriod == .zero { firstPeriod = point.length }
            lastPeriod = point.length
            pending = point
        }
        if let pending { add(pending, until: until) }
        if history.maintenance.contains(where: { $0.contains(until) }) { ending = .maintenance }
    }

    private mutating func add(_ point: HistoryPoint, until next: Timestamp) {
        let share = Double(min(point.failures, point.attempts)) / Double(point.attempts)
        let length = max(0, next.microseconds - point.start.microseconds)
        badTime += .microseconds(Int64((Double(length) * share).rounded()))
    }

    // MARK: Words

    /// Shorter periods need no words: nobody takes a time for more exact than a minute.
    private static let exact = Duration.seconds(60)

    func startText(_ service: String, again isAgain: Bool) -> String {
        let when = firstPeriod > Self.exact ? ", from some moment of the next \(firstPeriod.text) on" : ""
        return "\(service) fails\(isAgain ? " again" : "")\(when)\(cause.map { ": \($0)" } ?? ".")"
    }

    func endText(_ service: String) -> String {
        let measure = "after about \(aboutBadTime) of failures (\(counted(failures, "failed result")))"
        switch ending {
        case .success:
            let when = lastPeriod > Self.exact ? ", perhaps for \(lastPeriod.text) already," : ""
            return "\(service) works again\(when) \(measure)."
        case .maintenance: return "Maintenance of \(service) begins \(measure)."
        case .nothing: return "There are no more results of \(service) \(measure)."
        }
    }

    /// Whole minutes, above two hours whole hours.
    private var aboutBadTime: String {
        let minutes = max(1, Int((Double(badTime.components.seconds) / 60).rounded()))
        return Duration.seconds(minutes > 120 ? (minutes + 30) / 60 * 3_600 : minutes * 60).text
    }
}

extension [Outage] {
    /// Those that start in the same hour together, in their order.
    fileprivate var groupedByHour: [[Outage]] {
        reduce(into: []) { groups, outage in
            if let last = groups.last?.first, last.start.hour == outage.start.hour {
                groups[groups.count - 1].append(outage)
            } else {
                groups.append([outage])
            }
        }
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

    /// The start of its hour in UTC.
    fileprivate var hour: Timestamp {
        Timestamp(microseconds: microseconds.flooredDivision(by: 3_600_000_000).quotient * 3_600_000_000)
    }
}
