import Events
import JSON

/// A result of `sla-runner`.
enum SLAMessage {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, object["succeeded"] != nil, object["service"] != nil else {
            return nil
        }
        let result = try SLAResult(message.value)
        var notification = message.notification(
            "SLA test of \(result.service) \(result.succeeded ? "succeeded" : "failed")", source: .slaResult,
            severity: result.succeeded ? .ok : message.severity(or: .critical)
        )
        notification.state = StateChange(to: result.succeeded ? "succeeded" : "failed")
        notification.time = result.timestamp
        notification.incidentKey = "sla|" + result.service
        notification.resource = result.service
        let seconds = result.executionSeconds ?? result.executionSecs
        notification.fields.add("Duration", seconds.map(readable(seconds:)))
        notification.fields.add("Groups", result.groups.joined(separator: ", "))
        notification.fields.add("SLA target", result.slaTarget?.text.map { $0 + " %" })
        notification.fields.add("Tag", result.tagID)
        return [notification]
    }
}
