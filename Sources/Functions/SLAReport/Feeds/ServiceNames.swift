internal import Basics
internal import ServiceHistory

/// Finds services by the names that incidents have of them.
///
/// Made once for a report: a thousand services and two thousand incidents would be two million comparisons each time.
struct ServiceNames: Sendable {
    private let count: Int
    /// The places of the services of each name, in their order.
    private var places: [String: [Int]] = [:]

    init(_ services: [SLAReportInput.Service]) {
        count = services.count
        for (place, service) in services.enumerated() {
            for name in Set(service.names) { places[name, default: []].append(place) }
        }
    }

    /// Whether a service is called so.
    func contains(_ name: String) -> Bool { places[name] != nil }

    /// The places of the services that an incident is about, in their order.
    func places(of incident: Incident) -> [Int] {
        switch incident.services.count {
        case 0: Array(0..<count)
        case 1: places[incident.services[0]] ?? []
        default: Set(incident.services.flatMap { places[$0] ?? [] }).sorted()
        }
    }

    /// Of each service, the incidents that are about it, in their order.
    func byService(_ incidents: [Incident]) -> [[Incident]] {
        var lists = [[Incident]](repeating: [], count: count)
        for incident in incidents {
            for place in places(of: incident) { lists[place].append(incident) }
        }
        return lists
    }
}

extension SLAReportInput.Service {
    /// The group and the name for people: names alone may be equal.
    var fullName: String { group.map { "\($0)/\(displayName)" } ?? displayName }

    /// What incidents may call this service.
    var names: [String] { [fullName, displayName, id, history.displayName, history.name] }

    /// Whether an incident means this service by a name; for many services see ``ServiceNames``.
    func isCalled(_ name: String) -> Bool { names.contains(name) }
}
