import Events
import JSON

/// FC's timer trigger: its payload is a message of its own.
///
/// https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/time-triggers
enum TimerEvent {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, let time = object["triggerTime"]?.timestamp,
            let name = object.text("triggerName")
        else { return nil }
        var inner = message
        inner.id = "timer|\(name)|\(time.microseconds)"
        inner.time = time
        if let payload = object["payload"]?.stringValue?.nonBlank {
            inner.value = InputMessage.parse(payload)
            // A timer within a timer would be a message without an end.
            if inner.value["triggerTime"] == nil {
                return inner.notifications.map { notification in
                    var notification = notification
                    notification.fields.add("Timer", name)
                    return notification
                }
            }
        }
        return [inner.notification("Timer \(name)", source: .timer)]
    }
}
