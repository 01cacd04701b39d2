import JSON

extension ChatMessage {
    /// Reads what a Slack webhook or `chat.postMessage` gets: text, Block Kit and the older attachments.
    /// - Parameter payload: the members of the message.
    init(slack payload: JSONValue) {
        self.init(.slack, sender: payload["username"]?.stringValue ?? "Tocsin")
        var limits = SlackLimits()
        if let text = payload["text"]?.stringValue, !text.isEmpty, payload["blocks"] == nil {
            blocks += payload["mrkdwn"]?.boolValue == false ? [.text(SlackText.plain(text))] : SlackText.blocks(text)
        }
        blocks += SlackBlocks.read(payload["blocks"])
        cards = (payload["attachments"]?.arrayValue ?? []).map { Self.card(of: $0) }
        limits.check(payload)
        faults = limits.faults
    }

    private static func card(of attachment: JSONValue) -> Card {
        var card = Card()
        card.colour = tone(attachment["color"]?.stringValue ?? "")
        card.blocks = SlackBlocks.read(attachment["blocks"])
        // Slack shows the older members only of attachments without blocks.
        if card.blocks.isEmpty { card.blocks = legacyBlocks(of: attachment) }
        return card
    }

    /// The members of https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments.
    private static func legacyBlocks(of attachment: JSONValue) -> [Block] {
        func text(_ key: String) -> String? { attachment[key]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } }
        var blocks: [Block] = []
        if let pretext = text("pretext") { blocks += SlackText.blocks(pretext) }
        if let author = text("author_name") { blocks.append(.remark(SlackText.plain(author))) }
        if let title = text("title") {
            let inlines = SlackText.plain(title)
            let address = text("title_link")
            blocks.append(.heading(address.map { [.link(inlines, address: $0)] } ?? inlines, level: 3))
        }
        if let words = text("text") { blocks += SlackText.blocks(words) }
        let fields = (attachment["fields"]?.arrayValue ?? []).map { field in
            Field(
                name: SlackText.plain(field["title"]?.stringValue ?? ""),
                value: SlackText.formatted(field["value"]?.stringValue ?? ""),
                isShort: field["short"]?.boolValue ?? false)
        }
        if !fields.isEmpty { blocks.append(.fields(fields)) }
        for key in ["image_url", "thumb_url"] {
            if let address = text(key) { blocks.append(.image(alt: "", address: address)) }
        }
        if let footer = text("footer") { blocks.append(.remark(SlackText.plain(footer))) }
        if blocks.isEmpty, let fallback = text("fallback") { blocks.append(.text(SlackText.plain(fallback))) }
        return blocks
    }

    private static func tone(_ colour: String) -> String {
        switch colour {
        case "good": "good"
        case "warning": "warn"
        case "danger": "bad"
        default: colour.isColourCode ? colour : colour.isEmpty ? "" : ("#" + colour).isColourCode ? "#" + colour : ""
        }
    }
}

extension String {
    /// `#rrggbb`; nothing else may stand in a style.
    var isColourCode: Bool { utf8.count == 7 && hasPrefix("#") && utf8.dropFirst().allSatisfy(\.isHexadecimal) }
}

extension UInt8 {
    fileprivate var isHexadecimal: Bool { 0x30...0x39 ~= self || 0x41...0x46 ~= self || 0x61...0x66 ~= self }
}

/// Block Kit (https://docs.slack.dev/reference/block-kit/blocks).
enum SlackBlocks {
    static func read(_ blocks: JSONValue?) -> [ChatMessage.Block] { (blocks?.arrayValue ?? []).flatMap(read) }

    private static func read(_ block: JSONValue) -> [ChatMessage.Block] {
        switch block["type"]?.stringValue {
        case "header": return [.heading(inlines(block["text"]), level: 2)]
        case "section": return section(block)
        case "context": return context(block)
        case "actions": return [.buttons((block["elements"]?.arrayValue ?? []).map(button))]
        case "divider": return [.line]
        case "image": return [image(block)]
        case "markdown":
            return MarkdownText(dialect: .discord).blocks(block["text"]?.stringValue ?? "")
        case "rich_text": return (block["elements"]?.arrayValue ?? []).map(richText)
        case let type: return [.unknown(type ?? "a block without a type")]
        }
    }

