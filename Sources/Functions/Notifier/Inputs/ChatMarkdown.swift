import Basics
import Events

extension InputFormat {
    /// The same format, whose texts are Markdown: they become plain, and each output writes them in its own markup.
    ///
    /// A sender's text so cannot call anybody, or hide where a link leads.
    var readingMarkdown: InputFormat {
        let read = read
        return InputFormat(name) { message throws(EventError) in
            try read(message)?.map { notification in
                var notification = notification
                notification.title = ChatMarkdown.plain(notification.title)
                notification.text = ChatMarkdown.plain(notification.text)
                notification.fields = notification.fields.map { field in
                    field.name == "Next steps" ? Field(field.name, ChatMarkdown.plain(field.value)) : field
                }
                return notification
            }
        }
    }
}

/// Text in the Markdown of chats, where `*bold*` has one star or two.
enum ChatMarkdown {
    /// Bytes of a text and of a line; longer ones keep their marks, because a search for each mark would take long.
    private static let (longestText, longestLine) = (20_000, 2_000)

    /// The text without marks; `[label](https://a)` is `label (https://a)`.
    ///
    /// Never empty for a text that is not.
    static func plain(_ text: String) -> String {
        guard text.utf8.count <= longestText else { return text }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let plain = lines.filter { !$0.trimmed.hasPrefix("```") }.map { line($0) }.joined(separator: "\n")
        return plain.trimmed.isEmpty ? text : plain
    }

    private static func line(_ line: Substring) -> String {
        guard line.utf8.count <= longestLine else { return String(line) }
        let heading = line.prefix { $0 == "#" }
        if !heading.isEmpty, heading.count <= 6, line.dropFirst(heading.count).first == " " {
            return inline(line.dropFirst(heading.count + 1))
        }
        let indent = line.prefix { $0 == " " }
        let rest = line.dropFirst(indent.count)
        if let mark = rest.first, "*-+".contains(mark), rest.dropFirst().first == " " {
            return indent + "• " + inline(rest.dropFirst(2))
        }
        return inline(line)
    }

    /// Without the marks inside of a line.
    private static func inline(_ line: Substring) -> String {
        var result = ""
        var rest = line
        while let first = rest.first {
            if let (plain, end) = code(rest) ?? link(rest) ?? emoji(rest) ?? emphasis(rest, after: result.last) {
                result += plain
                rest = rest[end...]
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private typealias Piece = (plain: String, end: Substring.Index)

    /// What stands between backticks, as it is.
    private static func code(_ text: Substring) -> Piece? {
        guard text.first == "`", let end = text.dropFirst().firstIndex(of: "`") else { return nil }
        return (String(text[text.index(after: text.startIndex)..<end]), text.index(after: end))
    }

    private static func link(_ text: Substring) -> Piece? {
        guard text.first == "[", let middle = text.place(of: "]("),
            let end = text[middle.upperBound...].firstIndex(of: ")")
        else { return nil }
        let label = text[text.index(after: text.startIndex)..<middle.lowerBound]
        let url = text[middle.upperBound..<end]
        guard url.hasPrefix("http://") || url.hasPrefix("https://"), !label.contains("[") else { return nil }
        return (label == url ? String(url) : "\(inline(label)) (\(url))", text.index(after: end))
    }

    /// Bold, italic or struck text; the mark of `snake_case` and of `2 * 3` stays.
    private static func emphasis(_ text: Substring, after previous: Character?) -> Piece? {
        guard let mark = text.first, "*_~".contains(mark), previous.map({ !isWord($0) }) ?? true else { return nil }
        let marks = text.prefix { $0 == mark }
        let inside = text.dropFirst(marks.count)
        guard marks.count <= 3, let first = inside.first, !first.isWhitespace,
            let close = inside.place(of: String(marks)),
            let last = inside[..<close.lowerBound].last, !last.isWhitespace,
            inside[close.upperBound...].first.map({ !isWord($0) && $0 != mark }) ?? true
        else { return nil }
        return (inline(inside[..<close.lowerBound]), close.upperBound)
    }

    private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

    /// The names of emoji that alerts are written with.
    private static let emoji: [String: String] = [
        "warning": "⚠️", "rotating_light": "🚨", "white_check_mark": "✅", "x": "❌", "fire": "🔥", "rocket": "🚀",
        "red_circle": "🔴", "large_green_circle": "🟢", "information_source": "ℹ️", "bell": "🔔", "tada": "🎉",
    ]

    private static func emoji(_ text: Substring) -> Piece? {
        guard text.first == ":", let end = text.dropFirst().firstIndex(of: ":"),
            let emoji = emoji[String(text[text.index(after: text.startIndex)..<end])]
        else { return nil }
        return (emoji, text.index(after: end))
    }
}
