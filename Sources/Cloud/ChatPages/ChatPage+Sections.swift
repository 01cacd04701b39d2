internal import Basics
internal import JSON
internal import Markup

extension ChatPage {
    /// What stands between the top and the end of the page.
    func write(into html: inout HTML) {
        html.element("h1", "How the chats show it")
        html.element("p", ["class": "lead"], lead)
        for (index, section) in sections.enumerated() { Self.write(section, index, &html) }
        if !notes.isEmpty {
            html.section("notes", "Not sent at once") { html in Self.write(notes, &html) }
        }
        guard !dropped.isEmpty else { return }
        html.section("dropped", "Sent nowhere") { html in
            html.element("p", "The rules drop \(counted(dropped.count, "notification")):")
            Self.write(dropped, &html)
        }
    }

    private static func write(_ lines: [String], _ html: inout HTML) {
        html.element("ul") { html in
            for line in lines.prefix(100) { html.element("li", line.onOneLine(limit: 300)) }
        }
        if lines.count > 100 { html.element("p", ["class": "note"], "and \(lines.count - 100) more") }
    }

    private var lead: String {
        let messages = sections.reduce(0) { $0 + $1.deliveries.reduce(0) { $0 + $1.messages.count } }
        return messages == 0
            ? "No message would be sent."
            : "\(counted(messages, "message")), as they would be sent. Nothing was sent."
    }

    private static func write(_ section: Section, _ index: Int, _ html: inout HTML) {
        html.section("n\(index + 1)", section.title.onOneLine(limit: 300)) { html in
            html.element("p", ["class": "badges"]) { html in
                html.badge(section.severity.onOneLine(limit: 20), tone(section.severity))
            }
            html.element("div", ["class": "chats"]) { html in
                for delivery in section.deliveries { write(Drawn(delivery), &html) }
            }
        }
    }

    private static func tone(_ severity: String) -> String {
        ["critical": "bad", "warning": "warn", "ok": "good"][severity] ?? ""
    }

    private static func write(_ drawn: Drawn, _ html: inout HTML) {
        let output = drawn.delivery.output
        html.element(
            "article",
            ["class": "chat-of \(drawn.look)", "aria-label": "\(output.service), \(output.name.onOneLine(limit: 60))"]
        ) {
            html in
            html.element("h3") { html in
                html.text(output.service + " ")
                html.element("small", output.name == output.kind ? "" : output.name.onOneLine(limit: 60))
            }
            html.element("p", ["class": "note"], note(on: drawn))
            for (index, message) in drawn.messages.enumerated() {
                write(message, drawn.delivery.messages[index], drawn, index, &html)
            }
            if !drawn.leftOut.isEmpty {
                html.element("ul", ["class": "remarks warn"]) { html in
                    for sentence in drawn.leftOut { html.element("li", "Cut: \(sentence)") }
                }
            }
        }
    }

    private static func note(on drawn: Drawn) -> String {
        let count = drawn.messages.count
        let parts = count > 1 ? ", split into \(count) messages" : ""
        let calls = Array(Set(drawn.messages.flatMap(\.mentions))).sorted().prefix(5).joined(separator: ", ")
        return drawn.delivery.address.onOneLine(limit: 200) + parts
            + (calls.isEmpty ? "" : ", calls \(calls.onOneLine(limit: 120))")
    }

    private static func write(
        _ message: ChatMessage, _ sent: Message, _ drawn: Drawn, _ index: Int, _ html: inout HTML
    ) {
        let refusals = message.faults.filter(\.isRefusal)
        html.element("div", ["class": "canvas \(message.look.rawValue)\(refusals.isEmpty ? "" : " refused")"]) { html in
            html.message(message)
            if !message.replies.isEmpty {
                var reply = ChatMessage(message.look, sender: message.sender)
                reply.blocks = message.replies
                html.element("div", ["class": "thread"]) { html in
                    html.element("p", ["class": "note"], "In the thread")
                    html.message(reply)
                }
            }
        }
        if !message.faults.isEmpty {
            html.element("ul", ["class": "remarks \(refusals.isEmpty ? "warn" : "bad")"]) { html in
                for fault in message.faults {
                    html.element("li", (fault.isRefusal ? "Refused: " : "Not shown: ") + fault.sentence)
                }
            }
        }
        if !refusals.isEmpty, let fallback = sent.fallback {
            html.element("p", ["class": "note"], "\(drawn.delivery.output.service) is then sent this:")
            html.element("div", ["class": "canvas \(message.look.rawValue)"]) { html in
                html.message(ChatMessage(fallback, kind: drawn.delivery.output.kind))
            }
        }
        html.element("details") { html in
            html.element("summary", "Payload, \(sent.body.utf8.count.withCommas) bytes")
            html.element("pre", ["tabindex": "0", "aria-label": "Payload"], indented(sent.body).shown)
        }
    }

