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
                + (arn?.region.map { " in " + RegionName.aws($0) } ?? ""),
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

/// What both forms have in common.
enum AutoScalingText {
    static func what(_ event: String) -> String {
        switch event {
        case "EC2 Instance Launch Successful", "EC2_INSTANCE_LAUNCH": "instance launched"
        case "EC2 Instance Launch Unsuccessful", "EC2_INSTANCE_LAUNCH_ERROR": "instance launch failed"
        case "EC2 Instance Terminate Successful", "EC2_INSTANCE_TERMINATE": "instance terminated"
        case "EC2 Instance Terminate Unsuccessful", "EC2_INSTANCE_TERMINATE_ERROR": "instance termination failed"
        case "EC2 Instance-launch Lifecycle Action": "instance waits before launch"
        case "EC2 Instance-terminate Lifecycle Action": "instance waits before termination"
        case "TEST_NOTIFICATION": "test notification"
        default: words(event.hasPrefix("EC2 Auto Scaling ") ? String(event.dropFirst(17)) : event.lowercased())
        }
    }

    static func fill(_ notification: inout Notification, _ object: JSONObject) {
        notification.text = [object.text("StatusMessage"), object.text("Cause") ?? object.text("Description")]
            .compactMap { $0 }.joined(separator: "\n")
        if let status = object.text("StatusCode") { notification.state = StateChange(to: status) }
        notification.fields.add("Instance", object.text("EC2InstanceId"))
        notification.fields.add("Zone", object["Details"]?["Availability Zone"])
        notification.fields.add("Lifecycle hook", object.text("LifecycleHookName"))
    }
}
