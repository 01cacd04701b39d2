import JSON

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
