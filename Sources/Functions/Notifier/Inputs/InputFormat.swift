import Events
import JSON

/// A kind of message that can be read.
struct InputFormat: Sendable {
    /// What people are told when a message of this kind cannot be read.
    let name: String
    /// Nil for a message of another kind; throws for a message of this kind that lacks what matters.
    let read: @Sendable (IncomingMessage) throws(EventError) -> [Notification]?

    init(_ name: String, read: @escaping @Sendable (IncomingMessage) throws(EventError) -> [Notification]?) {
        (self.name, self.read) = (name, read)
    }

    /// The first one that takes a message reads it, so the formats with the most specific marks come first.
    static let all: [InputFormat] = [
        .cloudWatchAlarm,
        .eventBridgeEvent,
        .cloudMonitorAlarm,
        .cloudMonitorEvent,
        .cloudEvent,
        .timer,
        .uptimeChange,
        .slaResult,
        .experimentResult,
        .autoScalingNotification,
        .pipelineApproval,
        .costAnomaly,
        .budgetNotification,
        .backupNotification,
        .subscriptionConfirmation,
        .amazonQNotification,
        .slackMessage,
    ]
}

extension IncomingMessage {
    /// What the message says: at least one notification, whatever it is.
    ///
    /// A message of Security Hub can hold many findings. A message that its format cannot read is shown as it is, with
    /// the reason.
    var notifications: [Notification] {
        var notifications = known ?? [unknown]
        if let timer, notifications.first?.source != .timer {
            for index in notifications.indices { notifications[index].fields.add("Timer", timer) }
        }
        return notifications
    }

    /// What the first format that takes the message reads; nil when no format does.
    private var known: [Notification]? {
        for format in InputFormat.all {
            do throws(EventError) {
                if let notifications = try format.read(self), !notifications.isEmpty { return notifications }
            } catch {
                var notification = unknown
                notification.fields.add("Not understood", "\(format.name): \(error)", isShort: false)
                return [notification]
            }
        }
        return nil
    }

    /// The message as it is: text, or any JSON as fields.
    private var unknown: Notification {
        if case .string(let text) = value { return PlainText.notification(text, of: self) }
        return AnyJSON.notification(of: self)
    }
}
