import JSON

extension EventBridgeEvent {
    /// Instances, volumes and snapshots.
    ///
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/automating_with_eventbridge.html
    var ec2: Notification {
        let id = text("instance-id")
        switch type {
        case "EC2 Instance State-change Notification":
            guard let id, let state = text("state") else { return other }
            let isGone = ["stopped", "terminated"].contains(state)
            var notification = instance("EC2 instance \(id) is \(words(state))\(place)", id, isGone ? .warning : .info)
            notification.state = StateChange(to: state)
            notification.incidentKey = "ec2|\(id)"
            return notification
        case "EC2 Spot Instance Interruption Warning":
            guard let id else { return other }
            let action = text("instance-action") ?? "stop"
            var notification = instance("EC2 Spot instance \(id) will be interrupted\(place)", id, .warning)
            notification.text = "EC2 takes the instance back in two minutes (\(action))."
            return notification
        case "EC2 Instance Rebalance Recommendation":
            guard let id else { return other }
            return instance("EC2 Spot instance \(id) is likely to be interrupted\(place)", id, .info)
        case "EBS Volume Notification", "EBS Snapshot Notification", "EBS Multi-Volume Snapshots Completion Status":
            return storage
        default: return other
        }
    }

    private func instance(_ title: String, _ id: String, _ severity: Severity) -> Notification {
        var notification = notification(title, .ec2, severity)
        notification.resource = resources.first ?? id
        notification.links.add("Instance", console?.instance(id))
        return notification
    }

    private var storage: Notification {
        let isFailure = text("result").map { $0 == "failed" || $0 == "lost" } ?? false
        let kind = type.hasPrefix("EBS Volume") ? "volume" : "snapshot"
        let id = ARN.lastPart(text("snapshot_id")) ?? ARN.lastPart(resources.first)
        let what = words(text("event") ?? "event")
        var notification = notification(
            "EBS \(kind) \(id ?? "unknown"): \(what) \(text("result") ?? "")".trimmed + place, .ec2,
            isFailure ? .critical : .info
        )
        notification.text = text("cause") ?? ""
        if let result = text("result") { notification.state = StateChange(to: result) }
        notification.fields.add("Volume", ARN.lastPart(text("source")))
        if kind == "volume", let id { notification.links.add("Volume", console?.volume(id)) }
        return notification
    }
}
