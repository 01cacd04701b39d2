import Basics
import Configuration
import JSON

extension OutputKind {
    /// An incoming webhook of Rocket.Chat (https://docs.rocket.chat/docs/incoming-webhook-scripts).
    ///
    /// The response does not identify the message, so threads and later changes are impossible.
    static let rocketChat = OutputKind("rocket-chat", service: "Rocket.Chat") { settings in
        let output = RocketChatOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct RocketChatOutput {
    // In UTF-16 units; servers accept texts of 5,000 characters unless their administrator says otherwise.
    private static let messageLimit = 5_000
    /// For the notification's text, so that title and footer fit beside it.
    private static let textLimit = 4_200
    private static let fieldsLimit = 10_000
    private let url: String
    private let sender: JSONObject
    private let count: Int

    init(_ settings: ConfigurationSection) {
        url = settings.secretURL()
        sender = settings.slackSender()
        count = settings.maximumMessages()
    }

    /// Messages and attachments are read by two Markdown parsers.
    ///
    /// Both know a backslash before `*_~#` and a backtick; the rest is broken by an invisible word joiner.
    private static let rules: TextRules = {
        var escape = Escaping.backslashes(before: "*_~`#", breaksMentions: true)
        let broken: KeyValuePairs<Character, String> = [
            "\\": "\\\u{2060}", "]": "]\u{2060}", "<": "<\u{2060}", ">": "\u{2060}>", "|": "|\u{2060}",
        ]
        for (character, text) in broken { escape.replace(character, by: text) }
        return TextRules(escape, .utf16)
    }()

    private static let markup = Markup(
        rules, bold: { "*\($0)*" }, link: { title, url in "[\(title)](\(url.encodedForMarkdown))" })

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let limit = Self.textLimit
        return notification.parts(Self.rules, first: limit, others: limit, count: count).map { part in
            let mentions = part.isFirst ? options.mentions.map(Self.mention).joined(separator: " ") : ""
            let title = "\(notification.severity.dot) *\(notification.title(of: part, Self.rules, 300))*"
            let content: JSONObject = [
                "text": .string([mentions, title].filter { !$0.isEmpty }.joined(separator: " ")),
                "attachments": [Self.attachment(notification, part)],
            ]
            var message = OutboundMessage(to: url, json: .object(sender.merging(content)))
            message.fallback = {
                let text = Self.markup.text(notification, part, limit: Self.messageLimit, mentions: mentions)
                return OutboundMessage(to: url, json: .object(sender.merging(["text": .string(text)])))
            }
            return message
        }
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        let words = response.json["error"]?.stringValue ?? response.json["message"]?.stringValue ?? ""
        if response.isSuccess {
            switch response.json["success"]?.boolValue {
            case true?: return .delivered(nil)
            case false?: return .refused(reason: response.reason(words))
            case nil: return response.unusual
            }
        }
        if response.status == 400, let fallback = message.fallback {
            return .next(fallback(), reason: response.reason(words))
        }
        return response.failure(retryAfter: Self.wait(words), words: words)
    }

    /// The time in `… You must wait 20 seconds before trying this endpoint again.`: there is no header.
    private static func wait(_ words: String) -> Duration? {
        let words = words.split(separator: " ")
        guard let place = words.firstIndex(of: "wait"), place + 2 < words.count, words[place + 2].hasPrefix("second"),
            let seconds = Int(words[place + 1]), (0...86_400).contains(seconds)
        else { return nil }
        return .seconds(seconds)
    }

    /// The text, the fields and the footer, with the severity's colour; the title is in the message, which phones show.
    private static func attachment(_ notification: Notification, _ part: Notification.Part) -> JSONValue {
        let lines = [rules.escape(part.text), rules.fit(notification.footer, 300)].filter { !$0.isEmpty }
        let text = lines.joined(separator: "\n")
        var attachment: JSONObject = ["color": .string(notification.severity.colourCode), "text": .string(text)]
        guard part.isFirst else { return .object(attachment) }
        var fields = notification.fittingFields(count: 50, room: fieldsLimit) { field -> (JSONValue, length: Int) in
            let (name, value) = (rules.fit(field.name, 200), rules.fit(field.value, 2_000))
            return (
                ["short": .bool(field.isShort), "title": .string(name), "value": .string(value)],
                name.utf16.count + value.utf16.count
            )
        }
        let links = notification.links.prefix(20).compactMap { markup.link(rules.fit($0.title, 100), $0.url) }
        if !links.isEmpty {
            fields.append(["short": false, "title": "Links", "value": .string(links.joined(separator: " · "))])
        }
        if !fields.isEmpty { attachment["fields"] = .array(fields) }
        return .object(attachment)
    }

    private static func mention(_ mention: Mention) -> String {
        switch mention {
        case .everyone: "@all"
        case .here: "@here"
        case .user(let name), .group(let name): "@\(name)"
        }
    }
}
