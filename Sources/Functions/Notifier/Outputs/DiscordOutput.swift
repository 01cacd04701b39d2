import Basics
import Configuration
import JSON

extension OutputKind {
    /// A Discord channel by its webhook: an embed, whose colour changes with later messages of the incident
    /// (https://docs.discord.com/developers/resources/webhook#execute-webhook).
    static let discord = OutputKind("discord", service: "Discord", supportsImages: true) { settings in
        let output = DiscordOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct DiscordOutput {
    // Discord counts characters; these limits count UTF-16 units, which are never fewer.
    private static let titleLimit = 256
    private static let descriptionLimit = 4_096
    private static let fieldLimits = (count: 25, name: 256, value: 1_024)
    /// For all texts of a message's embeds together.
    private static let embedLimit = 6_000
    private static let contentLimit = 2_000
    private static let rules = TextRules(.backslashes(before: "\\*_~`|<>#[]@"), .utf16)

    private let url: String
    private let thread: String?
    private let sender: JSONObject
    private let count: Int

    init(_ settings: ConfigurationSection) {
        url = settings.secretURL()
        thread = settings.text("thread-id")
        var sender: JSONObject = [:]
        sender["username"] = settings.text("username").map { .string($0) }
        sender["avatar_url"] = settings.text("avatar-url").map { .string($0) }
        self.sender = sender
        count = settings.maximumMessages()
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let fields = Self.fields(notification)
        // Footers show Markdown as it is.
        let footer = TextRules(Escaping(), .utf16).fit(notification.origin, 500)
        // What title, part number and footer leave. The fields take at most half of the whole.
        let room = Self.embedLimit - Self.titleLimit - footer.utf16.count - 20
        let used = fields.reduce(0) { $0 + Self.length($1) }
        let parts = notification.parts(
            Self.rules, first: min(Self.descriptionLimit, room - used), others: Self.descriptionLimit, count: count)
        var messages = parts.map { part in
            var embed: JSONObject = ["title": .string(notification.title(of: part, Self.rules, Self.titleLimit))]
            if !part.text.isEmpty { embed["description"] = .string(Self.rules.escape(part.text)) }
            embed["color"] = .integer(notification.severity.colour)
            if part.isFirst, !fields.isEmpty { embed["fields"] = .array(fields) }
            embed["footer"] = ["text": .string(footer)]
            embed["timestamp"] = .string(notification.time.iso8601)
            return message(embed, notification, part, options)
        }
        if let thread = options.thread, let edit = edit(thread, notification.severity) { messages.append(edit) }
        return messages
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        if response.isSuccess {
            guard response.status != 204 else { return .delivered(nil) }
            guard let id = response.json["id"]?.stringValue else { return response.unreadable }
            return .delivered(MessageReference(id: id, content: message.content))
        }
        let words = response.json["message"]?.stringValue ?? ""
        if response.status == 400 || response.status == 413, let fallback = message.fallback {
            return .next(fallback(), reason: response.reason(words))
        }
        return response.failure(
            retryAfter: ServiceResponse.wait(seconds: response.json["retry_after"]), words: words)
    }

    private func message(
        _ embed: JSONObject, _ notification: Notification, _ part: Notification.Part, _ options: MessageOptions
    ) -> OutboundMessage {
        var body = sender
        if part.isFirst, !options.mentions.isEmpty {
            body["content"] = .string(options.mentions.map(Self.mention).joined(separator: " "))
        }
        body["allowed_mentions"] = Self.allowed(part.isFirst ? options.mentions : [])
        var embed = embed
        var outbound: OutboundMessage
        if part.isFirst, let image = options.image {
            embed["image"] = ["url": "attachment://graph.png"]
            body["embeds"] = [.object(embed)]
            let form = Multipart(
                fields: [("payload_json", JSONValue.object(body).description)], image: image, named: "files[0]",
                key: options.idempotencyKey)
            outbound = OutboundMessage(.http(form.request("POST", address(wait: true))), content: .object(embed))
        } else {
            body["embeds"] = [.object(embed)]
            outbound = OutboundMessage(to: address(wait: true), json: .object(body), content: .object(embed))
        }
        outbound.fallback = { plain(notification, part, options.mentions) }
        return outbound
    }

    private func plain(_ notification: Notification, _ part: Notification.Part, _ mentions: [Mention])
        -> OutboundMessage
    {
        let mentions = part.isFirst ? mentions : []
        let text = Markup.plain(Self.rules).text(notification, part, limit: Self.contentLimit)
        let words = (mentions.map(Self.mention) + [text]).joined(separator: " ")
        var body = sender
        // The text is escaped already.
        body["content"] = .string(TextRules(Escaping(), .utf16).fit(words, Self.contentLimit))
        body["allowed_mentions"] = Self.allowed(mentions)
        return OutboundMessage(to: address(wait: true), json: .object(body))
    }

    private func edit(_ reference: MessageReference, _ severity: Severity) -> OutboundMessage? {
        guard var embed = reference.content.objectValue else { return nil }
        embed["color"] = .integer(severity.colour)
        let body: JSONValue = ["embeds": [.object(embed)], "allowed_mentions": Self.allowed([])]
        let path = "/messages/\(percentEncoded(reference.id))"
        var message = OutboundMessage(to: address(path, wait: false), method: "PATCH", json: body)
        message.isOptional = true
        return message
    }

    /// - Parameter wait: asks for a response with the message, or with an error when it was not stored.
    private func address(_ path: String = "", wait: Bool) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var query = parts.count > 1 ? [String(parts[1])] : []
        if wait { query.append("wait=true") }
        if let thread { query.append("thread_id=\(percentEncoded(thread))") }
        return parts[0] + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }
}

extension DiscordOutput {
    /// The fields, with one more for all links.
    private static func fields(_ notification: Notification) -> [JSONValue] {
        let links = links(notification)
        let room = embedLimit / 2 - links.utf16.count
        let fields = notification.fittingFields(count: fieldLimits.count - 1, room: room) { field in
            let json = self.field(field.name, rules.fit(field.value, fieldLimits.value), isShort: field.isShort)
            return (json, length(json))
        }
        return links.isEmpty ? fields : fields + [field("Links", links, isShort: false)]
    }

