import Basics
import JSON
import Markup

/// What Slack refuses: the limits of Block Kit and of attachments.
///
/// https://docs.slack.dev/reference/block-kit/blocks; lengths count as Slack does, after `&`, `<` and `>` are escaped.
struct SlackLimits {
    private(set) var faults: [ChatMessage.Fault] = []

    mutating func check(_ payload: JSONValue) {
        let text = payload["text"]?.stringValue ?? ""
        if text.utf16.count > 40_000 {
            cut("text", "\(text.utf16.count.withCommas) characters, Slack shows the first 40,000")
        }
        let attachments = payload["attachments"]?.arrayValue ?? []
        if text.isEmpty, attachments.isEmpty, (payload["blocks"]?.arrayValue ?? []).isEmpty {
            refuse("text", "there is neither a text nor blocks nor attachments")
        }
        check(blocks: payload["blocks"], "blocks")
        if attachments.count > 100 { refuse("attachments", "\(attachments.count), Slack takes 100") }
        for (index, attachment) in attachments.enumerated() {
            check(blocks: attachment["blocks"], "attachments[\(index)].blocks")
        }
    }

    private mutating func refuse(_ place: String, _ text: String) { faults.append(.init(place: place, text: text)) }

    private mutating func cut(_ place: String, _ text: String) {
        faults.append(.init(isRefusal: false, place: place, text: text))
    }

    private mutating func check(blocks: JSONValue?, _ place: String) {
        guard let blocks else { return }
        guard let list = blocks.arrayValue else { return refuse(place, "is no list") }
        count(list, 50, place)
        var ids: Set<String> = []
        for (index, block) in list.enumerated() {
            let place = "\(place)[\(index)]"
            if let id = block["block_id"]?.stringValue, !ids.insert(id).inserted {
                refuse(place + ".block_id", "two blocks have this one")
            }
            length(block["block_id"], 255, place + ".block_id")
            check(block, place)
        }
    }

    private mutating func check(_ block: JSONValue, _ place: String) {
        switch block["type"]?.stringValue {
        case "header": text(block["text"], 150, place + ".text", kinds: ["plain_text"])
        case "section":
            if block["text"] == nil, block["fields"] == nil { refuse(place, "has neither text nor fields") }
            if let text = block["text"] { self.text(text, 3_000, place + ".text") }
            let fields = block["fields"]?.arrayValue ?? []
            if block["fields"] != nil, fields.isEmpty { refuse(place + ".fields", "is empty") }
            count(fields, 10, place + ".fields")
            for (index, field) in fields.enumerated() { text(field, 2_000, "\(place).fields[\(index)]") }
            if let accessory = block["accessory"] { element(accessory, place + ".accessory") }
        case "context": elements(block, 10, place)
        case "actions": elements(block, 25, place)
        case "image": image(block, place)
        case "markdown": length(block["text"], 12_000, place + ".text")
        case "divider", "rich_text", "video", "input", "file", "table", "context_actions": break
        case let type: refuse(place + ".type", type.map { "Slack has no block “\($0)”" } ?? "is missing")
        }
    }

    private mutating func elements(_ block: JSONValue, _ maximum: Int, _ place: String) {
        let elements = block["elements"]?.arrayValue ?? []
        if elements.isEmpty { refuse(place + ".elements", "is empty") }
        count(elements, maximum, place + ".elements")
        for (index, element) in elements.enumerated() { self.element(element, "\(place).elements[\(index)]") }
    }

    private mutating func element(_ element: JSONValue, _ place: String) {
        switch element["type"]?.stringValue {
        case "plain_text", "mrkdwn": text(element, 3_000, place)
        case "image": image(element, place)
        case "button":
            text(element["text"], 75, place + ".text", kinds: ["plain_text"])
            length(element["url"], 3_000, place + ".url")
            length(element["value"], 2_000, place + ".value")
            length(element["action_id"], 255, place + ".action_id")
        case nil: refuse(place + ".type", "is missing")
        default: break
        }
    }

    private mutating func image(_ image: JSONValue, _ place: String) {
        length(image["image_url"], 3_000, place + ".image_url")
        length(image["alt_text"], 2_000, place + ".alt_text")
        if image["image_url"] == nil, image["slack_file"] == nil { refuse(place, "has no image_url") }
        if image["alt_text"]?.stringValue == nil { refuse(place + ".alt_text", "is missing") }
    }

    private mutating func text(
        _ text: JSONValue?, _ maximum: Int, _ place: String, kinds: Set<String> = ["plain_text", "mrkdwn"]
    ) {
        guard let text else { return refuse(place, "is missing") }
        if !kinds.contains(text["type"]?.stringValue ?? "") {
            refuse(place + ".type", "has to be \(kinds.sorted().joined(separator: " or "))")
        }
        guard let words = text["text"]?.stringValue, !words.isEmpty else { return refuse(place + ".text", "is empty") }
        length(text["text"], maximum, place + ".text")
    }

    private mutating func length(_ text: JSONValue?, _ maximum: Int, _ place: String) {
        guard let count = text?.stringValue?.utf16.count, count > maximum else { return }
        refuse(place, "\(count.withCommas) characters, Slack takes \(maximum.withCommas)")
    }

    private mutating func count(_ list: [JSONValue], _ maximum: Int, _ place: String) {
        if list.count > maximum { refuse(place, "\(list.count) of them, Slack takes \(maximum)") }
    }
}
