import JSON

/// A message that is not JSON.
enum PlainText {
    private static let titleLength = 150

    static func notification(_ text: String, of message: InputMessage) -> Notification {
        var notification = notification(text, title: message.subject, of: message)
        if notification.title.isEmpty {
            notification.title = "Empty message"
            notification.fields.add("Not understood", "the message has no text", isShort: false)
        }
        notification.fields.add("Topic", message.topicName)
        return notification
    }

    /// Without a title the first line is the title, and stands in the text again only if it had to be cut.
    static func notification(_ text: String, title: String?, of message: InputMessage) -> Notification {
        let text = text.trimmed
        let firstLine = text.split(whereSeparator: \.isNewline).first.map(\.trimmed) ?? ""
        var notification = message.notification(
            (title ?? firstLine).cut(titleLength), source: .text, severity: message.severity(or: .info)
        )
        let isInTitle = title == nil && firstLine.count <= titleLength
        notification.text = isInTitle ? text.dropFirst(firstLine.count).trimmed : text
        return notification
    }
}
