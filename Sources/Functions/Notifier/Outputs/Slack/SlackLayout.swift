import Basics
import JSON

/// A notification as Block Kit blocks in an attachment, because only attachments have a colour bar.
///
/// Texts are `plain_text` objects, so nothing in them is formatting, a link or a mention. Limits:
/// https://docs.slack.dev/reference/block-kit/blocks.
enum SlackLayout {
    /// Every text needs these three escaped; Slack counts after escaping.
    static let rules = TextRules(Escaping(["&": "&amp;", "<": "&lt;", ">": "&gt;"]), .utf16)
    private static let headerLimit = 150
    private static let sectionLimit = 3_000
    private static let fieldLimit = 2_000
    private static let buttonLimit = 75
    private static let urlLimit = 3_000
    /// A section may have ten texts: five names and five values.
    private static let rowLimit = 5
    /// The most sections of fields; a message may have fifty blocks.
    private static let fieldSectionLimit = 30
    /// The longest text of one message; Slack folds longer ones.
    static let textLimit = 3 * sectionLimit

    /// The members of a message: `attachments`, and `text` for mentions, which call nobody when they are in an
    /// attachment.
    static func content(
        _ notification: Notification, _ part: Notification.Part, mentions: String, buttons: AlarmButtons? = nil
    ) -> JSONObject {
        let title = notification.title(of: part, rules, headerLimit)
        var blocks: [JSONValue] = [["type": "header", "text": plain(title)]]
        blocks += rules.pieces(part.text, first: sectionLimit, others: sectionLimit, count: 10).filter { !$0.isEmpty }
            .map { ["type": "section", "text": plain(rules.escape($0))] }
        if part.isFirst { blocks += details(notification) + (buttons?.blocks ?? []) }
        blocks.append(["type": "context", "elements": [["type": "mrkdwn", "text": .string(footer(notification))]]])
        let attachment: JSONValue = [
            "color": .string(colour(notification.severity)),
            "fallback": .string(notification.severity.dot + " " + title), "blocks": .array(blocks),
        ]
        return part.isFirst && !mentions.isEmpty
            ? ["text": .string(mentions), "attachments": [attachment]] : ["attachments": [attachment]]
    }

    /// Slack has names for three colours.
    private static func colour(_ severity: Severity) -> String {
        switch severity {
        case .critical: "danger"
        case .warning: "warning"
        case .info: severity.colourCode
        case .ok: "good"
        }
    }

    /// The content of a message that was sent, with the colour of another severity; without buttons when it is over.
    static func recoloured(_ content: JSONValue, _ severity: Severity) -> JSONObject? {
        let content = severity == .ok ? AlarmButtons.removed(from: content) : content
        guard var object = content.objectValue, var attachments = object["attachments"]?.arrayValue else { return nil }
        for index in attachments.indices {
            guard var attachment = attachments[index].objectValue else { continue }
            attachment["color"] = .string(colour(severity))
            attachment["fallback"] = attachment["fallback"]?.stringValue.map { .string(severity.redotted($0)) }
            attachments[index] = .object(attachment)
        }
        object["attachments"] = .array(attachments)
        return object
    }

    /// For messages without layout.
    static let text = Markup(rules, bold: { $0 }, link: { "<\(rules.escape($1.filter { $0 != "|" }))|\($0)>" })
    /// The longest text of a message without layout; Slack cuts at 40,000 characters.
    static let plainLimit = 39_000

    static func mention(_ mention: Mention) -> String {
        switch mention {
        case .everyone: "<!channel>"
        case .here: "<!here>"
        case .user(let id): "<@\(rules.escape(id))>"
        case .group(let id): "<!subteam^\(rules.escape(id))>"
        }
    }
}

extension SlackLayout {
    /// Text in which nothing formats; it has to be escaped.
    static func plain(_ text: String) -> JSONValue {
        ["type": "plain_text", "text": .string(text), "emoji": false]
    }

