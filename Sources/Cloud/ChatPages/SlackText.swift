import Basics

/// Slack's `mrkdwn` and `plain_text` (https://docs.slack.dev/messaging/formatting-message-text).
enum SlackText {
    /// Text in which nothing formats; only the three entities are decoded.
    static func plain(_ text: String) -> [ChatMessage.Inline] {
        var list = InlineList()
        list.add(decoded(text))
        return list.finish()
    }

    /// Quotes, code and paragraphs.
    static func blocks(_ text: String) -> [ChatMessage.Block] {
        var blocks: [ChatMessage.Block] = []
        var rest = text
        while let start = InlineScanner(rest).find("```", from: 0),
            let end = InlineScanner(rest).find("```", from: start + 3)
        {
            blocks += paragraphs(String(rest.prefix(start)))
            let code = rest.dropFirst(start + 3).prefix(end - start - 3)
            blocks.append(.code(decoded(code.trimmingWhitespace)))
            rest = String(rest.dropFirst(end + 3))
        }
        return blocks + paragraphs(rest)
    }

    private static func paragraphs(_ text: String) -> [ChatMessage.Block] {
        var blocks: [ChatMessage.Block] = []
        var lines: [Substring] = []
        func flush() {
            let text = lines.joined(separator: "\n").trimmingWhitespace
            if !text.isEmpty { blocks.append(.text(formatted(text))) }
            lines = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let mark = ["&gt; ", "&gt;", "> "].first { line.hasPrefix($0) }
            guard let mark else {
                lines.append(line)
                continue
            }
            flush()
            blocks.append(.quote(formatted(line.dropFirst(mark.count))))
        }
        flush()
        return blocks
    }

    /// `*bold*`, `_italic_`, `~struck~`, `` `code` `` and what stands in angle brackets.
    static func formatted(_ text: some StringProtocol, depth: Int = 0) -> [ChatMessage.Inline] {
        if depth > InlineScanner.maximumDepth { return plain(String(text)) }
        var scanner = InlineScanner(text)
        var list = InlineList()
        while let character = scanner.current {
            if let inline = special(&scanner, depth) {
                list.add(inline)
            } else if let (entity, meaning) = entities.first(where: { scanner.starts(with: $0.0) }) {
                list.add(meaning)
                scanner.position += entity.count
            } else {
                list.add(character)
                scanner.position += 1
            }
        }
        return list.finish()
    }

    private static func special(_ scanner: inout InlineScanner, _ depth: Int) -> ChatMessage.Inline? {
        switch scanner.current {
        case "<": return bracket(&scanner)
        case "h": return scanner.takeURL().map { .link(plain($0), address: decoded($0)) }
        case "*": return span("*", &scanner).map { .bold(formatted($0, depth: depth + 1)) }
        case "_": return span("_", &scanner).map { .italic(formatted($0, depth: depth + 1)) }
        case "~": return span("~", &scanner).map { .struck(formatted($0, depth: depth + 1)) }
        case "`": return span("`", &scanner).map { .code(decoded($0)) }
        default: return nil
        }
    }

    /// A mark that begins and ends at the edge of words, in one line.
    private static func span(_ mark: String, _ scanner: inout InlineScanner) -> String? {
        let start = scanner.position + 1
        if let previous = scanner.previous, previous.isLetter || previous.isNumber { return nil }
        guard start < scanner.end, !scanner.text[start].isWhitespace else { return nil }
        guard !scanner.isUnclosed(mark) else { return nil }
        let line = scanner.text[start...].firstIndex(where: \.isNewline) ?? scanner.end
        var place = start + 1
        while let end = scanner.find(mark, from: place), end < line {
            let next = end + 1 < scanner.end ? scanner.text[end + 1] : " "
            if !scanner.text[end - 1].isWhitespace, !next.isLetter, !next.isNumber {
                scanner.position = end + 1
                return scanner.slice(start..<end)
            }
            place = end + 1
        }
        scanner.unclosed[mark] = line
        return nil
    }

    /// `<address|label>`, `<@U1>`, `<!here>`, `<!date^seconds^format|fallback>`.
    private static func bracket(_ scanner: inout InlineScanner) -> ChatMessage.Inline? {
        guard !scanner.isUnclosed(">") else { return nil }
        guard let end = scanner.find(">", from: scanner.position) else {
            scanner.unclosed[">"] = scanner.end
            return nil
        }
        let inner = scanner.slice((scanner.position + 1)..<end)
        guard let inline = tag(inner) else { return nil }
        scanner.position = end + 1
        return inline
    }

    private static func tag(_ inner: String) -> ChatMessage.Inline? {
        let parts = inner.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let label = parts.count > 1 ? decoded(parts[1]) : ""
        switch inner.first {
        case "@", "#":
            return .mention(label.isEmpty ? decoded(parts[0]) : "\(inner.prefix(1))\(label)")
        case "!":
            let words = parts[0].dropFirst().split(separator: "^").map(String.init)
            if words.first == "date", words.count > 1, let seconds = Int64(words[1]) {
                return .time(Timestamp(secondsOfMarkup: seconds))
            }
            if words.first == "subteam", words.count > 1 { return .mention(label.isEmpty ? "@\(words[1])" : label) }
            guard let name = words.first, ["here", "channel", "everyone"].contains(name) else { return nil }
            return .mention("@" + name)
        default:
            let address = decoded(parts[0])
            guard ["https://", "http://", "mailto:"].contains(where: { address.hasPrefix($0) }) else { return nil }
            return .link([.text(label.isEmpty ? address : label)], address: address)
        }
    }

    private static let entities: [(String, Character)] = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")]

    /// A text without the three entities.
    static func decoded(_ text: some StringProtocol) -> String {
        // In this order: `&amp;lt;` stands for `&lt;`.
        String(text).replacingBytes("&lt;", with: "<").replacingBytes("&gt;", with: ">")
            .replacingBytes("&amp;", with: "&")
    }
}
