import Basics
import Configuration
import JSON

extension OutputKind {
    /// A Google Chat space by its webhook: a card (https://developers.google.com/workspace/chat/quickstart/webhooks).
    ///
    /// Messages of one incident name the same thread key, or the thread of the list in which it began.
    static let googleChat = OutputKind("google-chat", service: "Google Chat") { settings in
        let output = GoogleChatOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct GoogleChatOutput {
    // In bytes of JSON; a message may have 32,000.
    private static let textLimit = 14_000
    private static let fieldsLimit = 7_000
    private static let linksLimit = 3_000
    private let url: String
    private let usesThreads: Bool
    private let count: Int

    init(_ settings: ConfigurationSection) {
        url = settings.secretURL()
        usesThreads = settings.flag("threads", default: true)
        count = settings.maximumMessages()
    }

    /// Texts of a card are HTML.
    private static let rules = TextRules(Escaping.attribute, .jsonBytes)
    /// Titles, labels and buttons are plain text.
    private static let label = TextRules(Escaping(), .jsonBytes)
    /// In messages without a card `<` starts a link or a mention, and nothing escapes it.
    private static let plain = TextRules(Escaping(["<": "‹"]), .jsonBytes)

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let limit = Self.textLimit
        let mentions = options.mentions.compactMap(Self.mention).joined(separator: " ")
        return notification.parts(Self.rules, first: limit, others: limit, count: count).map { part in
            let card: JSONValue = ["cardId": "notification", "card": Self.card(notification, part)]
            var body: JSONObject = ["cardsV2": [card]]
            if part.isFirst, !mentions.isEmpty { body["text"] = .string(mentions) }
            var outbound = message(body, notification, options.thread)
            outbound.fallback = {
                let text = Markup.plain(Self.plain).text(notification, part, limit: Self.textLimit, mentions: mentions)
                return message(["text": .string(text)], notification, options.thread)
            }
            return outbound
        }
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        let words = response.json["error"]?["message"]?.stringValue ?? ""
        if response.isSuccess {
            guard response.json["name"] != nil else { return response.unreadable }
            return .delivered(response.json["thread"]?["name"]?.stringValue.map { MessageReference(id: $0) })
        }
        if response.status == 400, let fallback = message.fallback {
            return .next(fallback(), reason: response.reason(words))
        }
        return response.failure(words: words)
    }

    private func message(
        _ content: JSONObject, _ notification: Notification, _ reference: MessageReference?
    ) -> OutboundMessage {
        guard usesThreads, let incident = notification.incidentKey else {
            return OutboundMessage(to: url, json: .object(content))
        }
        let key: JSONObject = ["threadKey": .string(Digest.sha256Hex(incident))]
        let thread: JSONObject = ["thread": .object(reference.map { ["name": .string($0.id)] } ?? key)]
        let joint = url.contains("?") ? "&" : "?"
        let address = "\(url)\(joint)messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
        return OutboundMessage(to: address, json: .object(content.merging(thread)))
    }

    private static func card(_ notification: Notification, _ part: Notification.Part) -> JSONValue {
        var widgets: [JSONValue] = []
        if !part.text.isEmpty { widgets.append(["textParagraph": ["text": .string(rules.escape(part.text))]]) }
        if part.isFirst { widgets += details(notification) }
        let footer = "<font color=\"#808080\">\(rules.fit(notification.footer, 1_000))</font>"
        widgets.append(["textParagraph": ["text": .string(footer)]])
        let title = notification.severity.dot + " " + notification.title(of: part, label, 500)
        return ["header": ["title": .string(title)], "sections": [["widgets": .array(widgets)]]]
    }

    /// The fields, and the links as buttons.
    private static func details(_ notification: Notification) -> [JSONValue] {
        var room = linksLimit
        let buttons: [JSONValue] = notification.links.filter { link in
            room -= link.url.utf8.count + 100
            return room >= 0
        }.map { link in
            ["text": .string(label.fit(link.title, 100)), "onClick": ["openLink": ["url": .string(link.url)]]]
        }
        var widgets = notification.fittingFields(count: 90, room: fieldsLimit) { field -> (JSONValue, length: Int) in
            let (name, value) = (label.fit(field.name, 200), rules.fit(field.value, 2_000))
            let json: JSONValue = [
                "decoratedText": ["topLabel": .string(name), "text": .string(value), "wrapText": true]
            ]
            return (json, rules.unit.count(name) + rules.unit.count(value) + 100)
        }
        if !buttons.isEmpty { widgets.append(["buttonList": ["buttons": .array(buttons)]]) }
        return widgets
    }

    private static func mention(_ mention: Mention) -> String? {
        switch mention {
        case .everyone, .here: "<users/all>"
        case .user(let id): "<users/\(id.filter { $0 != "<" && $0 != ">" })>"
        case .group: nil
        }
    }
}
