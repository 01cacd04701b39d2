import Basics
import Events
import JSON

extension Source {
    static let alertmanager = Source(rawValue: "alertmanager")
    static let grafana = Source(rawValue: "grafana")
}

extension InputFormat {
    static let alertmanagerWebhook = InputFormat("Alertmanager webhook", read: AlertmanagerWebhook.read)
}

/// A group of alerts from Prometheus' Alertmanager or Grafana: each alert becomes a notification of its own.
///
/// https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and
/// Grafana's page on its webhook contact point, whose body has the same members and some more.
private enum AlertmanagerWebhook {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard let group = message.value.objectValue, let alerts = group["alerts"]?.arrayValue, !alerts.isEmpty,
            alerts.allSatisfy({ $0.objectValue != nil }),
            alerts.contains(where: { $0["labels"]?.objectValue != nil || $0["fingerprint"]?.text != nil })
        else { return nil }
        var notifications = alerts.enumerated().map { index, alert in
            notification(alert.objectValue ?? [:], group, index, message)
        }
        if let cut = group["truncatedAlerts"]?.wholeNumber, cut > 0 {
            notifications[notifications.count - 1].fields.add("Not sent by Alertmanager", counted(cut, "more alert"))
        }
        return notifications
    }

    private static func notification(
        _ alert: JSONObject, _ group: JSONObject, _ index: Int, _ message: IncomingMessage
    ) -> Notification {
        let labels = texts(alert["labels"] ?? group["commonLabels"])
        let annotations = texts(alert["annotations"] ?? group["commonAnnotations"])
        let state = alert.text("status") ?? group.text("status") ?? "firing"
        let isOver = state == "resolved"
        let isGrafana = group["orgId"] != nil || alert["silenceURL"] != nil || alert["panelURL"] != nil
        var notification = message.notification(
            title(labels, state), source: isGrafana ? .grafana : .alertmanager, severity: severity(labels, isOver))
        notification.text = ["summary", "description", "message"].compactMap { annotations[$0] }.joined(separator: "\n")
        notification.state = StateChange(from: isOver ? "firing" : nil, to: state)
        let starts = alert["startsAt"]?.timestamp
        let ends = alert["endsAt"]?.timestamp
        notification.time = (isOver ? ends : starts) ?? message.time
        // An alert's labels are its identity; the fingerprint is their hash.
        let identity =
            alert.text("fingerprint")
            ?? labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        let owner = "\(notification.source)|\(group.text("orgId") ?? "")|"
        let key = owner + (identity.isEmpty ? "\(message.id)#\(index)" : identity)
        notification.incidentKey = key
        // Every change in a group sends the whole group again: what was told is told again once a day while it fires.
        // Without a time nothing tells the next outage from the last one, so each delivery counts.
        let days = starts.map { max(0, Int((message.time - $0) / .seconds(86_400))) } ?? 0
        notification.dedupeKey =
            "\(key)|\(state)|\((isOver ? ends : starts).map { "\($0.microseconds)" } ?? message.id)"
            + (isOver || days == 0 ? "" : "|day \(days)")
        notification.resource = resource(labels)
        notification.tags.merge(labels) { $1 }
        notification.message = .object(alert)
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) where name != "alertname" && !name.hasPrefix("__") {
            notification.fields.add(name, value)
        }
        notification.fields.add("Values", alert.text("valueString") ?? alert["values"].map(JSONFields.readable))
        notification.links.add("Runbook", annotations["runbook_url"] ?? annotations["runbook"])
        for (title, member) in [
            ("Dashboard", "dashboardURL"), ("Panel", "panelURL"), ("Graph", "generatorURL"), ("Silence", "silenceURL"),
        ] { notification.links.add(title, alert.text(member)) }
        notification.links.add(isGrafana ? "Grafana" : "Alertmanager", group.text("externalURL"))
        return notification
    }

    /// `FIRING: HighLatency (db-1:9100)`.
    private static func title(_ labels: [String: String], _ state: String) -> String {
        let name = labels["alertname"] ?? "alert without a name"
        return "\(state.uppercased()): \(name)".cut(200) + (resource(labels).map { " (\($0.cut(80)))" } ?? "")
    }

    private static func resource(_ labels: [String: String]) -> String? {
        ["instance", "pod", "deployment", "service", "node", "job", "namespace"].lazy.compactMap { labels[$0] }.first
    }

    /// The label `severity`; an alert without one is critical, because somebody wrote it to be called.
    ///
    /// `none` is what the Watchdog has, which always fires.
    private static func severity(_ labels: [String: String], _ isOver: Bool) -> Severity {
        if isOver { return .ok }
        guard let severity = Severity(tags: labels) else { return .critical }
        return max(severity, .info)
    }

    private static func texts(_ value: JSONValue?) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, value) in value?.objectValue ?? [:] { texts[key] = value.text }
        return texts
    }
}
