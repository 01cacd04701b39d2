import Basics
import Configuration
import JSON

extension OutputKind {
    /// A Microsoft Teams channel or chat by the workflow "when a Teams webhook request is received": an Adaptive Card
    /// (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook).
    ///
    /// The workflow answers 202 when it has accepted the message; it does not tell whether Teams showed it.
    static let teams = OutputKind("teams", service: "Teams") { settings in
        let output = TeamsOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct TeamsOutput {
    // In bytes of JSON; a message may have 28 KB, and the card around the texts needs some of it.
    private static let textLimit = 14_000
    private static let factsLimit = 8_000
    private let url: String
    private let count: Int

    init(_ settings: ConfigurationSection) {
        url = settings.secretURL()
        count = settings.maximumMessages()
    }

    /// Text blocks are Markdown, in which only an empty line breaks a line, and they replace `{{DATE(…)}}`.
    private static let escape: Escaping = {
        var escaping = Escaping.backslashes(before: "\\`*_{[]<#")
        escaping.replace("\n", by: "\n\n")
        return escaping
    }()
    private static let rules = TextRules(escape, .jsonBytes)

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let limit = Self.textLimit
        return notification.parts(Self.rules, first: limit, others: limit, count: count).map { part in
            var message = OutboundMessage(to: url, json: Self.message(Self.card(notification, part, options.mentions)))
            message.fallback = { [url] in
                OutboundMessage(to: url, json: Self.message(Self.plainCard(notification, part)))
            }
            return message
        }
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        let words = response.json["error"]?["message"]?.stringValue ?? ""
        if response.isSuccess { return .delivered(nil) }
        if response.status == 400, let fallback = message.fallback {
            return .next(fallback(), reason: response.reason(words))
        }
        return response.failure(words: words)
    }

    private static func message(_ card: JSONValue) -> JSONValue {
        [
            "type": "message",
            "attachments": [
                ["contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": .null, "content": card]
            ],
        ]
    }

    private static func card(
        _ notification: Notification, _ part: Notification.Part, _ mentions: [Mention]
    ) -> JSONValue {
        var header = block(notification.title(of: part, rules, 500))
        header["size"] = "Large"
        header["weight"] = "Bolder"
        header["color"] = .string(colour(notification.severity))
        var body: [JSONValue] = [
            [
                "type": "Container", "style": .string(style(notification.severity)), "bleed": true,
                "items": [.object(header)],
            ]
        ]
        if !part.text.isEmpty { body.append(.object(block(rules.escape(part.text)))) }
        let people = part.isFirst ? mentions.compactMap(person) : []
        if !people.isEmpty {
            let names = people.compactMap { $0["text"]?.stringValue }.joined(separator: " ")
            body.append(.object(block(names)))
        }
        let facts = part.isFirst ? facts(notification) : []
        if !facts.isEmpty { body.append(["type": "FactSet", "facts": .array(facts)]) }
        var footer = block(rules.fit(notification.footer, 1_000))
        footer["isSubtle"] = true
        footer["size"] = "Small"
        body.append(.object(footer))
        var card = frame(body)
        if !people.isEmpty { card["msteams"] = ["width": "Full", "entities": .array(people)] }
        let links = part.isFirst ? links(notification) : []
        if !links.isEmpty { card["actions"] = .array(links) }
        return .object(card)
    }

    /// A card with one text block, for when the full one was refused.
    private static func plainCard(_ notification: Notification, _ part: Notification.Part) -> JSONValue {
        let markup = Markup.plain(rules, lineBreak: "\n\n")
        return .object(frame([.object(block(markup.text(notification, part, limit: textLimit + factsLimit)))]))
    }

    private static func frame(_ body: [JSONValue]) -> JSONObject {
        [
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
            "msteams": ["width": "Full"], "body": .array(body),
        ]
    }

    private static func block(_ text: String) -> JSONObject {
        ["type": "TextBlock", "text": .string(text), "wrap": true]
    }

    private static func facts(_ notification: Notification) -> [JSONValue] {
        notification.fittingFields(count: 50, room: factsLimit) { field in
            let (name, value) = (rules.fit(field.name, 200), rules.fit(field.value, 2_000))
            let length = rules.unit.count(name) + rules.unit.count(value) + 30
            return (["title": .string(name), "value": .string(value)], length)
        }
    }

    /// Teams shows at most six actions.
    private static func links(_ notification: Notification) -> [JSONValue] {
        var room = 2_500
        return notification.links.filter { link in
            guard link.url.utf8.count < room else { return false }
            room -= link.url.utf8.count
            return true
        }.prefix(6).map { link in
            let title = TextRules(Escaping(), .jsonBytes).fit(link.title, 60)
            return ["type": "Action.OpenUrl", "title": .string(title), "url": .string(link.url)]
        }
    }

    /// A card can mention only people, by their id or sign-in name.
    private static func person(_ mention: Mention) -> JSONValue? {
        guard case .user(let id) = mention else { return nil }
        let name = id.filter { $0 != "<" && $0 != ">" }
        return [
            "type": "mention", "text": .string("<at>\(name)</at>"),
            "mentioned": ["id": .string(id), "name": .string(name)],
        ]
    }

    private static func style(_ severity: Severity) -> String {
        switch severity {
        case .critical: "attention"
        case .warning: "warning"
        case .info: "accent"
        case .ok: "good"
        }
    }

    private static func colour(_ severity: Severity) -> String {
        let style = style(severity)
        return style.prefix(1).uppercased() + style.dropFirst()
    }
}
