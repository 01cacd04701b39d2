import Basics
import Events
import JSON

extension Source {
    static let text = Source(rawValue: "text")
    static let json = Source(rawValue: "json")
}

/// JSON of no known format: a title if one can be found, and its members as fields.
enum AnyJSON {
    private static let titles = ["title", "subject", "summary", "headline", "alertname", "event", "name", "type"]
    private static let texts = [
        "description", "message", "text", "event message", "msg", "detail", "details", "reason",
    ]

    static func notification(of message: IncomingMessage) -> Notification {
        var used: Set<String> = []
        let object = message.value.objectValue ?? [:]
        let title = message.subject ?? member(titles, of: object, &used)
        let text = member(texts, of: object, &used)
        var notification = PlainText.notification(text ?? "", title: title, of: message)
        if notification.title.isEmpty { notification.title = "Message of an unknown format" }
        notification.source = .json
        notification.severity = severity(of: object, message)
        notification.time = time(of: object) ?? message.time
        notification.fields = JSONFields.fields(of: message.value, leavingOut: used)
        notification.fields.add("Topic", message.topicName)
        notification.fields.add("Format", "unknown, shown as it came")
        return notification
    }

    /// The first of these members that is a text of at most 4,000 bytes; case does not matter.
    private static func member(_ names: [String], of object: JSONObject, _ used: inout Set<String>) -> String? {
        for name in names {
            for (key, value) in object where key.utf8.count == name.utf8.count && key.lowercased() == name {
                if let text = value.stringValue?.nonBlank, text.utf8.count <= 4_000 {
                    used.insert(key)
                    return text
                }
            }
        }
        return nil
    }

    private static func severity(of object: JSONObject, _ message: IncomingMessage) -> Severity {
        message.severity(or: object.text("severity", "Severity", "level").flatMap(Severity.init(word:)) ?? .info)
    }

    private static func time(of object: JSONObject) -> Timestamp? {
        for key in ["time", "timestamp", "Timestamp", "eventTime"] {
            if let time = object[key]?.timestamp, time.isPlausible { return time }
        }
        return nil
    }
}

extension Timestamp {
    /// Whether it lies between 2000 and 2100: a number in a member `time` need not be a time.
    fileprivate var isPlausible: Bool { (946_684_800.0...4_102_444_800).contains(secondsSinceEpoch) }
}

/// A message that is not JSON.
enum PlainText {
    private static let titleLength = 150

    static func notification(_ text: String, of message: IncomingMessage) -> Notification {
        var notification = notification(text, title: message.subject, of: message)
        if notification.title.isEmpty {
            notification.title = "Empty message"
            notification.fields.add("Not understood", "the message has no text", isShort: false)
        }
        notification.fields.add("Topic", message.topicName)
        return notification
    }

    /// Without a title, the first line becomes it.
    ///
    /// The text repeats that line only if it was too long for a title.
    static func notification(_ text: String, title: String?, of message: IncomingMessage) -> Notification {
        // Before it is cut: half a secret has no shape that could be known.
        let text = SecretMask.masked(text.trimmed)
        let firstLine = text.split(whereSeparator: \.isNewline).first.map(\.trimmed) ?? ""
        var notification = message.notification(
            SecretMask.masked(title ?? firstLine).cut(titleLength), source: .text, severity: message.severity(or: .info)
        )
        let isInTitle = title == nil && firstLine.count <= titleLength
        notification.text = isInTitle ? text.dropFirst(firstLine.count).trimmed : text
        return notification
    }
}