    /// The fields in their order, up to five short ones or one long one in a section, then the links as buttons.
    private static func details(_ notification: Notification) -> [JSONValue] {
        var sections: [[Field]] = []
        for field in notification.fields {
            if field.isShort, let last = sections.last, last[0].isShort, last.count < rowLimit {
                sections[sections.count - 1].append(field)
            } else {
                sections.append([field])
            }
        }
        var blocks = sections.prefix(fieldSectionLimit).map(section)
        let leftOut = sections.dropFirst(fieldSectionLimit).reduce(0) { $0 + $1.count }
        if leftOut > 0 { blocks.append(["type": "section", "text": plain("\(TextRules.mark) (\(leftOut) more)")]) }
        let buttons = notification.links.filter { $0.url.utf16.count <= urlLimit }.prefix(25).enumerated().map(button)
        return buttons.isEmpty ? blocks : blocks + [["type": "actions", "elements": .array(buttons)]]
    }

    private static func section(_ fields: [Field]) -> JSONValue {
        fields[0].isShort
            ? ["type": "section", "fields": .array(fields.flatMap(row))]
            : ["type": "section", "text": plain(rules.fit("\(fields[0].name): \(fields[0].value)", sectionLimit))]
    }

    private static func row(_ field: Field) -> [JSONValue] {
        let name = rules.fit(field.name.filter { !"*_~`".contains($0) }, 200)
        return [
            ["type": "mrkdwn", "text": .string(name.isEmpty ? TextRules.mark : "*\(name)*"), "verbatim": true],
            plain(field.value.isEmpty ? TextRules.mark : rules.fit(field.value, fieldLimit)),
        ]
    }

    private static func button(_ index: Int, _ link: Link) -> JSONValue {
        let title = link.title.isEmpty ? "Open" : rules.fit(link.title, buttonLimit)
        return [
            "type": "button", "action_id": .string("link-\(index)"), "text": plain(title), "url": .string(link.url),
        ]
    }

    /// The origin, and the time in the reader's own time zone.
    private static func footer(_ notification: Notification) -> String {
        let seconds = notification.time.microseconds / 1_000_000
        let time = "<!date^\(seconds)^{date_short_pretty} {time_secs}|\(notification.time.iso8601(fractionDigits: 0))>"
        return "\(rules.fit(notification.origin, 500)) · \(time)"
    }
}

/// One message for a webhook or for `chat.postMessage`; where it goes is added there.
struct SlackMessage: Sendable {
    let content: JSONObject
    /// Makes the same message without layout.
    let plain: @Sendable () -> JSONObject

    /// The messages for a notification; a trusted publisher's own Slack message is sent as it is.
    /// - Parameter buttons: what stands under the first of them.
    static func all(
        _ notification: Notification, mentions: [Mention], count: Int, buttons: AlarmButtons? = nil
    ) -> [SlackMessage] {
        let mentions = mentions.map(SlackLayout.mention).joined(separator: " ")
        if notification.isTrusted, let payload = notification.slackPayload { return [message(of: payload, mentions)] }
        let limit = SlackLayout.textLimit
        return notification.parts(SlackLayout.rules, first: limit, others: limit, count: count).map { part in
            SlackMessage(content: SlackLayout.content(notification, part, mentions: mentions, buttons: buttons)) {
                let limit = SlackLayout.plainLimit
                let text = SlackLayout.text.text(notification, part, limit: limit, mentions: mentions)
                return ["text": .string(text), "mrkdwn": false]
            }
        }
    }

    private static func message(of payload: JSONObject, _ mentions: String) -> SlackMessage {
        var content: JSONObject = [:]
        for key in ["text", "attachments", "blocks", "mrkdwn"] { content[key] = payload[key] }
        let words = [mentions, payload["text"]?.stringValue ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        if !words.isEmpty { content["text"] = .string(words) }
        // The text to send when Slack refuses the publisher's blocks.
        let summary = payload["attachments"]?[0]?["fallback"]?.stringValue ?? JSONValue.object(payload).description
        let text = words.isEmpty ? SlackLayout.rules.fit(summary, SlackLayout.plainLimit) : words
        return SlackMessage(content: content) { ["text": .string(text)] }
    }

    /// Whether an error is about the layout, so that the same message without layout may succeed.
    ///
    /// `invalid_attachments` is also the error for an image that Slack cannot load.
    static func refusesLayout(_ error: String) -> Bool {
        ["invalid_blocks", "invalid_attachments", "invalid_payload", "msg_blocks_too_long", "too_many_attachments"]
            .contains { error.hasPrefix($0) }
    }
}
