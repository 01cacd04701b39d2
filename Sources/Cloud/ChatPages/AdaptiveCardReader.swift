import JSON
import Markup

extension ChatMessage {
    /// So many bytes a message to a Teams workflow may have.
    private static let cardBytes = 28 * 1_024

    /// Reads what a workflow of Teams gets: a message with an Adaptive Card
    /// (https://learn.microsoft.com/adaptive-cards/schema-explorer/adaptive-card).
    /// - Parameter bytes: the length of the whole payload.
    init(teams payload: JSONValue, bytes: Int) {
        self.init(.teams, sender: "Workflows")
        if bytes > Self.cardBytes {
            faults.append(Fault(place: "", text: "\(bytes.withCommas) bytes, Teams takes \(Self.cardBytes.withCommas)"))
        }
        let attachments = payload["attachments"]?.arrayValue ?? []
        if attachments.isEmpty { faults.append(Fault(place: "attachments", text: "there is no card")) }
        for (index, attachment) in attachments.enumerated() {
            let place = "attachments[\(index)].content"
            guard let content = attachment["content"], content["type"]?.stringValue == "AdaptiveCard" else {
                faults.append(Fault(place: place, text: "is no Adaptive Card"))
                continue
            }
            var reader = AdaptiveCardReader(card: content)
            var card = Card()
            card.blocks = reader.blocks(content["body"])
            card.blocks += reader.actions(content["actions"], place + ".actions")
            cards.append(card)
            faults += reader.faults
        }
    }
}

private struct AdaptiveCardReader {
    private(set) var faults: [ChatMessage.Fault] = []
    private let mentions: [String]

    init(card: JSONValue) {
        let entities = card["msteams"]?["entities"]?.arrayValue ?? []
        mentions = entities.compactMap { $0["type"]?.stringValue == "mention" ? $0["text"]?.stringValue : nil }
            .filter { $0.hasPrefix("<at>") && $0.hasSuffix("</at>") && $0.count > 9 }
    }

    private var markdown: MarkdownText { MarkdownText(dialect: .card, mentions: mentions) }

    mutating func blocks(_ elements: JSONValue?) -> [ChatMessage.Block] {
        (elements?.arrayValue ?? []).flatMap { block($0) }
    }

    private mutating func block(_ element: JSONValue) -> [ChatMessage.Block] {
        switch element["type"]?.stringValue {
        case "TextBlock": return textBlock(element)
        case "Container":
            let inner = blocks(element["items"])
            let tone = Self.tone(element["style"]?.stringValue ?? "")
            return tone.isEmpty ? inner : [.band(tone: tone, inner)]
        case "ColumnSet":
            return (element["columns"]?.arrayValue ?? []).flatMap { blocks($0["items"]) }
        case "FactSet":
            return [
                .fields(
                    (element["facts"]?.arrayValue ?? []).map { fact in
                        ChatMessage.Field(
                            name: markdown.inlines(fact["title"]?.stringValue ?? ""),
                            value: markdown.inlines(fact["value"]?.stringValue ?? ""), isShort: false)
                    })
            ]
        case "Image":
            return [
                .image(alt: element["altText"]?.stringValue ?? "", address: element["url"]?.stringValue ?? "")
            ]
        case "ActionSet": return actions(element["actions"], "actions")
        case "RichTextBlock":
            return [
                .text(
                    (element["inlines"]?.arrayValue ?? []).map {
                        .text($0["text"]?.stringValue ?? $0.stringValue ?? "")
                    }
                )
            ]
        case let type: return [.unknown(type ?? "an element without a type")]
        }
    }

    private func textBlock(_ element: JSONValue) -> [ChatMessage.Block] {
        let text = element["text"]?.stringValue ?? ""
        if element["size"]?.stringValue == "Large" || element["style"]?.stringValue == "heading" {
            return [.heading(markdown.inlines(text), level: 2)]
        }
        let blocks = markdown.blocks(text)
        guard element["isSubtle"]?.boolValue == true else { return blocks }
        return blocks.map { block in if case .text(let inlines) = block { .remark(inlines) } else { block } }
    }

    /// Teams shows six actions.
    mutating func actions(_ actions: JSONValue?, _ place: String) -> [ChatMessage.Block] {
        let all = actions?.arrayValue ?? []
        if all.count > 6 {
            faults.append(
                .init(isRefusal: false, place: place, text: "\(all.count) actions, Teams shows the first 6"))
        }
        let buttons = all.prefix(6).map { action in
            ChatMessage.Button(
                label: action["title"]?.stringValue ?? "", address: action["url"]?.stringValue,
                style: action["style"]?.stringValue ?? "")
        }
        return buttons.isEmpty ? [] : [.buttons(Array(buttons))]
    }

    private static func tone(_ style: String) -> String {
        switch style {
        case "attention": "bad"
        case "warning": "warn"
        case "good": "good"
        case "accent": "info"
        default: ""
        }
    }
}
