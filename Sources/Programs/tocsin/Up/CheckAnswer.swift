import Basics
import JSON

/// What invocations of `uptime-checker` say of the endpoints that they checked.
struct CheckAnswer: Sendable {
    private(set) var checked = 0
    private(set) var up = 0
    /// Those that are not up, and not in a maintenance window.
    private(set) var down = 0
    /// Those that are not up, in a maintenance window of the endpoints' file.
    private(set) var inMaintenance = 0
    /// Why endpoints are down, by `group/name`; of the first 100 of an invocation.
    private(set) var causes: [String: String] = [:]

    init() {}

    /// Reads the function's answer.
    init(_ json: JSONValue) {
        func count(_ key: String) -> Int { json[key]?.intValue.map { Int($0) } ?? 0 }
        (checked, up, down) = (count("checked"), count("up"), count("down") + count("timedOut"))
        inMaintenance = count("inMaintenance")
        for row in json["endpointsDown"]?.arrayValue ?? [] {
            let name = [row["group"]?.stringValue, row["name"]?.stringValue].compactMap(\.self).joined(separator: "/")
            let parts = ["errors", "failedConditions"].flatMap { key in
                (row[key]?.arrayValue ?? []).compactMap(\.stringValue)
            }
            causes[name] = parts.isEmpty ? row["outcome"]?.stringValue ?? "down" : parts.joined(separator: "; ")
        }
    }

    /// Adds what another invocation says.
    mutating func add(_ other: CheckAnswer) {
        checked += other.checked
        up += other.up
        down += other.down
        inMaintenance += other.inMaintenance
        causes.merge(other.causes) { $1 }
    }

    /// For people, of the one endpoint that was checked.
    func text(of service: String) -> String {
        if let cause = causes[service] { return "\(service) is down: \(cause)" }
        if up == 1 { return "\(service) is up." }
        return inMaintenance > 0
            ? "\(service) is not up, in a maintenance window of its file." : "\(service) was not checked."
    }

    /// For people, of all endpoints.
    var text: String {
        let planned = inMaintenance == 0 ? "" : ", and \(inMaintenance) not up in a maintenance window"
        return "\(counted(checked, "endpoint")) checked, \(down) of them down\(planned)."
    }
}
