internal import Basics
public import Markup

extension HTML {
    /// Draws a message.
    ///
    /// Nothing in it can be pressed or followed, and no picture is loaded: addresses stand there as text.
    /// - Parameter aside: what stands beside the sender's name, such as the time.
    public mutating func message(_ message: ChatMessage, aside: (inout HTML) -> Void = { _ in }) {
        element("div", ["class": "msg \(message.look.rawValue)"]) { html in
            if message.look != .plain { html.element("span", ["class": "avatar"]) { html in html.literal(Self.bell) } }
            html.element("div", ["class": "said"]) { html in
                html.element("p", ["class": "from"]) { html in
                    html.element("b", message.sender.onOneLine(limit: 80))
                    if message.look != .plain { html.element("span", ["class": "app"], "APP") }
                    aside(&html)
                }
                html.blocks(message.blocks)
                for card in message.cards { html.card(card) }
            }
        }
    }

    private static let bell: StaticString = """
        <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path fill="currentColor" d="M12 2a1.5 1.5 0 0 1 1.5 \
        1.5v.7A6.5 6.5 0 0 1 18.5 10.5c0 4.2 1 5.5 2 6.5H3.5c1-1 2-2.3 2-6.5a6.5 6.5 0 0 1 5-6.3v-.7A1.5 1.5 \
        0 0 1 12 2zm-2.5 17h5a2.5 2.5 0 0 1-5 0z"/></svg>
        """

    private mutating func card(_ card: ChatMessage.Card) {
        let tone = card.colour.isColourCode ? "" : card.colour
        element("div", ["class": "m-card \(tone)"]) { html in
            html.element("svg", ["class": "bar", "aria-hidden": "true", "focusable": "false"]) { html in
                // An attribute, not a style: the page's policy allows no styles but its own.
                if card.colour.isColourCode {
                    html.empty("rect", ["width": "100%", "height": "100%", "fill": card.colour], isSVG: true)
                } else {
                    html.empty("rect", ["width": "100%", "height": "100%"], isSVG: true)
                }
            }
            html.element("div", ["class": "m-in"]) { html in html.blocks(card.blocks) }
        }
    }

    private mutating func blocks(_ blocks: [ChatMessage.Block]) { for block in blocks { self.block(block) } }

    private mutating func block(_ block: ChatMessage.Block) {
        switch block {
        case .heading(let inlines, let level):
            element("p", ["class": "m-head m-h\(level)"]) { html in html.inlines(inlines) }
        case .text(let inlines): element("p") { html in html.inlines(inlines) }
        case .remark(let inlines): element("p", ["class": "m-remark"]) { html in html.inlines(inlines) }
        case .quote(let inlines): element("blockquote") { html in html.inlines(inlines) }
        // It scrolls, and not everybody has a mouse.
        case .code(let text): element("pre", ["tabindex": "0"], text.shown)
        case .list(let items):
            element("ul") { html in
                for item in items { html.element("li") { html in html.inlines(item) } }
            }
        case .band(let tone, let inner):
            element("div", ["class": "m-band \(tone)"]) { html in html.blocks(inner) }
        case .fields(let fields): self.fields(fields)
        case .buttons(let buttons): self.buttons(buttons)
        case .image(let alt, let address): image(alt, address)
        case .line: empty("hr")
        case .unknown(let name):
            element("p", ["class": "m-unknown"], "“\(name.onOneLine(limit: 60))” is not drawn here")
        }
    }

    private mutating func fields(_ fields: [ChatMessage.Field]) {
        element("dl", ["class": "m-fields"]) { html in
            for field in fields {
                html.element("div", ["class": field.isShort ? "short" : ""]) { html in
                    html.element("dt") { html in html.inlines(field.name) }
                    html.element("dd") { html in html.inlines(field.value) }
                }
            }
        }
    }

    private mutating func buttons(_ buttons: [ChatMessage.Button]) {
        element("p", ["class": "m-buttons"]) { html in
            for button in buttons {
                let style = ["primary", "danger"].contains(button.style) ? button.style : ""
                let label = button.label.onOneLine(limit: 80)
                html.element("span", ["class": "m-button \(style)", "title": (button.address ?? "").shown], label)
            }
        }
    }

    private mutating func image(_ alt: String, _ address: String) {
        element("p", ["class": "m-image"]) { html in
            html.element("b", alt.isEmpty ? "A picture" : alt.shown)
            if !address.isEmpty { html.element("small", address.shown) }
        }
    }

    private mutating func inlines(_ inlines: [ChatMessage.Inline]) {
        for inline in inlines {
            switch inline {
            case .text(let text): self.text(text.shown)
            case .bold(let inner): element("b") { html in html.inlines(inner) }
            case .italic(let inner): element("i") { html in html.inlines(inner) }
            case .underlined(let inner): element("u") { html in html.inlines(inner) }
            case .struck(let inner): element("s") { html in html.inlines(inner) }
            case .hidden(let inner): element("span", ["class": "m-hidden"]) { html in html.inlines(inner) }
            case .code(let text): element("code", text.shown)
            case .link(let label, let address):
                element("span", ["class": "m-link", "title": address.shown]) { html in html.inlines(label) }
            case .mention(let name): element("span", ["class": "m-at"], name.shown)
            case .time(let time):
                let text = time.iso8601(fractionDigits: 0)
                element("time", ["datetime": text], "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC")
            case .lineBreak: empty("br")
            }
        }
    }
}

extension String {
    /// Without control characters, which no page may hold; all others stay, as the chat shows them.
    var shown: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return self }
        var text = ""
        for scalar in unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            text.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
        }
        return text
    }
}

extension ChatMessage {
    /// A title and a text in a frame, for chats whose look is not drawn.
    /// - Parameter tone: `good`, `warn`, `bad` or nothing.
    public static func plain(title: String, text: String, tone: String, sender: String = "Tocsin") -> ChatMessage {
        var message = ChatMessage(.plain, sender: sender)
        var card = Card()
        card.colour = ["good", "warn", "bad"].contains(tone) ? tone : ""
        card.blocks = [.heading([.text(title)], level: 3)]
        if !text.isEmpty {
            var list = InlineList()
            list.add(text)
            card.blocks.append(.text(list.finish()))
        }
        message.cards = [card]
        return message
    }
}
