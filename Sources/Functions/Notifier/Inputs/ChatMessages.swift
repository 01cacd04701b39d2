import Basics
import Events
import JSON

extension Source {
    static let amazonQ = Source(rawValue: "amazon-q")
    static let slack = Source(rawValue: "slack")
}

extension InputFormat {
    static let amazonQNotification = InputFormat("Amazon Q notification", read: AmazonQMessage.read)
    static let slackMessage = InputFormat("Slack message", read: PublishersSlackMessage.read)
}

/// A custom notification for Amazon Q Developer in chat applications.
///
/// https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
private enum AmazonQMessage {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
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
        // Its senders choose the id, often one for many messages: it joins them in a thread and never drops one.
        let thread = metadata.text("threadId") ?? object.text("id")
        notification.incidentKey = thread.map { "amazon-q|" + $0 }
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

/// A message that its publisher wrote for Slack.
///
/// Slack outputs send it as it is if its sender is trusted; otherwise, and for all others, its text is shown.
private enum PublishersSlackMessage {
    /// The members of Slack's messages.
    ///
    /// A `text` beside any other member is somebody's own JSON, which is shown whole.
    private static let slackMembers: Set<String> = [
        "text", "attachments", "blocks", "channel", "username", "icon_emoji", "icon_url", "mrkdwn", "link_names",
        "parse", "unfurl_links", "unfurl_media", "thread_ts", "reply_broadcast", "response_type", "metadata",
        "as_user",
    ]

    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
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
        lines = lines.map { SecretMask.masked(SlackText.plain($0)) }
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
            // Not as a button, which would hide where it leads.
            notification.fields.add("Link", attachment["title_link"]?.text, isShort: false)
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
private enum SlackText {
    /// Text without Slack's escapes and links: `<https://a|b> &amp; c` is `b (https://a) & c`.
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
