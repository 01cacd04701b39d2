import Events
import JSON

/// What `uptime-checker` publishes.
enum UptimeMessage {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard message.value["type"]?.stringValue == UptimeChange.type else { return nil }
        let change = try UptimeChange(message.value)
        let name = [change.endpoint.group, change.endpoint.name].compactMap { $0 }.joined(separator: "/")
        let duration = readable(seconds: change.duration / .seconds(1))
        let isDown = change.state == .down
        var notification = message.notification(
            isDown ? "DOWN: \(name)" : "UP: \(name) after \(duration)", source: .uptime,
            severity: isDown ? message.severity(or: .critical) : .ok
        )
        let failures = (change.errors + change.failedConditions).joined(separator: "\n")
        notification.text = isDown ? failures : ""
        notification.state = StateChange(from: isDown ? "up" : "down", to: change.state.rawValue)
        notification.time = change.at
        notification.dedupeKey = change.id
        notification.incidentKey = "uptime|\(change.endpoint.group ?? "")|\(change.endpoint.name)"
        notification.region = change.region ?? notification.region
        notification.resource = change.endpoint.url ?? change.endpoint.name
        notification.fields.add("Endpoint", change.endpoint.url)
        notification.fields.add("Since", change.since.iso8601(fractionDigits: 0))
        if isDown, change.duration > .zero { notification.fields.add("Down for", duration) }
        if !isDown { notification.fields.add("Last failure", failures, isShort: false) }
        notification.links.add("Endpoint", change.endpoint.url)
        return [notification]
    }
}
