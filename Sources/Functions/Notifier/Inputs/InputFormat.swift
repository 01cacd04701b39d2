import Events
import JSON

/// A kind of message that can be read.
struct InputFormat: Sendable {
    /// What it is called when reading fails.
    let name: String
    /// Nil for a message of another kind; throws for one of this kind that lacks what matters.
    let read: @Sendable (InputMessage) throws(EventError) -> [Notification]?

    /// The most telling kinds first: a message is of the first one that takes it.
    static let all: [InputFormat] = [
        InputFormat(name: "CloudWatch alarm", read: CloudWatchAlarm.read),
        InputFormat(name: "EventBridge event", read: EventBridgeEvent.read),
        InputFormat(name: "CloudMonitor alarm", read: CloudMonitorAlarm.read),
        InputFormat(name: "CloudMonitor event", read: CloudMonitorEvent.read),
        InputFormat(name: "CloudEvent", read: CloudEvent.read),
        InputFormat(name: "timer", read: TimerEvent.read),
        InputFormat(name: "uptime change", read: UptimeMessage.read),
        InputFormat(name: "SLA result", read: SLAMessage.read),
        InputFormat(name: "experiment result", read: ExperimentResult.read),
        InputFormat(name: "Auto Scaling notification", read: AutoScalingNotification.read),
        InputFormat(name: "pipeline approval", read: PipelineApproval.read),
        InputFormat(name: "cost anomaly", read: CostAnomaly.read),
        InputFormat(name: "budget notification", read: BudgetNotification.read),
        InputFormat(name: "backup notification", read: BackupNotification.read),
        InputFormat(name: "subscription confirmation", read: SubscriptionConfirmation.read),
        InputFormat(name: "Amazon Q notification", read: AmazonQMessage.read),
        InputFormat(name: "Slack message", read: PublishersSlackMessage.read),
    ]
}

extension InputMessage {
    /// What the message says: never nothing, whatever it is.
    var notifications: [Notification] {
        for format in InputFormat.all {
            do throws(EventError) {
                if let notifications = try format.read(self), !notifications.isEmpty { return notifications }
            } catch {
                var notification = plain
                notification.fields.add("Not understood", "\(format.name): \(error)", isShort: false)
                return [notification]
            }
        }
        return [plain]
    }

    /// The message as it is: text, or any JSON as fields.
    private var plain: Notification {
        if case .string(let text) = value { return PlainText.notification(text, of: self) }
        return AnyJSON.notification(of: self)
    }
}
