import Basics

/// Writes a notification as one text in a service's markup: title, text, fields, links, footer and mentions.
struct Markup: Sendable {
    let rules: TextRules
    /// Makes escaped text bold.
    let bold: @Sendable (_ escaped: String) -> String
    /// Makes a link; `nil` when the markup cannot express this URL.
    let link: @Sendable (_ escapedTitle: String, _ url: String) -> String?
    let lineBreak: String

    init(
        _ rules: TextRules, lineBreak: String = "\n", bold: @escaping @Sendable (String) -> String,
        link: @escaping @Sendable (String, String) -> String?
    ) {
        (self.rules, self.bold, self.link, self.lineBreak) = (rules, bold, link, lineBreak)
    }

    /// Without markup, for messages whose layout was refused.
    static func plain(_ rules: TextRules, lineBreak: String = "\n") -> Markup {
        Markup(rules, lineBreak: lineBreak, bold: { $0 }, link: { "\($0): \(rules.escape($1))" })
    }

    /// Splits a notification so that each part's text fits the limit.
    func parts(of notification: Notification, limit: Int, count: Int, mentions: String = "") -> [Notification.Part] {
        let longest = Notification.Part(index: 0, number: " (10/10)", text: "")
        let frame = length(titleLine(notification, longest, limit)) + lineBreaksLength
        let details = length(details(of: notification, limit / 2)) + length(mentions)
        return notification.parts(rules, first: limit - frame - details, others: limit - frame, count: count)
    }

    /// The text of a part; the first part has the mentions, and as many fields and links as fit.
    func text(_ notification: Notification, _ part: Notification.Part, limit: Int, mentions: String = "") -> String {
        var paragraphs = [titleLine(notification, part, limit), rules.escape(part.text)]
        if part.isFirst {
            let used = paragraphs.reduce(length(mentions) + lineBreaksLength) { $0 + length($1) }
            paragraphs += [details(of: notification, min(limit / 2, limit - used)), mentions]
        }
        return paragraphs.filter { !$0.isEmpty }.joined(separator: lineBreak)
    }

    private func length(_ text: String) -> Int { rules.unit.count(text) }

    /// Of those between title, text, details and mentions.
    private var lineBreaksLength: Int { 4 * length(lineBreak) }

    private func titleLine(_ notification: Notification, _ part: Notification.Part, _ limit: Int) -> String {
        notification.severity.dot + " " + bold(notification.title(of: part, rules, min(300, limit / 4)))
    }

    /// The fields, links and footer that fit, and how many were left out.
    private func details(of notification: Notification, _ limit: Int) -> String {
        let footer = rules.escape(notification.footer)
        let separator = " · "
        var room = limit - 40 - length(footer)
        var leftOut = 0
        func fits(_ line: String) -> Bool {
            let needed = length(line) + max(length(lineBreak), length(separator))
            guard needed <= room else {
                leftOut += 1
                return false
            }
            room -= needed
            return true
        }
        let links = notification.links.compactMap { link(rules.fit($0.title, 100), $0.url) }.filter(fits)
        let fields = notification.fields.map {
            bold(rules.fit($0.name, 100)) + rules.escape(": ") + rules.fit($0.value, min(1_000, limit / 4))
        }.filter(fits)
        let more = leftOut > 0 ? ["\(TextRules.mark) (\(leftOut) more)"] : []
        let lines = fields + more + (links.isEmpty ? [] : [links.joined(separator: separator)]) + [footer]
        return lines.joined(separator: lineBreak)
    }
}

extension String {
    /// For a URL in a Markdown link, percent-encoded but for what can neither end the link nor format nor mention.
    ///
    /// A `)` would end it, and `@**all**` call everybody at Zulip, `@all` behind a space at Rocket.Chat.
    var encodedForMarkdown: String {
        utf8.reduce(into: "") { text, byte in
            let isPlain = byte > 0x20 && byte < 0x7F && !"()*`<>\"\\|".utf8.contains(byte)
            text += isPlain ? String(UnicodeScalar(byte)) : "%" + [byte].hex.uppercased()
        }
    }
}
