import JSON
import Transport

/// A Telegram chat, group or channel through a bot (https://core.telegram.org/bots/api).
struct TelegramOutput: ChatOutput {
    static let kind = "telegram"
    static let textLimit = 4_096
    static let captionLimit = 1_024
    static let withoutPreview: JSONValue = ["is_disabled": true]
    let token: String
    let server: String
    var chat: String
    let topic: Int
    let isSilent: Bool
    private let count: Int

    let takesImages = true

    init(_ settings: inout OutputSettings.Reader) {
        token = settings.secret("token")
        server = settings.url("server", default: "https://api.telegram.org")
        chat = settings.required("chat")
        topic = settings.integer("topic", default: 0, in: 0...Int(Int32.max))
        isSilent = settings.flag("silent", default: false)
        count = settings.maximumMessages()
    }

    private static let rules = TextRules(
        Escaping(["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"], breaksMentions: true), .utf16)

    static let markup = Markup(
        rules, bold: { "<b>\($0)</b>" }, link: { "<a href=\"\(Escaping.attribute($1))\">\($0)</a>" })

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let mentions = options.mentions.compactMap(Self.mention).joined(separator: " ")
        let caption = options.image.flatMap { image in
            captioned(image, notification, mentions, options)
        }
        if let caption { return [caption] + edit(options, notification.severity) }
        let markup = Self.markup
        let parts = markup.parts(of: notification, limit: Self.textLimit, count: count, mentions: mentions)
        var messages = parts.map { part in
            let text = markup.text(notification, part, limit: Self.textLimit, mentions: mentions)
            return self.text(text, plain: Self.plain(notification, part), options)
        }
        if let image = options.image { messages.append(photo(image, caption: "", plain: nil, options)) }
        return messages + edit(options, notification.severity)
    }

    func outcome(of response: HTTPResponse, to message: OutboundMessage) -> SendOutcome {
        let answer = Answer(response, of: "Telegram")
        guard let isOK = answer.json["ok"]?.boolValue else {
            return answer.isSuccess ? answer.unreadable : answer.failure(words: "")
        }
        if isOK {
            guard let id = answer.json["result"]?["message_id"]?.intValue else { return .delivered(nil) }
            return .delivered(MessageReference(channel: chat, id: String(id), content: message.content))
        }
        let words = answer.json["description"]?.stringValue ?? ""
        let parameters = answer.json["parameters"]
        if parameters?["migrate_to_chat_id"]?.intValue != nil, let moved = message.next?(answer.json) {
            return .next(moved, reason: answer.reason(words) + "; the setting chat needs the new id")
        }
        let lowercased = words.lowercased()
        if lowercased.hasSuffix("message is not modified") || lowercased.hasPrefix("bad request: message is not mod") {
            return .delivered(nil)
        }
        if response.status == 400, Self.concernsForm(lowercased), let plain = message.plain {
            return .next(plain(), reason: answer.reason(words))
        }
        return answer.failure(after: parameters?["retry_after"]?.doubleValue.map { .seconds($0) }, words: words)
    }

    /// Whether the words of an error are about the markup or the picture, and not about the chat.
    private static func concernsForm(_ words: String) -> Bool {
        [
            "bad request: can't parse", "bad request: message is too long", "bad request: message caption is too long",
            "bad request: photo", "bad request: image", "bad request: wrong", "bad request: failed to",
        ]
        .contains { words.hasPrefix($0) }
    }
}
