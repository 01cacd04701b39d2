import Basics
import JSON

/// A notification as Slack shows it best: Block Kit blocks in an attachment, which alone has a colour bar.
///
/// Texts are `plain_text` objects, so nothing in them is taken for formatting, a link or a mention. Limits:
/// https://docs.slack.dev/reference/block-kit/blocks.
enum SlackLayout {
    /// Slack wants these three escaped in every text, and counts after escaping.
    static let rules = TextRules(Escaping(["&": "&amp;", "<": "&lt;", ">": "&gt;"]), .utf16)
    static let headerLimit = 150
    static let sectionLimit = 3_000
    static let fieldLimit = 2_000
    static let buttonLimit = 75
    static let urlLimit = 3_000
    /// A section takes ten texts: five names and five values.
    static let rowLimit = 5
    /// How many sections of fields a message has; Slack takes fifty blocks.
    static let factLimit = 30
    /// How much text goes into one message: Slack folds longer ones.
    static let textLimit = 3 * sectionLimit

    /// The members of a message: `text` for mentions, which call nobody from within an attachment, and `attachments`.
    static func content(_ notification: Notification, _ part: Notification.Part, mentions: String) -> JSONObject {
        let title = notification.title(of: part, rules, headerLimit)
        var blocks: [JSONValue] = [["type": "header", "text": plain(title)]]
        blocks += rules.pieces(part.text, first: sectionLimit, others: sectionLimit, count: 10).filter { !$0.isEmpty }
            .map { ["type": "section", "text": plain(rules.escape($0))] }
        if part.isFirst { blocks += facts(notification) }
        blocks.append(["type": "context", "elements": [["type": "mrkdwn", "text": .string(footer(notification))]]])
        let attachment: JSONValue = [
            "color": .string(colour(notification.severity)),
            "fallback": .string(notification.severity.dot + " " + title), "blocks": .array(blocks),
        ]
        return part.isFirst && !mentions.isEmpty
            ? ["text": .string(mentions), "attachments": [attachment]] : ["attachments": [attachment]]
    }

    /// The three colours that Slack has names for, and a blue.
    static func colour(_ severity: Severity) -> String {
        switch severity {
        case .critical: "danger"
        case .warning: "warning"
        case .info: severity.colourCode
        case .ok: "good"
        }
    }

    /// The content of a message that was sent, in another severity's colour.
    static func recoloured(_ content: JSONValue, _ severity: Severity) -> JSONObject? {
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

    /// The text of a message without layout; Slack cuts at 40,000 characters.
    static let text = Markup(rules, bold: { $0 }, link: { "<\(rules.escape($1.filter { $0 != "|" }))|\($0)>" })
    static let plainLimit = 39_000

    /// Calls somebody.
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
    private static func plain(_ text: String) -> JSONValue {
        ["type": "plain_text", "text": .string(text), "emoji": false]
    }

    /// The fields in their order, five short ones or a long one a section, then the links as buttons.
    private static func facts(_ notification: Notification) -> [JSONValue] {
        var sections: [[Field]] = []
        for field in notification.fields {
            if field.isShort, let last = sections.last, last[0].isShort, last.count < rowLimit {
                sections[sections.count - 1].append(field)
            } else {
                sections.append([field])
            }
        }
        var blocks = sections.prefix(factLimit).map(section)
        let leftOut = sections.dropFirst(factLimit).reduce(0) { $0 + $1.count }
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

    /// The origin, and the time as the reader's own clock has it.
    private static func footer(_ notification: Notification) -> String {
        let seconds = notification.time.microseconds / 1_000_000
        let time = "<!date^\(seconds)^{date_short_pretty} {time_secs}|\(notification.time.iso8601(fractionDigits: 0))>"
        return "\(rules.fit(notification.origin, 500)) · \(time)"
    }
}

/// What Slack's two ways in have in common: the same messages go to a webhook and to `chat.postMessage`.
struct SlackMessage: Sendable {
    /// The members that make up what is shown.
    let content: JSONObject
    /// The same as text alone.
    let plain: @Sendable () -> JSONObject

    /// The messages of a notification; one that brought its own Slack message is sent as its publisher wrote it.
    static func all(_ notification: Notification, mentions: [Mention], count: Int) -> [SlackMessage] {
        let mentions = mentions.map(SlackLayout.mention).joined(separator: " ")
        if let payload = notification.slackPayload { return [own(payload, mentions)] }
        let limit = SlackLayout.textLimit
        return notification.parts(SlackLayout.rules, first: limit, others: limit, count: count).map { part in
            SlackMessage(content: SlackLayout.content(notification, part, mentions: mentions)) {
                let limit = SlackLayout.plainLimit
                let text = SlackLayout.text.text(notification, part, limit: limit, mentions: mentions)
                return ["text": .string(text), "mrkdwn": false]
            }
        }
    }

    private static func own(_ payload: JSONObject, _ mentions: String) -> SlackMessage {
        var content: JSONObject = [:]
        for key in ["text", "attachments", "blocks", "mrkdwn"] { content[key] = payload[key] }
        let words = [mentions, payload["text"]?.stringValue ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        if !words.isEmpty { content["text"] = .string(words) }
        // What remains when the publisher's blocks are refused.
        let summary = payload["attachments"]?[0]?["fallback"]?.stringValue ?? JSONValue.object(payload).description
        let text = words.isEmpty ? SlackLayout.rules.fit(summary, SlackLayout.plainLimit) : words
        return SlackMessage(content: content) { ["text": .string(text)] }
    }

    /// Errors of the layout, after which the same words go through as text.
    ///
    /// `invalid_attachments` also comes when Slack cannot load an image.
    static func refusesLayout(_ error: String) -> Bool {
        ["invalid_blocks", "invalid_attachments", "invalid_payload", "msg_blocks_too_long", "too_many_attachments"]
            .contains { error.hasPrefix($0) }
    }
}

extension JSONObject {
    /// These members and those of another object, which win.
    func merging(_ other: JSONObject) -> JSONObject {
        other.reduce(into: self) { $0[$1.key] = $1.value }
    }
}