    private static func indented(_ body: String) -> String {
        guard let json = try? JSONValue(parsing: body) else { return body }
        return String(decoding: json.serialized(.pretty), as: UTF8.self)
    }
}

extension ChatPage.Drawn {
    /// Whose look its messages have.
    fileprivate var look: String { messages.first?.look.rawValue ?? "" }
}

extension ChatMessage {
    /// Reads the body of a request to an output of the notifier.
    ///
    /// What is sent to a service whose look is not drawn, is shown as it is.
    /// - Parameter kind: `slack`, `teams` and so on, as in the notifier's rules.
    public init(_ body: String, kind: String) {
        let bytes = Array(body.utf8)
        let payload: JSONValue? =
            switch kind {
            case "slack-form":
                formFields(bytes).first { $0.name == "payload" }.flatMap { try? JSONValue(parsing: $0.value) }
            case "slack", "slack-bot", "slack-text", "teams", "discord": try? JSONValue(parsing: bytes)
            default: nil
            }
        switch (kind, payload) {
        case ("teams", let payload?): self.init(teams: payload, bytes: bytes.count)
        case ("discord", let payload?): self.init(discord: payload)
        case (_, let payload?): self.init(slack: payload)
        case (_, nil):
            self.init(.plain, sender: "Tocsin")
            var card = Card()
            card.blocks = [.code(body)]
            cards = [card]
        }
    }

    /// Puts a place for a graph where the service shows it.
    mutating func addGraph() {
        let graph = Block.image(alt: "The alarm’s graph, which CloudWatch draws when it is sent", address: "")
        if look == .slack || cards.isEmpty {
            replies.append(graph)
        } else if case .remark? = cards[0].blocks.last {
            cards[0].blocks.insert(graph, at: cards[0].blocks.count - 1)
        } else {
            cards[0].blocks.append(graph)
        }
    }
}

/// What the page adds to the look of all pages and of the messages.
enum ChatPageStyle {
    static let text: StaticString = """
        .chats{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20.5rem,100%),1fr));gap:1.25rem 1.1rem;\
        align-items:start}
        .chat-of{min-width:0}.chat-of h3{margin:0}.chat-of h3 small{font-weight:400}.chat-of>.note{margin:0 0 .5rem}
        .canvas{border:1px solid var(--line);border-radius:10px;padding:.9rem .9rem .55rem;margin:0 0 .5rem;background:#fff}
        .canvas.teams{background:#f5f5f5}.canvas.plain{background:var(--card)}
        .canvas.refused{border:2px dashed var(--bad)}
        @media screen and (prefers-color-scheme:dark){.canvas.slack{background:#1a1d21}.canvas.teams{background:#1f1f1f}\
        .canvas.discord{background:#313338}}
        .thread{margin:.3rem 0 0 1.1rem;border-left:2px solid var(--line);padding-left:.8rem}.thread .note{margin:0 0 .3rem}
        .remarks{margin:0 0 .5rem;padding-left:1.1rem;font-size:.86rem}
        .remarks.bad{color:var(--bad)}.remarks.warn{color:var(--warn)}
        .chat-of details{font-size:.85rem;margin:0 0 .6rem}.chat-of summary{display:flex;color:var(--muted)}
        .badge.bad{color:var(--bad)}.badge.warn{color:var(--warn)}.badge.good{color:var(--good)}
        """
}
