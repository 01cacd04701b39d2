import Events
import JSON

/// What an Auto Scaling group sends to a topic of its own accord.
///
/// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-sns-notifications.html
enum AutoScalingNotification {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, let event = object.text("Event"),
            event.hasPrefix("autoscaling:"), let group = object.text("AutoScalingGroupName")
        else { return nil }
        let arn = ARN(object.text("AutoScalingGroupARN"))
        var notification = message.notification(
            "Auto Scaling group \(group): \(AutoScalingText.what(String(event.dropFirst(12))))"
                + AWSRegion.place(arn?.region),
            source: .autoScaling, severity: event.hasSuffix("_ERROR") ? .critical : .info
        )
        notification.time = object["Time"]?.timestamp ?? message.time
        notification.account = object.text("AccountId") ?? arn?.account
        notification.region = arn?.region ?? notification.region
        notification.resource = object.text("AutoScalingGroupARN") ?? group
        AutoScalingText.fill(&notification, object)
        notification.links.add("Auto Scaling group", Console(region: notification.region)?.autoScalingGroup(group))
        return [notification]
    }
}
