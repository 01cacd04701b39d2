import Events
import JSON

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
