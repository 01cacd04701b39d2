public import Basics

/// A message as a chat shows it: read from the payload that the service gets, drawn by `HTML.message`.
public struct ChatMessage: Sendable, Hashable {
    /// Whose look the drawing has.
    public enum Look: String, Sendable, Hashable {
        case slack, teams, discord
        /// Nobody's: title and text in a frame.
        case plain
    }

    /// Whose look it has.
    public var look: Look
    /// Who sends it, as the chat names him.
    public var sender: String
    /// What stands above the cards.
    public var blocks: [Block] = []
    /// Attachments, embeds, or the card of Teams.
    public var cards: [Card] = []
    /// What is sent into its thread.
    public var replies: [Block] = []
    /// What its service would refuse it for, or leave out of it; empty when it takes all of it.
    public var faults: [Fault] = []

    /// A message without anything in it.
    public init(_ look: Look, sender: String) { (self.look, self.sender) = (look, sender) }
}

extension ChatMessage {
    /// A part with a frame or a coloured bar.
    public struct Card: Sendable, Hashable {
        /// `#rrggbb`, or a word of `good`, `warn`, `bad`, `info`; empty for none.
        public var colour = ""
        /// From top to bottom.
        public var blocks: [Block] = []

        /// An empty card.
        public init() {}
    }

    /// What stands below one another.
    public enum Block: Sendable, Hashable {
        case heading([Inline], level: Int)
        case text([Inline])
        /// Small and grey.
        case remark([Inline])
        case quote([Inline])
        case code(String)
        case list([[Inline]])
        /// A coloured band across the card, with what stands in it.
        case band(tone: String, [Block])
        /// Names and values, one below the other or, where all are short, in columns.
        case fields([Field])
        case buttons([Button])
        /// A picture, which the drawing does not load.
        case image(alt: String, address: String)
        case line
        /// What this program does not draw, by its name.
        case unknown(String)
    }

    /// A name and its value.
    public struct Field: Sendable, Hashable {
        /// Empty for a value alone.
        public var name: [Inline]
        /// The value.
        public var value: [Inline]
        /// Whether another one may stand beside it.
        public var isShort: Bool
    }

    /// A button; it does nothing here.
    public struct Button: Sendable, Hashable {
        /// What stands on it.
        public var label: String
        /// Where it leads; nil where a press is sent to the app.
        public var address: String?
        /// `primary`, `danger` or nothing.
        public var style = ""
    }

    /// A run of text in one style.
    public indirect enum Inline: Sendable, Hashable {
        case text(String)
        case bold([Inline])
        case italic([Inline])
        case underlined([Inline])
        case struck([Inline])
        case hidden([Inline])
        case code(String)
        case link([Inline], address: String)
        /// Somebody who is called.
        case mention(String)
        /// A moment in the reader's own time zone, drawn in UTC.
        case time(Timestamp)
        case lineBreak
    }

    /// What is wrong with a payload.
    public struct Fault: Sendable, Hashable {
        /// Whether the service refuses the message for it; otherwise it only leaves something out.
        public var isRefusal = true
        /// Such as `attachments[0].blocks[2].text.text`.
        public var place: String
        /// Such as `3,001 characters, Slack takes 3,000`.
        public var text: String

        /// Both.
        public var sentence: String { place.isEmpty ? text : "\(place): \(text)" }
    }
}

extension ChatMessage {
    /// All that a reader sees, in its order, without styles.
    public var visibleText: String {
        (blocks + cards.flatMap(\.blocks)).map(\.visibleText).joined(separator: "\n")
    }

    /// The addresses of all links and buttons.
    public var addresses: Set<String> {
        var found: Set<String> = []
        for block in blocks + cards.flatMap(\.blocks) { block.collect(into: &found) }
        return found
    }

    /// Whether a service refuses it.
    public var isRefused: Bool { faults.contains(where: \.isRefusal) }

    /// Who is called by it.
    public var mentions: [String] {
        var found: [String] = []
        for block in blocks + cards.flatMap(\.blocks) {
            for inline in block.inlines { inline.collectMentions(into: &found) }
        }
        return found
    }
}

extension ChatMessage.Block {
    fileprivate var visibleText: String {
        switch self {
        case .code(let text): text
        case .band(_, let blocks): blocks.map(\.visibleText).joined(separator: "\n")
        case .fields(let fields):
            fields.map { $0.name.visibleText + "\n" + $0.value.visibleText }.joined(separator: "\n")
        case .buttons(let buttons): buttons.map(\.label).joined(separator: "\n")
        case .image(let alt, _): alt
        case .line, .unknown: ""
        default: inlines.visibleText
        }
    }

    fileprivate var inlines: [ChatMessage.Inline] {
        switch self {
        case .heading(let inlines, _), .text(let inlines), .remark(let inlines), .quote(let inlines): inlines
        case .list(let items): Array(items.map { $0 + [.lineBreak] }.joined())
        case .band(_, let blocks): blocks.flatMap(\.inlines)
        case .fields(let fields): fields.flatMap { $0.name + $0.value }
        case .code, .buttons, .image, .line, .unknown: []
        }
    }

    fileprivate func collect(into found: inout Set<String>) {
        switch self {
        case .buttons(let buttons): found.formUnion(buttons.compactMap(\.address))
        case .image(_, let address): found.insert(address)
        default: for inline in inlines { inline.collect(into: &found) }
        }
    }
}

extension ChatMessage.Inline {
    fileprivate var children: [ChatMessage.Inline] {
        switch self {
        case .bold(let inner), .italic(let inner), .underlined(let inner), .struck(let inner), .hidden(let inner),
            .link(let inner, _):
            inner
        case .text, .code, .mention, .time, .lineBreak: []
        }
    }

    fileprivate func collect(into found: inout Set<String>) {
        if case .link(_, let address) = self { found.insert(address) }
        for child in children { child.collect(into: &found) }
    }

    fileprivate func collectMentions(into found: inout [String]) {
        if case .mention(let name) = self, !found.contains(name) { found.append(name) }
        for child in children { child.collectMentions(into: &found) }
    }
}

extension [ChatMessage.Inline] {
    /// What a reader sees of them.
    var visibleText: String {
        map { inline in
            switch inline {
            case .text(let text), .code(let text), .mention(let text): text
            case .time(let time): time.iso8601(fractionDigits: 0)
            case .lineBreak: "\n"
            case .bold(let inner), .italic(let inner), .underlined(let inner), .struck(let inner), .hidden(let inner),
                .link(let inner, _):
                inner.visibleText
            }
        }.joined()
    }
}