    /// Discord refuses an empty name or value.
    private static func field(_ name: String, _ value: String, isShort: Bool) -> JSONValue {
        let name = rules.fit(name, fieldLimits.name)
        return [
            "name": .string(name.isEmpty ? TextRules.mark : name),
            "value": .string(value.isEmpty ? TextRules.mark : value), "inline": .bool(isShort),
        ]
    }

    private static func links(_ notification: Notification) -> String {
        var text = ""
        for link in notification.links {
            let next = "[\(rules.fit(link.title, 100))](<\(link.url.filter { !"<> ".contains($0) })>)"
            if text.utf16.count + next.utf16.count + 3 <= fieldLimits.value {
                text += (text.isEmpty ? "" : " · ") + next
            }
        }
        return text
    }

    private static func length(_ field: JSONValue) -> Int {
        (field["name"]?.stringValue?.utf16.count ?? 0) + (field["value"]?.stringValue?.utf16.count ?? 0)
    }

    private static func mention(_ mention: Mention) -> String {
        switch mention {
        case .everyone: "@everyone"
        case .here: "@here"
        case .user(let id): "<@\(id.filter(\.isNumber))>"
        case .group(let id): "<@&\(id.filter(\.isNumber))>"
        }
    }

    /// Who may be called; with this member, nothing in the texts calls anybody else.
    private static func allowed(_ mentions: [Mention]) -> JSONValue {
        var (users, roles, everyone): ([JSONValue], [JSONValue], [JSONValue]) = ([], [], [])
        for mention in mentions {
            switch mention {
            case .everyone, .here: everyone = ["everyone"]
            case .user(let id): users.append(.string(id.filter(\.isNumber)))
            case .group(let id): roles.append(.string(id.filter(\.isNumber)))
            }
        }
        return ["parse": .array(everyone), "users": .array(users), "roles": .array(roles)]
    }
}
