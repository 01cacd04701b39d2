import Basics

/// The Markdown of Teams' cards and of Discord, as far as messages use it.
///
/// What a service does not know stays text, so that the drawing shows the signs as the service would.
struct MarkdownText {
    enum Dialect {
        /// A text block of an Adaptive Card
        /// (https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features).
        case card
        /// https://support.discord.com/hc/articles/210298617
        case discord
    }

    let dialect: Dialect
    /// The marks of `card`'s mentions, such as `<at>Ann</at>`; a text of this form that is not listed stays text.
    var mentions: [String] = []

    // MARK: Blocks

    /// Lines as headings, quotes, lists, code and paragraphs.
    func blocks(_ text: String) -> [ChatMessage.Block] {
        var blocks: [ChatMessage.Block] = []
        var paragraph: [Substring] = []
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        func flush() {
            if !paragraph.isEmpty { blocks.append(.text(inlines(paragraph.joined(separator: "\n")))) }
            paragraph = []
        }
        while let line = lines.popFirst() {
            if dialect == .discord, line.hasPrefix("```") {
                flush()
                blocks.append(code(line, &lines))
            } else if dialect == .discord, let level = headingLevel(line) {
                flush()
                blocks.append(.heading(inlines(line.dropFirst(level + 1)), level: level))
            } else if dialect == .discord, line.hasPrefix("-# ") {
                flush()
                blocks.append(.remark(inlines(line.dropFirst(3))))
            } else if dialect == .discord, line.hasPrefix("> ") {
                flush()
                blocks.append(.quote(inlines(line.dropFirst(2))))
            } else if line.hasPrefix("- ") || line.hasPrefix("* ") {
                flush()
                var items = [inlines(line.dropFirst(2))]
                while let next = lines.first, next.hasPrefix("- ") || next.hasPrefix("* ") {
                    items.append(inlines(next.dropFirst(2)))
                    lines.removeFirst()
                }
                blocks.append(.list(items))
            } else if dialect == .card, line.isEmpty {
                flush()
            } else {
                paragraph.append(line)
            }
        }
        flush()
        return blocks
    }

    /// Up to the fence that ends it, or to the end.
    private func code(_ first: Substring, _ lines: inout ArraySlice<Substring>) -> ChatMessage.Block {
        let rest = first.dropFirst(3)
        if let end = String(rest).range(ofFence: "```") { return .code(String(rest.prefix(end))) }
        var code: [Substring] = []
        while let line = lines.popFirst() {
            if line.hasPrefix("```") { break }
            code.append(line)
        }
        return .code(code.joined(separator: "\n"))
    }

    private func headingLevel(_ line: Substring) -> Int? {
        (1...3).first { line.hasPrefix(String(repeating: "#", count: $0) + " ") }
    }

    // MARK: Within a line

    /// A text that may have several lines.
    func inlines(_ text: some StringProtocol) -> [ChatMessage.Inline] { inlines(Array(text), depth: 0) }

    private func inlines(_ text: [Character], depth: Int) -> [ChatMessage.Inline] {
        // Deeper than anybody nests styles: what is below stays text.
        if depth > InlineScanner.maximumDepth { return [.text(String(text))] }
        var scanner = InlineScanner(text)
        var list = InlineList()
        while let character = scanner.current {
            if character == "\\", scanner.position + 1 < scanner.end, scanner.text[scanner.position + 1].isMarkdownSign
            {
                list.add(scanner.text[scanner.position + 1])
                scanner.position += 2
            } else if let inline = special(&scanner, depth) {
                list.add(inline)
            } else if dialect == .card, character.isNewline {
                // A single line break is a space there.
                list.add(" ")
                scanner.position += 1
            } else {
                list.add(character)
                scanner.position += 1
            }
        }
        return list.finish()
    }

    private func special(_ scanner: inout InlineScanner, _ depth: Int) -> ChatMessage.Inline? {
        if dialect == .discord, let url = scanner.takeURL() { return .link([.text(url)], address: url) }
        switch scanner.current {
        case "`" where dialect == .discord: return code(&scanner)
        case "*", "_", "~", "|": return emphasis(&scanner, depth)
        case "[": return link(&scanner, depth)
        case "<": return dialect == .card ? cardMention(&scanner) : discordTag(&scanner)
        case "@" where dialect == .discord:
            for name in ["@everyone", "@here"] where scanner.starts(with: name) {
                scanner.position += name.count
                return .mention(name)
            }
            return nil
        default: return nil
        }
    }

    private func code(_ scanner: inout InlineScanner) -> ChatMessage.Inline? {
        let start = scanner.position + 1
        guard !scanner.isUnclosed("`") else { return nil }
        guard let end = scanner.find("`", from: start) else {
            scanner.unclosed["`"] = scanner.end
            return nil
        }
        guard end > start else { return nil }
        scanner.position = end + 1
        return .code(scanner.slice(start..<end))
    }

