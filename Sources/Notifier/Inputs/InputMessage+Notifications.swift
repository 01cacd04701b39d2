import Events
import JSON

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
