import Basics
import Configuration
import JSON

extension OutputKind {
    /// A Telegram chat, group or channel through a bot (https://core.telegram.org/bots/api).
    static let telegram = OutputKind("telegram", service: "Telegram", supportsImages: true) { settings in
        let output = TelegramOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct TelegramOutput {
    // Telegram counts UTF-16 units.
    private static let textLimit = 4_096
    private static let captionLimit = 1_024
    private static let withoutPreview: JSONValue = ["is_disabled": true]
    private let token: String
    private let server: String
    private var chat: String
    private let topic: Int
    private let isSilent: Bool
    private let count: Int

    init(_ settings: ConfigurationSection) {
        token = settings.requiredSecret("token")
        server = settings.url("server", default: "https://api.telegram.org")
        chat = settings.requiredText("chat")
        topic = settings.integer("topic", default: 0, in: 0...Int(Int32.max))
        isSilent = settings.flag("silent", default: false)
        count = settings.maximumMessages()
    }

    private static let rules = TextRules(
        Escaping(["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"], breaksMentions: true), .utf16)

    private static let markup = Markup(
        rules, bold: { "<b>\($0)</b>" }, link: { "<a href=\"\(Escaping.attribute($1))\">\($0)</a>" })

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let mentions = options.mentions.compactMap(Self.mention).joined(separator: " ")
        if let image = options.image, let message = captioned(image, notification, mentions, options) {
            return [message] + edit(options, notification.severity)
        }
        let markup = Self.markup
        let parts = markup.parts(of: notification, limit: Self.textLimit, count: count, mentions: mentions)
        var messages = parts.map { part in
            let text = markup.text(notification, part, limit: Self.textLimit, mentions: mentions)
            return self.text(text, plain: Self.plain(notification, part), options)
        }
        if let image = options.image { messages.append(photo(image, caption: "", plain: nil, options)) }
        return messages + edit(options, notification.severity)
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        guard let isOK = response.json["ok"]?.boolValue else {
            return response.isSuccess ? response.unreadable : response.failure(words: "")
        }
        if isOK {
            guard let id = response.json["result"]?["message_id"]?.intValue else { return .delivered(nil) }
            return .delivered(MessageReference(channel: chat, id: String(id), content: message.content))
        }
        let words = response.json["description"]?.stringValue ?? ""
        let parameters = response.json["parameters"]
        if let chat = parameters?["migrate_to_chat_id"]?.intValue, let moved = message.nextStep?(response.json) {
            return .next(moved, reason: response.reason(words) + "; set chat to \(chat), the group's new id")
        }
        let lowercased = words.lowercased()
        if lowercased.hasSuffix("message is not modified") || lowercased.hasPrefix("bad request: message is not mod") {
            return .delivered(nil)
        }
        if response.status == 400, Self.refusesLayout(lowercased), let fallback = message.fallback {
            return .next(fallback(), reason: response.reason(words))
        }
        return response.failure(retryAfter: ServiceResponse.wait(seconds: parameters?["retry_after"]), words: words)
    }

    /// Whether an error is about the markup or the image, and not about the chat.
    private static func refusesLayout(_ words: String) -> Bool {
        [
            "bad request: can't parse", "bad request: message is too long", "bad request: message caption is too long",
            "bad request: photo", "bad request: image", "bad request: wrong", "bad request: failed to",
        ]
        .contains { words.hasPrefix($0) }
    }
}

extension TelegramOutput {
    /// One message with the graph and the whole text as its caption; `nil` when the text is too long for that.
    private func captioned(
        _ image: [UInt8], _ notification: Notification, _ mentions: String, _ options: MessageOptions
    ) -> OutboundMessage? {
        let part = Notification.Part(index: 0, number: "", text: notification.text)
        let text = Self.markup.text(notification, part, limit: Self.textLimit, mentions: mentions)
        guard text.utf16.count <= Self.captionLimit else { return nil }
        return photo(image, caption: text, plain: Self.plain(notification, part), options)
    }

