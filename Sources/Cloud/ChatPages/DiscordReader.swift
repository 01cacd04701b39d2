import Basics
import JSON
import Markup

extension ChatMessage {
    /// Reads what a webhook of Discord gets: content and embeds
    /// (https://docs.discord.com/developers/resources/webhook#execute-webhook).
    init(discord payload: JSONValue) {
        self.init(.discord, sender: payload["username"]?.stringValue ?? "Tocsin")
        let content = payload["content"]?.stringValue ?? ""
        if !content.isEmpty { blocks = MarkdownText(dialect: .discord).blocks(content) }
        let embeds = payload["embeds"]?.arrayValue ?? []
        cards = embeds.map { Self.card(of: $0) }
        var limits = DiscordLimits()
        limits.check(content: content, embeds: embeds)
        faults = limits.faults
    }

    private static func card(of embed: JSONValue) -> Card {
        let markdown = MarkdownText(dialect: .discord)
        var card = Card()
        if let colour = embed["color"]?.intValue, 0...0xFF_FFFF ~= colour {
            let digits = String(colour, radix: 16)
            card.colour = "#" + String(repeating: "0", count: 6 - digits.utf8.count) + digits
        }
        if let author = embed["author"]?["name"]?.stringValue { card.blocks.append(.remark([.text(author)])) }
        if let title = embed["title"]?.stringValue {
            let inlines = markdown.inlines(title)
            let address = embed["url"]?.stringValue
            card.blocks.append(.heading(address.map { [.link(inlines, address: $0)] } ?? inlines, level: 2))
        }
        if let text = embed["description"]?.stringValue { card.blocks += markdown.blocks(text) }
        let fields = (embed["fields"]?.arrayValue ?? []).map { field in
            Field(
                name: markdown.inlines(field["name"]?.stringValue ?? ""),
                value: markdown.inlines(field["value"]?.stringValue ?? ""),
                isShort: field["inline"]?.boolValue ?? false)
        }
        if !fields.isEmpty { card.blocks.append(.fields(fields)) }
        if let address = embed["image"]?["url"]?.stringValue { card.blocks.append(.image(alt: "", address: address)) }
        var footer: [Inline] = embed["footer"]?["text"]?.stringValue.map { [.text($0)] } ?? []
        if let time = embed["timestamp"]?.stringValue.flatMap({ Timestamp(iso8601: $0) }) {
            if !footer.isEmpty { footer.append(.text(" • ")) }
            footer.append(.time(time))
        }
        if !footer.isEmpty { card.blocks.append(.remark(footer)) }
        return card
    }
}

/// What Discord refuses (https://docs.discord.com/developers/resources/message#embed-object-embed-limits).
private struct DiscordLimits {
    private(set) var faults: [ChatMessage.Fault] = []
    /// The texts of all embeds together.
    private var sum = 0

    mutating func check(content: String, embeds: [JSONValue]) {
        length(content, 2_000, "content")
        if content.isEmpty, embeds.isEmpty { refuse("content", "there is neither content nor an embed") }
        if embeds.count > 10 { refuse("embeds", "\(embeds.count) of them, Discord takes 10") }
        for (index, embed) in embeds.enumerated() { check(embed, "embeds[\(index)]") }
        if sum > 6_000 { refuse("embeds", "\(sum.withCommas) characters in all, Discord takes 6,000") }
    }

    private mutating func check(_ embed: JSONValue, _ place: String) {
        count(embed["title"], 256, place + ".title")
        count(embed["description"], 4_096, place + ".description")
        count(embed["footer"]?["text"], 2_048, place + ".footer.text")
        count(embed["author"]?["name"], 256, place + ".author.name")
        let fields = embed["fields"]?.arrayValue ?? []
        if fields.count > 25 { refuse(place + ".fields", "\(fields.count) of them, Discord takes 25") }
        for (index, field) in fields.enumerated() {
            let place = "\(place).fields[\(index)]"
            for (key, maximum) in [("name", 256), ("value", 1_024)] {
                if field[key]?.stringValue?.isEmpty ?? true { refuse("\(place).\(key)", "is empty") }
                count(field[key], maximum, "\(place).\(key)")
            }
        }
    }

    private mutating func count(_ text: JSONValue?, _ maximum: Int, _ place: String) {
        guard let text = text?.stringValue else { return }
        sum += text.utf16.count
        length(text, maximum, place)
    }

    private mutating func length(_ text: String, _ maximum: Int, _ place: String) {
        let count = text.utf16.count
        if count > maximum {
            refuse(place, "\(count.withCommas) characters, Discord takes \(maximum.withCommas)")
        }
    }

    private mutating func refuse(_ place: String, _ text: String) { faults.append(.init(place: place, text: text)) }
}
