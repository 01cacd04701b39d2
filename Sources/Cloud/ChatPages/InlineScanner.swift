import Basics

/// Reads a text character by character, for the parsers of markup.
struct InlineScanner {
    /// So many styles may be one inside the other.
    static let maximumDepth = 16

    let text: [Character]
    var position: Int
    let end: Int
    /// Marks that nothing closes before the place beside them: looked for once, not at each of their beginnings.
    var unclosed: [String: Int] = [:]

    init(_ text: some StringProtocol) { self.init(Array(text)) }

    init(_ text: [Character]) { (self.text, position, end) = (text, 0, text.count) }

    var isAtEnd: Bool { position >= end }
    var current: Character? { position < end ? text[position] : nil }
    /// The one before; nil at the start.
    var previous: Character? { position > 0 ? text[position - 1] : nil }

    func starts(with part: String, at place: Int? = nil) -> Bool {
        var index = place ?? position
        for character in part {
            guard index < end, text[index] == character else { return false }
            index += 1
        }
        return true
    }

    /// Where a part comes next, from a place on.
    func find(_ part: String, from start: Int) -> Int? {
        let length = part.count
        guard length > 0, start <= end - length else { return nil }
        return (start...(end - length)).first { starts(with: part, at: $0) }
    }

    /// Whether it is known that nothing closes a mark from here on.
    func isUnclosed(_ mark: String) -> Bool { unclosed[mark].map { position < $0 } ?? false }

    func slice(_ range: Range<Int>) -> String { String(text[range]) }

    /// Takes a URL that starts here, as chats find them in a text: up to a space or a sign of markup.
    mutating func takeURL() -> String? {
        guard starts(with: "https://") || starts(with: "http://") else { return nil }
        if let previous, previous.isLetter || previous.isNumber { return nil }
        var stop = position
        while stop < end, !text[stop].isWhitespace, !"<>\"`|\\*[]".contains(text[stop]) { stop += 1 }
        while stop > position, ".,:;!?)'_".contains(text[stop - 1]) { stop -= 1 }
        defer { position = stop }
        return slice(position..<stop)
    }
}

/// Collects runs of text.
struct InlineList {
    private(set) var inlines: [ChatMessage.Inline] = []
    private var plain = ""

    mutating func add(_ character: Character) {
        if character.isNewline {
            add(.lineBreak)
        } else {
            plain.append(character)
        }
    }

    mutating func add(_ text: String) { for character in text { add(character) } }

    mutating func add(_ inline: ChatMessage.Inline) {
        flush()
        inlines.append(inline)
    }

    mutating func finish() -> [ChatMessage.Inline] {
        flush()
        return inlines
    }

    private mutating func flush() {
        if !plain.isEmpty { inlines.append(.text(plain)) }
        plain = ""
    }
}

extension Timestamp {
    /// A moment that a message names; one far outside of history counts as the nearest that can be drawn.
    init(secondsOfMarkup seconds: Int64) {
        self.init(microseconds: max(min(seconds, 253_402_300_799), -62_135_596_800) * 1_000_000)
    }
}
