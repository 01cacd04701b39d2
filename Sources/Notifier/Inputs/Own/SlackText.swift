/// Text in Slack's markup, as publishers write it.
enum SlackText {
    /// Slack's escapes and links as text: `<https://a|b> &amp; c` is `b (https://a) & c`.
    static func plain(_ text: String) -> String {
        var plain = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            plain += rest[..<open]
            guard let close = rest[open...].firstIndex(of: ">") else {
                rest = rest[open...]
                break
            }
            let inner = rest[rest.index(after: open)..<close]
            if let bar = inner.firstIndex(of: "|") {
                let label = inner[inner.index(after: bar)...]
                plain += inner.hasPrefix("http") ? "\(label) (\(inner[..<bar]))" : String(label)
            } else {
                plain += inner.hasPrefix("!") ? "@" + inner.dropFirst() : inner
            }
            rest = rest[rest.index(after: close)...]
        }
        plain += rest
        return unescaped(plain)
    }

    private static func unescaped(_ text: String) -> String {
        var text = text
        for (escape, character) in [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")] {
            var result = ""
            var rest = text[...]
            while let range = rest.place(of: escape) {
                result += rest[..<range.lowerBound] + character
                rest = rest[range.upperBound...]
            }
            text = result + rest
        }
        return text
    }
}