    private var emphases: [(mark: String, make: ([ChatMessage.Inline]) -> ChatMessage.Inline)] {
        switch dialect {
        case .card: [("**", { .bold($0) }), ("__", { .bold($0) }), ("*", { .italic($0) }), ("_", { .italic($0) })]
        case .discord:
            [
                ("**", { .bold($0) }), ("__", { .underlined($0) }), ("~~", { .struck($0) }), ("||", { .hidden($0) }),
                ("*", { .italic($0) }), ("_", { .italic($0) }),
            ]
        }
    }

    private func emphasis(_ scanner: inout InlineScanner, _ depth: Int) -> ChatMessage.Inline? {
        for (mark, make) in emphases where scanner.starts(with: mark) {
            let start = scanner.position + mark.count
            // Within a word, `_` is a letter: snake_case.
            if mark == "_", let previous = scanner.previous, previous.isLetter || previous.isNumber { continue }
            guard start < scanner.end, !scanner.text[start].isWhitespace, let end = close(mark, &scanner, from: start)
            else { continue }
            scanner.position = end + mark.count
            return make(inlines(Array(scanner.text[start..<end]), depth: depth + 1))
        }
        return nil
    }

    /// Where an emphasis ends: at the same mark, not behind a backslash or a space.
    private func close(_ mark: String, _ scanner: inout InlineScanner, from start: Int) -> Int? {
        if scanner.isUnclosed(mark) { return nil }
        var place = start
        while let found = scanner.find(mark, from: place) {
            let before = scanner.text[found - 1]
            if found > start, before != "\\", !before.isWhitespace { return found }
            place = found + 1
        }
        scanner.unclosed[mark] = scanner.end
        return nil
    }

    /// `[label](address)` or `[label](<address>)`.
    private func link(_ scanner: inout InlineScanner, _ depth: Int) -> ChatMessage.Inline? {
        guard !scanner.isUnclosed("]") else { return nil }
        var close = scanner.position + 1
        while close < scanner.end, scanner.text[close] != "]" || scanner.text[close - 1] == "\\" { close += 1 }
        if close == scanner.end { scanner.unclosed["]"] = scanner.end }
        guard close > scanner.position + 1, scanner.starts(with: "](", at: close) else { return nil }
        var start = close + 2
        let isBracketed = scanner.starts(with: "<", at: start)
        if isBracketed { start += 1 }
        guard let end = scanner.find(isBracketed ? ">)" : ")", from: start) else { return nil }
        let address = scanner.slice(start..<end)
        guard address.hasPrefix("https://") || address.hasPrefix("http://"), !address.contains(where: \.isWhitespace)
        else { return nil }
        let label = Array(scanner.text[(scanner.position + 1)..<close])
        scanner.position = end + (isBracketed ? 2 : 1)
        return .link(inlines(label, depth: depth + 1), address: address)
    }

    private func cardMention(_ scanner: inout InlineScanner) -> ChatMessage.Inline? {
        for mention in mentions where scanner.starts(with: mention) {
            scanner.position += mention.count
            return .mention("@" + mention.filter { $0 != "<" && $0 != ">" }.dropFirst(2).dropLast(3))
        }
        return nil
    }

    /// `<@id>`, `<@&id>`, `<#id>`, `<t:seconds:R>` and `<https://…>`.
    private func discordTag(_ scanner: inout InlineScanner) -> ChatMessage.Inline? {
        guard !scanner.isUnclosed(">") else { return nil }
        guard let end = scanner.find(">", from: scanner.position) else {
            scanner.unclosed[">"] = scanner.end
            return nil
        }
        let inner = scanner.slice((scanner.position + 1)..<end)
        let inline: ChatMessage.Inline
        let digits = inner.drop { "@&#!".contains($0) }
        if inner.hasPrefix("https://") || inner.hasPrefix("http://"), !inner.contains(" ") {
            inline = .link([.text(inner)], address: inner)
        } else if inner.hasPrefix("t:"), let seconds = Int64(inner.dropFirst(2).prefix { $0 != ":" }) {
            inline = .time(Timestamp(secondsOfMarkup: seconds))
        } else if let first = inner.first, "@#".contains(first), !digits.isEmpty, digits.allSatisfy(\.isNumber) {
            let role = inner.hasPrefix("@&") ? "role " : ""
            inline = .mention("\(first)\(role)\(digits)")
        } else {
            return nil
        }
        scanner.position = end + 1
        return inline
    }
}

extension Character {
    /// ASCII punctuation: what a backslash takes the meaning from.
    fileprivate var isMarkdownSign: Bool {
        asciiValue.map { (0x21...0x7E).contains($0) && !$0.isASCIIAlphanumeric } ?? false
    }
}

extension String {
    /// How many characters come before a fence; nil without one.
    fileprivate func range(ofFence fence: String) -> Int? { InlineScanner(self).find(fence, from: 0) }
}
