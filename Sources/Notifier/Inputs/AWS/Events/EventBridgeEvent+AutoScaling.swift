import JSON

extension EventBridgeEvent {
    /// What a group did or could not do.
    ///
    /// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html
    var autoScaling: Notification {
        guard let group = text("AutoScalingGroupName") else { return other }
        let isFailure = type.hasSuffix("Unsuccessful") || type.hasSuffix("Failed") || type.hasSuffix("Cancelled")
        var notification = notification(
            "Auto Scaling group \(group): \(AutoScalingText.what(type))\(place)", .autoScaling,
            isFailure ? .critical : .info
        )
        AutoScalingText.fill(&notification, detail)
        notification.links.add("Auto Scaling group", console?.autoScalingGroup(group))
        return notification
    }
}
