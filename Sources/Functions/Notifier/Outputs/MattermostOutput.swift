import Basics
import Configuration
import JSON

extension OutputKind {
    /// An incoming webhook of Mattermost, or of Rocket.Chat, which takes the same messages
    /// (https://developers.mattermost.com/integrate/reference/message-attachments).
    static let mattermost = OutputKind("mattermost", service: "Mattermost") { settings in
        let output = MattermostOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct MattermostOutput {
    /// In UTF-16 units; a post may have 16,383 characters.
    private static let textLimit = 12_000
    private let url: String
    private let sender: JSONObject
    private let count: Int

    init(_ settings: ConfigurationSection) {
        url = settings.secretURL()
        sender = settings.slackSender()
        count = settings.maximumMessages()
    }

    private static let rules = TextRules(
        .backslashes(before: "\\`*_[]<>#|~", breaksMentions: true), .utf16)
    /// For titles, which are plain text, but for Slack's `<!channel>`: Mattermost makes it a mention there too.
    private static let title = TextRules(Escaping(["<": "<\u{2060}"], breaksMentions: true), .utf16)

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let limit = Self.textLimit
        return notification.parts(Self.rules, first: limit, others: limit, count: count).map { part in
            let attachment = Self.attachment(notification, part)
            let mentions = part.isFirst ? options.mentions.map(Self.mention).joined(separator: " ") : ""
            var content = sender.merging(["attachments": [attachment]])
            if !mentions.isEmpty { content["text"] = .string(mentions) }
            var message = OutboundMessage(to: url, json: .object(content))
            message.fallback = {
                let text = Markup.plain(Self.rules).text(notification, part, limit: 16_000, mentions: mentions)
                return OutboundMessage(to: url, json: .object(sender.merging(["text": .string(text)])))
            }
            return message
        }
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        let words = response.json["message"]?.stringValue ?? response.json["error"]?.stringValue ?? ""
        guard response.isSuccess else {
            if response.status == 400, let fallback = message.fallback {
                return .next(fallback(), reason: response.reason(words))
            }
            return response.failure(words: words)
        }
        if response.text == "ok" || response.json["success"]?.boolValue == true { return .delivered(nil) }
        let isError = response.json["success"]?.boolValue == false || response.json["status_code"] != nil
        return isError ? .refused(reason: response.reason(words)) : response.unusual
    }

    private static func attachment(_ notification: Notification, _ part: Notification.Part) -> JSONValue {
        let name = notification.title(of: part, title, 300)
        var attachment: JSONObject = [
            "fallback": .string("\(notification.severity.dot) \(name)"),
            "color": .string(notification.severity.colourCode), "title": .string(name),
        ]
        if !part.text.isEmpty { attachment["text"] = .string(rules.escape(part.text)) }
        if part.isFirst {
            if let link = notification.links.first { attachment["title_link"] = .string(link.url) }
            var fields = notification.fittingFields(count: 50, room: 40_000) { field -> (JSONValue, length: Int) in
                let (name, value) = (title.fit(field.name, 200), rules.fit(field.value, 2_000))
                return (
                    ["short": .bool(field.isShort), "title": .string(name), "value": .string(value)],
                    name.utf16.count + value.utf16.count
                )
            }
            let links = notification.links.map { "[\(rules.fit($0.title, 100))](\($0.url.encodedForMarkdown))" }
            if !links.isEmpty {
                fields.append(["short": false, "title": "Links", "value": .string(links.joined(separator: " · "))])
            }
            if !fields.isEmpty { attachment["fields"] = .array(fields) }
        }
        attachment["footer"] = .string(title.fit(notification.footer, 300))
        return .object(attachment)
    }

    private static func mention(_ mention: Mention) -> String {
        switch mention {
        case .everyone: "@channel"
        case .here: "@here"
        case .user(let name), .group(let name): "@\(name)"
        }
    }
}
