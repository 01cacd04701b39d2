import Basics
import Configuration
import TimeZones

/// An entry of `external-endpoints:` in Gatus's format: it is not checked, others push its results.
struct ExternalEndpoint: Sendable {
    /// `name`; never empty.
    var name: String
    /// `group`.
    var group: String?
    /// `token`, which whoever pushes a result has to send.
    ///
    /// It is never shown, and empty only where the entry is not enabled.
    var token: String
    /// `heartbeat.interval`: results have to come as often as this; nil when they may come at any time.
    var heartbeat: Duration?
    /// `maintenance-windows`; the file's `maintenance` applies as well.
    var maintenance: [WeeklyWindow] = []
    /// `enabled`.
    var isEnabled = true
    /// Where it is in the file.
    var line: Int?

    /// Gatus's shortest heartbeat.
    static let shortestHeartbeat = Duration.seconds(10)
}

extension ExternalEndpoint {
    /// Gatus's key, which is in the address that results are pushed to.
    var key: String { Endpoint.key(group: group, name: name) }

    /// `group/name`, or the name alone.
    var displayName: String { group.map { "\($0)/\(name)" } ?? name }
}

extension ExternalEndpoint: CustomStringConvertible {
    /// Without the token.
    var description: String { displayName }
}

extension EndpointReader {
    /// Reads an entry of `external-endpoints`.
    mutating func external(_ section: ConfigurationSection) -> ExternalEndpoint {
        let name = section.text("name") ?? ""
        if name.isEmpty { section.fault("name", "give the external endpoint a name") }
        var endpoint = ExternalEndpoint(name: name, group: section.text("group"), token: "", line: section.line)
        if !name.isEmpty { section.path += "(\(endpoint.displayName))" }
        check("external endpoint", name: name, group: endpoint.group, section)
        endpoint.isEnabled = section.flag("enabled") ?? true
        endpoint.token = section.secret("token") ?? ""
        if endpoint.token.isEmpty, endpoint.isEnabled {
            section.fault("token", "give the token that whoever pushes results has to send, such as $BACKUP_TOKEN")
        }
        if let heartbeat = section.section("heartbeat") {
            endpoint.heartbeat = heartbeat.duration("interval").flatMap { $0 == .zero ? nil : $0 }
            if let interval = endpoint.heartbeat, interval < ExternalEndpoint.shortestHeartbeat {
                heartbeat.fault("interval", "must be 10s or more, or 0 to expect no results at fixed times")
            }
            heartbeat.close()
        }
        for window in section.sections("maintenance-windows") {
            if let window = WeeklyWindow(window, zones: &zones) { endpoint.maintenance.append(window) }
        }
        section.ignore("alerts", "alarms on the metrics, or the notifier")
        section.close()
        return endpoint
    }
}

extension UptimeConfiguration {
    /// Whether an external endpoint is in one of its own windows, or in the file's.
    func isInMaintenance(_ endpoint: ExternalEndpoint, at time: Timestamp) -> Bool {
        (endpoint.maintenance + maintenance).contains { $0.contains(time) }
    }
}
