import JSON

extension EventBridgeEvent {
    /// A canary's run or change of state.
    ///
    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitoring-events-eventbridge.html
    var synthetics: Notification {
        guard let canary = text("canary-name"), let state = text("test-run-status") ?? text("current-state")
        else { return other }
        let isRun = text("test-run-status") != nil
        let severity: Severity =
            switch state {
            case "PASSED": .ok
            case "FAILED", "ERROR": .critical
            case "STOPPED" where !isRun: .warning
            default: .info
            }
        var notification = notification(
            "Canary \(canary) \(isRun ? "" : "is ")\(state.lowercased())\(place)", .synthetics, severity)
        // The event's message says nothing: that a failed run's result was generated successfully.
        notification.text = text("state-reason") ?? ""
        notification.state = StateChange(from: text("previous-state"), to: state)
        notification.account = text("account-id") ?? account
        notification.incidentKey = "canary|\(notification.account ?? "")|\(region ?? "")|\(canary)"
        notification.resource = canary
        notification.fields.add("Run", text("canary-run-id"))
        notification.fields.add("Artifacts", text("artifact-location"))
        notification.links.add("Canary", console?.canary(canary))
        return notification
    }
}
