import Basics
import Events
import JSON

/// A custom notification for Amazon Q Developer in chat applications.
///
/// https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
enum AmazonQMessage {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, object["source"]?.stringValue == "custom",
            let content = object["content"]?.objectValue
        else { return nil }
        let metadata = object["metadata"]?.objectValue ?? [:]
        guard let title = content.text("title") ?? metadata.text("summary") ?? content.text("description") else {
            throw EventError(.missingField, at: "content.description", "is missing")
        }
        let context = metadata["additionalContext"]?.objectValue ?? [:]
        let severity = context.text("severity", "priority").flatMap(Severity.init(word:))
        var notification = message.notification(
            title.cut(250), source: .amazonQ, severity: severity ?? message.severity(or: .info)
        )
        let description = content.text("description") ?? ""
        notification.text = description == title && title.utf8.count <= 250 ? "" : SlackText.plain(description)
        notification.dedupeKey = object.text("id") ?? message.id
        notification.incidentKey = metadata.text("threadId")
        notification.resource = metadata["relatedResources"]?[0]?.text
        notification.fields.add(
            "Next steps", (content["nextSteps"]?.texts ?? []).map(SlackText.plain).joined(separator: "\n"),
            isShort: false)
        notification.fields.add("Keywords", (content["keywords"]?.texts ?? []).joined(separator: ", "))
        notification.fields.add("Event type", metadata.text("eventType"))
        notification.fields.add("Resources", (metadata["relatedResources"]?.texts ?? []).joined(separator: "\n"))
        for field in JSONFields.fields(of: .object(context)) { notification.fields.append(field) }
        return [notification]
    }
}

/// A message that its publisher wrote for Slack: handed through there, readable elsewhere.
enum PublishersSlackMessage {
    /// A text among other members is somebody's own JSON, whose other members matter, too.
    private static let slackMembers: Set<String> = [
        "text", "attachments", "blocks", "channel", "username", "icon_emoji", "icon_url", "mrkdwn", "link_names",
        "parse",
        "unfurl_links", "unfurl_media", "thread_ts", "reply_broadcast", "response_type", "metadata", "as_user",
    ]

    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue else { return nil }
        let attachments = (object["attachments"]?.arrayValue ?? []).filter { $0.objectValue != nil }
        let blocks = (object["blocks"]?.arrayValue ?? []).filter { $0["type"] != nil }
        let text = object["text"]?.stringValue?.nonBlank
        let isSlacks = object.allSatisfy { slackMembers.contains($0.key) }
        guard text != nil && isSlacks || !attachments.isEmpty || !blocks.isEmpty else { return nil }
        var lines = (text ?? "").split(whereSeparator: \.isNewline).map(\.trimmed)
        lines += blocks.compactMap { $0["text"]?["text"]?.text }
        for attachment in attachments {
            for key in ["pretext", "title", "text"] { if let text = attachment[key]?.text { lines.append(text) } }
        }
        if lines.isEmpty { lines = attachments.compactMap { $0["fallback"]?.text } }
        lines = lines.map(SlackText.plain)
        let color = attachments.lazy.compactMap { $0["color"]?.text }.first
        var notification = message.notification(
            (lines.first ?? message.subject ?? "Message").cut(150), source: .slack,
            severity: message.severity(or: severity(color))
        )
        notification.text = lines.dropFirst().joined(separator: "\n")
        for attachment in attachments {
            for field in (attachment["fields"]?.arrayValue ?? []).prefix(JSONFields.maximumFields) {
                notification.fields.add(
                    SlackText.plain(field["title"]?.text ?? "–"), field["value"]?.text.map(SlackText.plain),
                    isShort: field["short"]?.boolValue)
            }
            notification.links.add("Open", attachment["title_link"]?.text)
        }
        notification.slackPayload = object
        return [notification]
    }

    private static func severity(_ color: String?) -> Severity {
        switch color {
        case "danger": .critical
        case "warning": .warning
        case "good": .ok
        default: .info
        }
    }
}

/// Text in Slack's markup, as publishers write it.
enum SlackText {
    /// Slack's escapes and links as text: `<https://a|b> &amp; c` is `b (https://a) & c`.
    static func plain(_ text: String) -> String {
        var plain = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            plain += rest[..<open]
            guard let close = rest[open...].firstIndex(of: ">") else {
                rest = rest[open...]
                break
            }
            let inner = rest[rest.index(after: open)..<close]
            if let bar = inner.firstIndex(of: "|") {
                let label = inner[inner.index(after: bar)...]
                plain += inner.hasPrefix("http") ? "\(label) (\(inner[..<bar]))" : String(label)
            } else {
                plain += inner.hasPrefix("!") ? "@" + inner.dropFirst() : inner
            }
            rest = rest[rest.index(after: close)...]
        }
        plain += rest
        return unescaped(plain)
    }

    private static func unescaped(_ text: String) -> String {
        var text = text
        for (escape, character) in [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")] {
            var result = ""
            var rest = text[...]
            while let range = rest.place(of: escape) {
                result += rest[..<range.lowerBound] + character
                rest = rest[range.upperBound...]
            }
            text = result + rest
        }
        return text
    }
}

/// JSON of no known kind: a title if one can be found, and its members as fields.
enum AnyJSON {
    private static let titles = ["title", "subject", "summary", "headline", "alertname", "event", "name", "type"]
    private static let texts = [
        "description", "message", "text", "event message", "msg", "detail", "details", "reason",
    ]

    static func notification(of message: InputMessage) -> Notification {
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

    /// The first of these members, whatever the case of its letters, that is a short text.
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

    private static func severity(of object: JSONObject, _ message: InputMessage) -> Severity {
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
    /// Whether a number that was taken for a time lies between 2000 and 2100.
    var isPlausible: Bool { (946_684_800.0...4_102_444_800).contains(secondsSinceEpoch) }
}

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