    private static func section(_ block: JSONValue) -> [ChatMessage.Block] {
        var blocks = texts(block["text"])
        if let fields = block["fields"]?.arrayValue { blocks.append(.fields(cells(fields))) }
        if let accessory = block["accessory"] {
            blocks.append(accessory["type"]?.stringValue == "image" ? image(accessory) : .buttons([button(accessory)]))
        }
        return blocks
    }

    /// Pairs of a bold name and a value stand in one column, as Slack puts two texts beside one another.
    private static func cells(_ texts: [JSONValue]) -> [ChatMessage.Field] {
        stride(from: 0, to: texts.count, by: 2).map { index in
            ChatMessage.Field(
                name: inlines(texts[index]), value: index + 1 < texts.count ? inlines(texts[index + 1]) : [],
                isShort: false)
        }
    }

    private static func context(_ block: JSONValue) -> [ChatMessage.Block] {
        var words: [ChatMessage.Inline] = []
        var images: [ChatMessage.Block] = []
        for element in block["elements"]?.arrayValue ?? [] {
            if element["type"]?.stringValue == "image" {
                images.append(image(element))
            } else {
                if !words.isEmpty { words.append(.text(" ")) }
                words += inlines(element)
            }
        }
        return images + (words.isEmpty ? [] : [.remark(words)])
    }

    private static func button(_ element: JSONValue) -> ChatMessage.Button {
        let label = inlines(element["text"] ?? element["placeholder"]).visibleText
        return ChatMessage.Button(
            label: label.isEmpty ? element["type"]?.stringValue ?? "" : label,
            address: element["url"]?.stringValue, style: element["style"]?.stringValue ?? "")
    }

    private static func image(_ element: JSONValue) -> ChatMessage.Block {
        let title = inlines(element["title"]).visibleText
        let alt = element["alt_text"]?.stringValue ?? ""
        return .image(
            alt: title.isEmpty ? alt : title,
            address: element["image_url"]?.stringValue ?? element["slack_file"]?["url"]?.stringValue ?? "")
    }

    private static func texts(_ text: JSONValue?) -> [ChatMessage.Block] {
        guard let text, let words = text["text"]?.stringValue else { return [] }
        return text["type"]?.stringValue == "mrkdwn" ? SlackText.blocks(words) : [.text(SlackText.plain(words))]
    }

    private static func inlines(_ text: JSONValue?) -> [ChatMessage.Inline] {
        guard let words = text?["text"]?.stringValue else { return [] }
        return text?["type"]?.stringValue == "mrkdwn" ? SlackText.formatted(words) : SlackText.plain(words)
    }

    /// A section, a list or a quote of rich text; its elements say their own style.
    private static func richText(_ element: JSONValue) -> ChatMessage.Block {
        let elements = element["elements"]?.arrayValue ?? []
        switch element["type"]?.stringValue {
        case "rich_text_section": return .text(elements.map(richInline))
        case "rich_text_quote": return .quote(elements.map(richInline))
        case "rich_text_preformatted": return .code(elements.map(richInline).visibleText)
        case "rich_text_list":
            return .list(elements.map { ($0["elements"]?.arrayValue ?? []).map(richInline) })
        case let type: return .unknown(type ?? "rich_text")
        }
    }

    private static func richInline(_ element: JSONValue) -> ChatMessage.Inline {
        let words = element["text"]?.stringValue ?? ""
        let style = element["style"]
        var inline: ChatMessage.Inline =
            switch element["type"]?.stringValue {
            case "link":
                .link(
                    [.text(words.isEmpty ? element["url"]?.stringValue ?? "" : words)],
                    address: element["url"]?.stringValue ?? "")
            case "user": .mention("@" + (element["user_id"]?.stringValue ?? ""))
            case "broadcast": .mention("@" + (element["range"]?.stringValue ?? ""))
            case "emoji": .text(":\(element["name"]?.stringValue ?? ""):")
            default: style?["code"]?.boolValue == true ? .code(words) : .text(words)
            }
        if style?["bold"]?.boolValue == true { inline = .bold([inline]) }
        if style?["italic"]?.boolValue == true { inline = .italic([inline]) }
        if style?["strike"]?.boolValue == true { inline = .struck([inline]) }
        return inline
    }
}