    private func text(_ text: String, plain: String, _ options: MessageOptions) -> OutboundMessage {
        var body = frame(options)
        body["text"] = .string(text)
        body["parse_mode"] = "HTML"
        body["link_preview_options"] = Self.withoutPreview
        var message = call("sendMessage", body, content: ["method": "editMessageText", "text": .string(text)])
        message.fallback = { self.plainText(plain, options) }
        message.nextStep = { response in moved(response).map { $0.text(text, plain: plain, options) } }
        return message
    }

    private func plainText(_ text: String, _ options: MessageOptions) -> OutboundMessage {
        var body = frame(options)
        body["text"] = .string(text)
        var message = call("sendMessage", body)
        message.nextStep = { response in moved(response).map { $0.plainText(text, options) } }
        return message
    }

    /// - Parameter plain: the text to send when the image is refused; `nil` when the text is a message of its own.
    private func photo(
        _ image: [UInt8], caption: String, plain: String?, _ options: MessageOptions
    ) -> OutboundMessage {
        var fields = frame(options).map { ($0.key, $0.value.stringValue ?? $0.value.description) }
        if !caption.isEmpty { fields += [("caption", caption), ("parse_mode", "HTML")] }
        let body = Multipart(fields: fields, image: image, named: "photo", key: options.idempotencyKey)
        var message = OutboundMessage(
            .http(body.request("POST", address("sendPhoto"))),
            content: ["method": "editMessageCaption", "text": .string(caption)])
        message.isOptional = plain == nil
        if let plain { message.fallback = { self.plainText(plain, options) } }
        message.nextStep = { response in
            moved(response).map { $0.photo(image, caption: caption, plain: plain, options) }
        }
        return message
    }

    /// Gives the incident's first message the dot of the new severity.
    private func edit(_ options: MessageOptions, _ severity: Severity) -> [OutboundMessage] {
        guard let thread = options.thread, let id = Int64(thread.id), let text = thread.content["text"]?.stringValue,
            let method = thread.content["method"]?.stringValue, !text.isEmpty
        else { return [] }
        let member = method == "editMessageText" ? "text" : "caption"
        var body: JSONObject = ["chat_id": .string(thread.channel), "message_id": .integer(id), "parse_mode": "HTML"]
        body[member] = .string(severity.redotted(text))
        if member == "text" { body["link_preview_options"] = Self.withoutPreview }
        var message = call(method, body)
        message.isOptional = true
        return [message]
    }

    /// The members that say where the message goes and which one it replies to.
    private func frame(_ options: MessageOptions) -> JSONObject {
        var body: JSONObject = ["chat_id": .string(chat)]
        if topic > 0 { body["message_thread_id"] = JSONValue(topic) }
        if isSilent { body["disable_notification"] = true }
        if let thread = options.thread, let id = Int64(thread.id) {
            body["reply_parameters"] = ["message_id": .integer(id), "allow_sending_without_reply": true]
        }
        return body
    }

    /// The same output for the supergroup that the chat has become: Telegram refuses the old id and names the new one.
    private func moved(_ response: JSONValue) -> TelegramOutput? {
        guard let id = response["parameters"]?["migrate_to_chat_id"]?.intValue, chat != String(id) else { return nil }
        var output = self
        output.chat = String(id)
        return output
    }

    private func call(_ method: String, _ body: JSONObject, content: JSONValue = .null) -> OutboundMessage {
        OutboundMessage(to: address(method), json: .object(body), content: content)
    }

    private func address(_ method: String) -> String {
        "\(server)/bot\(percentEncoded(token, keeping: ":"))/\(method)"
    }

    private static func plain(_ notification: Notification, _ part: Notification.Part) -> String {
        let rules = TextRules(Escaping(breaksMentions: true), .utf16)
        let text = Markup.plain(rules).text(notification, part, limit: textLimit)
        return text.utf16.count <= textLimit ? text : rules.fit(text, textLimit)
    }

    /// Telegram can mention single people only.
    private static func mention(_ mention: Mention) -> String? {
        guard case .user(let name) = mention else { return nil }
        let shown = Escaping.attribute(name)
        return Int64(name) == nil ? "@\(shown)" : "<a href=\"tg://user?id=\(shown)\">\(shown)</a>"
    }
}
