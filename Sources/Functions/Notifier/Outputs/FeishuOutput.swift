import Basics
import Configuration
import JSON

extension OutputKind {
    /// A Feishu (Lark) group robot: a card; requests are signed when the robot has a secret
    /// (https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot).
    ///
    /// Feishu reports errors by `code` in the body, also with status 200.
    static let feishu = OutputKind("feishu", service: "Feishu") { settings in
        let output = FeishuOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct FeishuOutput {
    // In bytes of JSON; a request may have 20 KB.
    private static let textLimit = 9_000
    private static let fieldsLimit = 4_000
    private static let linksLimit = 2_000
    private let url: String
    private let secret: String?
    private let count: Int

    init(_ settings: ConfigurationSection) {
        url = settings.secretURL()
        secret = settings.secret("secret")
        count = settings.maximumMessages()
    }

    /// For `plain_text`.
    private static let plain = TextRules(Escaping(), .jsonBytes)
    /// For `lark_md`, whose own characters are escaped as numeric HTML entities.
    private static let markdown: TextRules = {
        var escape = Escaping()
        for character in "&<>*_~[]()`#\\" { escape.replace(character, by: "&#\(character.asciiValue ?? 0);") }
        return TextRules(escape, .jsonBytes)
    }()

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let limit = Self.textLimit
        return notification.parts(Self.plain, first: limit, others: limit, count: count).map { part in
            let card = Self.card(notification, part, part.isFirst ? options.mentions : [])
            var message = self.message(["msg_type": "interactive", "card": card], options.now)
            message.fallback = {
                let limit = Self.textLimit + Self.fieldsLimit
                let text = Markup.plain(TextRules(Escaping(["<": "‹"]), .jsonBytes)).text(
                    notification, part, limit: limit)
                return self.message(["msg_type": "text", "content": ["text": .string(text)]], options.now)
            }
            return message
        }
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        let words = response.json["msg"]?.stringValue ?? ""
        guard let code = response.json["code"]?.intValue ?? response.json["StatusCode"]?.intValue else {
            return response.isSuccess ? response.unreadable : response.failure(words: words)
        }
        let reason = response.reason("\(code) \(words)")
        switch code {
        case 0 where response.isSuccess: return .delivered(nil)
        // Rate-limited: 100 a minute and 5 a second, fewer at full hours.
        case 11232, 99991400: return .retry(after: .seconds(5), reason: reason)
        case 19001, 19021, 19022, 19024: return .unauthorized(reason: reason)
        // The card is refused.
        case 9499, 11246, 230025:
            return message.fallback.map { .next($0(), reason: reason) } ?? .refused(reason: reason)
        default: return response.isSuccess ? .refused(reason: reason) : response.failure(words: "\(code) \(words)")
        }
    }

    private func message(_ content: JSONObject, _ now: Timestamp) -> OutboundMessage {
        var body: JSONObject = [:]
        if let secret {
            let time = now.millisecondsSinceEpoch / 1_000
            // Feishu uses the time and the secret as the key, and signs an empty text.
            let signature = Base64.encode(Digest.hmac(key: Array("\(time)\n\(secret)".utf8), ""))
            body = ["timestamp": .string(String(time)), "sign": .string(signature)]
        }
        return OutboundMessage(to: url, json: .object(body.merging(content)))
    }

    private static func card(
        _ notification: Notification, _ part: Notification.Part, _ mentions: [Mention]
    ) -> JSONValue {
        var elements: [JSONValue] = part.text.isEmpty ? [] : [div(plain.escape(part.text))]
        if part.isFirst { elements += details(notification) }
        let mentions = mentions.map(mention).joined(separator: " ")
        if !mentions.isEmpty {
            elements.append(["tag": "div", "text": ["tag": "lark_md", "content": .string(mentions)]])
        }
        let footer = plain.fit(notification.footer, 1_000)
        elements.append(["tag": "note", "elements": [["tag": "plain_text", "content": .string(footer)]]])
        return [
            "config": ["wide_screen_mode": true],
            "header": [
                "template": .string(template(notification.severity)),
                "title": ["tag": "plain_text", "content": .string(notification.title(of: part, plain, 500))],
            ],
            "elements": .array(elements),
        ]
    }

    private static func div(_ text: String) -> JSONValue {
        ["tag": "div", "text": ["tag": "plain_text", "content": .string(text)]]
    }

    /// The fields, and the links as buttons.
    private static func details(_ notification: Notification) -> [JSONValue] {
        var room = linksLimit
        let buttons: [JSONValue] = notification.links.prefix(10).filter { link in
            room -= plain.unit.count(link.url) + 100
            return room >= 0
        }.map { link in
            [
                "tag": "button", "type": "default", "url": .string(link.url),
                "text": ["tag": "plain_text", "content": .string(plain.fit(link.title, 100))],
            ]
        }
        let fields = notification.fittingFields(count: 40, room: fieldsLimit) { field -> (JSONValue, length: Int) in
            let text = "**\(markdown.fit(field.name, 200))**\n\(markdown.fit(field.value, 2_000))"
            let json: JSONValue = [
                "is_short": .bool(field.isShort), "text": ["tag": "lark_md", "content": .string(text)],
            ]
            return (json, markdown.unit.count(text) + 100)
        }
        var elements: [JSONValue] = fields.isEmpty ? [] : [["tag": "div", "fields": .array(fields)]]
        if !buttons.isEmpty { elements.append(["tag": "action", "actions": .array(buttons)]) }
        return elements
    }

    private static func mention(_ mention: Mention) -> String {
        switch mention {
        case .everyone, .here: "<at id=all></at>"
        case .user(let id), .group(let id):
            "<at id=\(id.filter { $0.isLetter || $0.isNumber || "_-".contains($0) })></at>"
        }
    }

    private static func template(_ severity: Severity) -> String {
        switch severity {
        case .critical: "red"
        case .warning: "orange"
        case .info: "blue"
        case .ok: "green"
        }
    }
}
